import { expect, it } from "vitest";
import type { RecorderData } from "../src/data";
import { figures, measured } from "../src/measuring";
import type { Reading } from "../src/meter/level";
import { firstView, type View } from "../src/view";

const READING: Reading = { last_sample: 1, laeq_1s: -60, laeq_10s: -61, la90_10s: -63, leq_100ms: -60, z_100ms: -55, peak: 0.1 };
const DATA = {
  claim: { band: "low" },
  capture: { calibration: "preferred", rate_hz: 44_100 },
  bands: [{ name: "low", low: null, high: 40 }],
  prompts: [],
} as unknown as RecorderData;

function view(change: Partial<View> = {}): View {
  return { ...firstView(DATA), microphone: { label: "a", rate_hz: 44_100, processing: "off" }, ...change } as View;
}

function heard(before: View, reading: Partial<Reading> = {}, burst = false): View {
  const message = { type: "meter", reading: { ...READING, ...reading }, take_frames: 44_100, muted: false, burst, clipped_runs: 0 } as const;
  return { ...before, ...measured(before, message) };
}

it("shows levels in dBFS and never in dB(A) while nobody knows what the microphone reads", () => {
  const after = heard(view());
  expect(after.room!.level_dba).toBeNull();
  expect(figures(after)).toEqual({ unit: "dbfs", leq_1s: -60, leq_10s: -61, l90: -63 });
});

it("keeps ten seconds of the background, and where in them something banged", () => {
  let after = view();
  for (let step = 0; step < 120; step++) after = heard(after, {}, step === 40);
  expect([after.trace.length, after.bursts.length, after.bursts.indexOf(true)]).toEqual([100, 100, 20]);
});

it("counts the seconds of a take by its samples", () => {
  expect(heard(view()).take_s).toBe(1);
});

it("has no figures before the first reading", () => {
  expect(figures(view())).toBeNull();
});
