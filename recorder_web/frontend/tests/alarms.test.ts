import { describe, expect, it } from "vitest";
import { areEqual, ChannelWatch, stallOf, ZeroWatch } from "../src/alarms";

const RATE_HZ = 48_000;

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

it("asks after 0.9 s of zeros whether the microphone is muted, so that it is told within a second", () => {
  const watch = new ZeroWatch(RATE_HZ);
  watch.block(new Int16Array(0.9 * RATE_HZ - 1));
  expect(watch.muted).toBe(false);
  watch.block(new Int16Array(1));
  expect(watch.muted).toBe(true);
  expect(watch.end()).toEqual([{ at_sample: 0, samples: 0.9 * RATE_HZ }]);
});

describe("two channels", () => {
  const packets = (watch: ChannelWatch, count: number, same: boolean | null): boolean[] => Array.from({ length: count }, () => watch.packet(480, same));

  it("that were one signal for three seconds and then part are noted once", () => {
    const watch = new ChannelWatch(RATE_HZ);
    expect(packets(watch, 300, true)).not.toContain(true);
    expect(packets(watch, 3, false)).toEqual([true, false, false]);
  });

  it("that always were two, or are one, are nothing to note", () => {
    const [two, one] = [new ChannelWatch(RATE_HZ), new ChannelWatch(RATE_HZ)];
    expect([...packets(two, 100, true), ...packets(two, 400, false)]).not.toContain(true);
    expect(packets(one, 400, null)).not.toContain(true);
  });

  it("are equal only if every sample is", () => {
    expect(areEqual(Float32Array.of(0.5, 0), Float32Array.of(0.5, 0))).toBe(true);
    expect(areEqual(Float32Array.of(0.5, 0), Float32Array.of(0.5, 1e-9))).toBe(false);
  });
});
