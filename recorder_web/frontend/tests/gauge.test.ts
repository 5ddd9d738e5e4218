import { expect, it } from "vitest";
import { announcement } from "../src/announcing";
import type { Band, RecorderData } from "../src/data";
import { roomLevel, SHUT, type Gate } from "../src/gate";
import type { Reading } from "../src/meter/level";
import { sayOf, sentences } from "../src/ui/gauge";
import { spoken } from "../src/ui/spoken";
import { firstView, type View } from "../src/view";

// Without a catalogue each sentence is its own key.
const METER = { offset_db: "0", u_db: "2.0" } as Parameters<typeof roomLevel>[4];
const LOW: Band = { name: "low", low: null, high: 40 };
const MEDIUM: Band = { name: "medium", low: 40, high: 55 };
const OPEN: Gate = { open: true, in_s: 9, out_s: 0 };

function at(level_dba: number | null, { band = LOW, ...change }: Partial<View> & { band?: Band } = {}): View {
  const data = { claim: { band: band.name, style: "read" }, bands: [band], capture: { calibration: "preferred" }, prompts: [] } as unknown as RecorderData;
  const room = roomLevel(level_dba ?? 0, level_dba ?? 0, false, band, level_dba === null ? null : METER);
  return { ...firstView(data), state: "armed", gate: OPEN, meter: {} as Reading, room, ...change };
}

it.each([
  [at(35), "in", "recorder.gauge.in"],
  [at(47, { band: MEDIUM }), "in", "recorder.gauge.in-range"],
  [at(41.4), "edge", "recorder.gauge.edge"],
  [at(43.5), "out", "recorder.gauge.too-loud"],
  [at(31, { band: MEDIUM }), "out", "recorder.gauge.too-quiet"],
  [at(41.4, { gate: SHUT, state: "waiting" }), "out", "recorder.gauge.too-loud"], // near the limit counts, but opens nothing
  [at(36, { gate: SHUT, state: "paused" }), "back", "recorder.gauge.back"],
  [at(null), "none", "recorder.gauge.uncalibrated"],
])("says what is so and what to do (%#)", (view, say, key) => {
  const [told, act] = sentences(view);
  expect([sayOf(view), told]).toEqual([say, key]);
  expect(act).toBe(`${key === "recorder.gauge.in-range" ? "recorder.gauge.in" : key}-do`);
});

it("tells a room that stays too loud again when it is a decibel off, not with each tenth", () => {
  const first = announcement(spoken(at(43.2)), {});
  expect(first.texts).toContain("recorder.gauge.too-loud recorder.gauge.too-loud-do");
  expect(announcement(spoken(at(43.3)), first.said).texts).toEqual([]);
  expect(announcement(spoken(at(46)), first.said).texts).toEqual(["recorder.gauge.too-loud recorder.gauge.too-loud-do"]);
});

it("proposes a break after three quarters of an hour of recording, between takes only", () => {
  const told = (change: Partial<View>): boolean => "rest" in spoken(at(35, change));
  expect([told({ since_rest_s: 2699 }), told({ since_rest_s: 2700 }), told({ since_rest_s: 2700, state: "recording" })]).toEqual([false, true, false]);
});

it("says when the screen may go dark", () => {
  expect("awake" in spoken(at(35, { awake: "refused" }))).toBe(true);
  expect("awake" in spoken(at(35, { awake: "held" }))).toBe(false);
});

it("tells alarms, pauses, the gate and trouble with the server, and not each take on its way", () => {
  const calm = announcement(spoken(at(35)), {});
  const told = (change: Partial<View>): string[] => announcement(spoken(at(35, change)), calm.said).texts;
  expect(told({ alarm: "stall" })).toEqual(["recorder.alarm.stall"]);
  expect(told({ alarm: "muted" })).toEqual(["recorder.alarm.muted"]);
  expect(told({ state: "paused", note: "recorder.note.band" })).toEqual(["recorder.state.paused", "recorder.note.band"]);
  expect(told({ state: "waiting" })).toEqual(["recorder.state.waiting"]);
  const upload = at(35).upload;
  expect(told({ upload: { ...upload, waiting_takes: 1 } })).toEqual([]);
  expect(told({ upload: { ...upload, problem: "network" } })).toEqual(["recorder.upload.offline"]);
});
