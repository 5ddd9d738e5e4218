import { expect, it } from "vitest";
import { ClockWatch, percentile, stallOf, ZeroWatch } from "../src/alarms";

const RATE_HZ = 48_000;
const PACKET = 480;

it("tells of a silent microphone within half a second and ends the take after one", () => {
  expect([200, 251, 1_001].map((ms) => stallOf(0, ms))).toEqual(["none", "stall", "ended"]);
});

it("finds a run of exact zeros of ten milliseconds and where it lies", () => {
  const watch = new ZeroWatch(RATE_HZ);
  const noise = new Int16Array(1_000).fill(7);
  expect(watch.block(noise)).toEqual([]);
  expect(watch.block(new Int16Array(480))).toEqual([]);
  expect(watch.block(noise)).toEqual([{ at_sample: 1_000, samples: 480 }]);
});

it("lets a shorter run pass", () => {
  const watch = new ZeroWatch(RATE_HZ);
  expect([...watch.block(new Int16Array(479)), ...watch.block(Int16Array.of(1)), ...watch.end()]).toEqual([]);
});

it("asks after a second of zeros whether the microphone is muted", () => {
  const watch = new ZeroWatch(RATE_HZ);
  watch.block(new Int16Array(RATE_HZ - 1));
  expect(watch.muted).toBe(false);
  watch.block(new Int16Array(1));
  expect(watch.muted).toBe(true);
  expect(watch.end()).toEqual([{ at_sample: 0, samples: RATE_HZ }]);
});

function alarms(packets: { sample: number; at_ms: number }[]): number[] {
  const watch = new ClockWatch(RATE_HZ);
  return packets.filter(({ sample, at_ms }) => watch.packet(sample, at_ms, at_ms) !== 0).map(({ at_ms }) => at_ms);
}

function steady(seconds: number): { sample: number; at_ms: number }[] {
  return Array.from({ length: seconds * 100 }, (_, n) => ({ sample: (n + 1) * PACKET, at_ms: n * 10 }));
}

it("sees a device that delivers half its samples for some seconds", () => {
  const packets = steady(20);
  const half = Array.from({ length: 400 }, (_, n) => ({ sample: (2_000 + n / 2) * PACKET, at_ms: 20_000 + n * 10 }));
  const first = alarms([...packets, ...half])[0]!;
  expect(first).toBeGreaterThan(20_000);
  expect(first).toBeLessThan(22_000);
});

it("does not mind a worker that hung for eight seconds and then caught up", () => {
  const packets = steady(40).map((p) => ({ ...p, at_ms: p.at_ms > 15_000 && p.at_ms < 23_000 ? 23_000 : p.at_ms }));
  expect(alarms(packets)).toEqual([]);
});

it("does not mind a clock of 200 parts in a million", () => {
  expect(alarms(steady(60).map((p) => ({ ...p, at_ms: p.at_ms * 1.0002 })))).toEqual([]);
});

it("keeps the residuals of every ten seconds as evidence", () => {
  const watch = new ClockWatch(RATE_HZ);
  for (const { sample, at_ms } of steady(25)) watch.packet(sample, at_ms, 1_000 + at_ms);
  watch.closeWindow(26_000);
  expect(watch.windows.map((window) => window.count)).toEqual([1_001, 1_001, 498]);
  expect(watch.windows[0]).toMatchObject({ sample: 480, count: 1_001, p5_us: "-10000", wall_ms: "11000" });
});

it("interpolates a percentile", () => {
  expect(percentile([4, 1, 3, 2], 0.1)).toBeCloseTo(1.3, 12);
});
