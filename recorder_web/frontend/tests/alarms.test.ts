import { expect, it } from "vitest";
import { stallOf, ZeroWatch } from "../src/alarms";

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

it("asks after a second of zeros whether the microphone is muted", () => {
  const watch = new ZeroWatch(RATE_HZ);
  watch.block(new Int16Array(RATE_HZ - 1));
  expect(watch.muted).toBe(false);
  watch.block(new Int16Array(1));
  expect(watch.muted).toBe(true);
  expect(watch.end()).toEqual([{ at_sample: 0, samples: RATE_HZ }]);
});
