import { expect, it } from "vitest";
import { ClockWatch, ClockWindows, percentile, type Shift } from "../src/clock";

const RATE_HZ = 48_000;
const PACKET = 480;

interface Packet {
  sample: number;
  at_ms: number;
}

function shifts(packets: Packet[], wallOf = (at_ms: number): number => at_ms): (Shift & { told_ms: number })[] {
  const watch = new ClockWatch(RATE_HZ);
  return packets.flatMap(({ sample, at_ms }) => {
    const shift = watch.packet(sample, at_ms, wallOf(at_ms));
    return shift === null ? [] : [{ ...shift, told_ms: at_ms }];
  });
}

function steady(seconds: number): Packet[] {
  return Array.from({ length: seconds * 100 }, (_, n) => ({ sample: (n + 1) * PACKET, at_ms: n * 10 }));
}

/** The same packets, of which those after `at_ms` come `lost_ms` later: so much sound is missing between them. */
function without(packets: Packet[], at_ms: number, lost_ms: number): Packet[] {
  return packets.map((p) => ({ ...p, at_ms: p.at_ms >= at_ms ? p.at_ms + lost_ms : p.at_ms }));
}

it.each([120, 500, 900, 4_000, 30_000, 3_600_000])("tells a loss of %i ms once, its length and its place", (lost_ms) => {
  const found = shifts(without(steady(60), 20_000, lost_ms));
  expect(found).toHaveLength(1);
  expect(found[0]!.off_ms).toBeCloseTo(lost_ms, 3);
  expect(found[0]!.at_sample).toBe(2_000 * PACKET);
  expect(found[0]!.told_ms).toBeLessThan(20_000 + lost_ms + 1_600);
});

it.each([40, 80, 150, 240])("tells a loss whole when a busy machine hands on packets every %i ms only", (every_ms) => {
  for (let phase = 0; phase < every_ms; phase += 10) {
    const packets = without(steady(60), 20_000, 30_000).map((p) => ({ ...p, at_ms: phase + Math.ceil((p.at_ms - phase) / every_ms) * every_ms }));
    const found = shifts(packets);
    expect(found).toHaveLength(1);
    expect(Math.abs(found[0]!.off_ms - 30_000)).toBeLessThanOrEqual(every_ms);
  }
});

it("tells two losses apart", () => {
  const found = shifts(without(without(steady(60), 20_000, 500), 22_500, 300));
  expect(found.map(({ off_ms }) => Math.round(off_ms))).toEqual([500, 300]);
});

it("adds up a device that delivers half its samples for some seconds", () => {
  const half = Array.from({ length: 400 }, (_, n) => ({ sample: (2_000 + n / 2) * PACKET, at_ms: 20_000 + n * 10 }));
  const after = Array.from({ length: 1_000 }, (_, n) => ({ sample: (2_200 + n) * PACKET, at_ms: 24_000 + n * 10 }));
  const found = shifts([...steady(20), ...half, ...after]);
  expect(found[0]!.told_ms).toBeLessThan(22_000);
  const sum_ms = found.reduce((sum, { off_ms }) => sum + off_ms, 0);
  expect(Math.abs(sum_ms - 2_000)).toBeLessThan(100);
});

it.each([8_000, 19_000])("does not mind a worker that hung for %i ms and then caught up", (hung_ms) => {
  const packets = steady(60).map((p) => ({ ...p, at_ms: p.at_ms > 15_000 && p.at_ms < 15_000 + hung_ms ? 15_000 + hung_ms : p.at_ms }));
  expect(shifts(packets)).toEqual([]);
});

it("does not mind a clock of 200 parts in a million", () => {
  expect(shifts(steady(60).map((p) => ({ ...p, at_ms: p.at_ms * 1.0002 })))).toEqual([]);
});

it("counts the sleep of a machine whose monotonic clock slept too", () => {
  const found = shifts(without(steady(60), 20_000, 400), (at_ms) => (at_ms >= 20_400 ? at_ms + 29_600 : at_ms));
  expect(found.map(({ off_ms }) => Math.round(off_ms))).toEqual([30_000]);
});

it.each([-3_600_000, 3_600_000])("does not take a wall clock set by %i ms for a loss", (step_ms) => {
  expect(shifts(steady(60), (at_ms) => (at_ms >= 20_000 ? at_ms + step_ms : at_ms))).toEqual([]);
});

it("tells a loss just before the end of a take at its end, and not again", () => {
  const watch = new ClockWatch(RATE_HZ);
  const packets = without(steady(25), 20_000, 500);
  const end = packets.findIndex(({ at_ms }) => at_ms >= 20_800);
  for (const { sample, at_ms } of packets.slice(0, end)) expect(watch.packet(sample, at_ms, at_ms)).toBeNull();
  expect(watch.settle()).toMatchObject({ at_sample: 2_000 * PACKET });
  expect(watch.settle()).toBeNull();
  for (const { sample, at_ms } of packets.slice(end)) expect(watch.packet(sample, at_ms, at_ms)).toBeNull();
});

it("keeps the residuals of every ten seconds as evidence", () => {
  const watch = new ClockWindows(RATE_HZ);
  for (const { sample, at_ms } of steady(25)) watch.packet(sample, at_ms, 1_000 + at_ms);
  watch.close(26_000);
  expect(watch.windows.map((window) => window.count)).toEqual([1_001, 1_001, 498]);
  expect(watch.windows[0]).toMatchObject({ sample: 480, count: 1_001, p5_us: "-10000", wall_ms: "11000" });
});

it("interpolates a percentile", () => {
  expect(percentile([4, 1, 3, 2], 0.1)).toBeCloseTo(1.3, 12);
});
