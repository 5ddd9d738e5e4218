import { describe, expect, it } from "vitest";
import { binGain, LevelMeter } from "../src/meter/level";
import vectors from "./vectors/meter.json";

describe.each(vectors.weights)("the weights at $rate_hz Hz", ({ rate_hz, bins, g_db }) => {
  it("are those of the measuring engine to a millionth of a dB", () => {
    const size = 2 ** Math.ceil(Math.log2((2 * rate_hz) / 50));
    const worst = bins.map((bin, i) => Math.abs(10 * Math.log10(binGain((bin * rate_hz) / size, rate_hz)) - g_db[i]!));
    expect(Math.max(...worst)).toBeLessThan(1e-6);
  });
});

describe.each(vectors.signals)("the meter at $rate_hz Hz, shift $shift", (vector) => {
  const meter = new LevelMeter(vector.rate_hz);
  const readings = blocks(steppedNoise(vector.rate_hz, vector.shift, vector.seconds), 441).flatMap((b) => meter.push(b));

  it("reads every second of A-weighted level as the measuring engine does", () => {
    expect(readings.length).toBe(vector.laeq_1s_dbfs.length);
    const off = readings.map((reading, i) => Math.abs(reading.laeq_1s - vector.laeq_1s_dbfs[i]!));
    expect(Math.max(...off)).toBeLessThan(0.01);
  });

  it("reads ten seconds of it likewise", () => {
    const off = readings.map((reading, i) => Math.abs(reading.laeq_10s - vector.laeq_10s_dbfs[i]!));
    expect(Math.max(...off)).toBeLessThan(0.01);
  });

  it("reads the level exceeded 90 % of ten seconds likewise", () => {
    const off = readings.map((reading, i) => Math.abs(reading.la90_10s - vector.la90_10s_dbfs[i]!));
    expect(Math.max(...off)).toBeLessThan(0.01);
  });

  it("says which sample each reading ends with", () => {
    expect(readings[0]!.last_sample).toBe((6 * vector.rate_hz) / 50);
    expect(readings[9]!.last_sample - readings[8]!.last_sample).toBe(vector.rate_hz / 10);
  });
});

it("shows a full-scale square wave as 0 dBFS with its peak", () => {
  const wave = Int16Array.from({ length: 16000 }, (_, n) => (n % 16 < 8 ? 32767 : -32768));
  const reading = new LevelMeter(16000).push(wave).at(-1)!;
  expect(reading.z_100ms).toBeCloseTo(0, 3);
  expect(reading.peak).toBe(1);
});

it("does not take an offset of the microphone for noise", () => {
  const reading = new LevelMeter(48000).push(new Int16Array(48000).fill(4000)).at(-1)!;
  expect(reading.laeq_1s).toBe(-120);
});

/** The generator's own formula: a 32-bit congruence, every other second four times quieter. */
function steppedNoise(rate_hz: number, shift: number, seconds: number): Int16Array {
  let state = 1;
  return Int16Array.from({ length: seconds * rate_hz }, (_, n) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return ((state >>> 16) - 32768) >> (shift + 2 * (Math.floor(n / rate_hz) % 2));
  });
}

function blocks(codes: Int16Array, size: number): Int16Array[] {
  return Array.from({ length: Math.ceil(codes.length / size) }, (_, i) => codes.subarray(i * size, (i + 1) * size));
}
