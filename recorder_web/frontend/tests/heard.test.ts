import { describe, expect, it } from "vitest";
import { Notes } from "../src/capture/notes";
import { ClipWatch } from "../src/meter/clips";
import { Hints } from "../src/meter/hints";
import { LevelMeter, type Reading } from "../src/meter/level";
import vectors from "./vectors/heard.json";

const PACKET_S = 0.01;

describe.each(vectors.clips)("clipped runs, $name", ({ gain, hold, top, bottom, prefixes, runs }) => {
  it.each([1, 7, 480])("are those of the measuring engine so far, in packets of %i", (size) => {
    const codes = heldNoise(gain, hold, top, bottom).slice(0, prefixes.at(-1));
    const watch = new ClipWatch();
    const counted: number[] = [];
    let at = 0;
    for (const end of prefixes) {
      for (; at < end; at += size) watch.push(codes.subarray(at, Math.min(at + size, end)));
      at = end;
      counted.push(watch.runs);
    }
    expect(counted).toEqual(runs);
  });
});

describe.each(vectors.hums)("hum at $mains_hz Hz of $amplitude codes, at $rate_hz Hz", ({ rate_hz, seconds, mains_hz, amplitude, hum_db }) => {
  it("stands out as far as the measuring engine says", () => {
    const values = noise(seconds * rate_hz);
    const hints = new Hints(rate_hz);
    for (const packet of packets(values.map((value, n) => (value >> 9) + square(n, rate_hz, mains_hz, amplitude)), rate_hz)) hints.push(packet);
    const heard = hints.hum();
    if (hum_db === null) expect(heard).toBeNull();
    else expect(Math.abs(heard! - hum_db)).toBeLessThan(3); // a hint: a cheaper way down to 1 kHz
  });
});

describe.each(vectors.bursts)("bursts, $name at $rate_hz Hz", ({ rate_hz, seconds, parts, bursts }) => {
  it("are those of the measuring engine, each told within 0.3 s of its end", () => {
    const hints = new Hints(rate_hz);
    const meter = new LevelMeter(rate_hz);
    const told: number[] = [];
    for (const packet of packets(timeline(rate_hz, seconds, parts as Part[]), rate_hz)) {
      hints.push(packet);
      for (const { last_sample } of meter.push(packet)) if (hints.burst(meter.recent, meter.steps)) told.push(last_sample / rate_hz);
    }
    expect(told).toHaveLength(bursts.length);
    bursts.forEach((burst, i) => expect(told[i]! - burst[1]!).toBeGreaterThan(0));
    bursts.forEach((burst, i) => expect(told[i]! - burst[1]!).toBeLessThan(0.3));
  });
});

const READING: Reading = { last_sample: 0, laeq_1s: -30, laeq_10s: -30, la90_10s: -60, leq_100ms: -30, z_100ms: -30, peak: 0.1 };
const LIMITS = { speech_min_dbfs: -35, speech_max_dbfs: -14 };
const SILENCE: Reading = { ...READING, leq_100ms: -58, z_100ms: -50 };

it("tells of clipping once a take, at its first run at full scale", () => {
  const notes = new Notes(LIMITS);
  notes.push(Int16Array.of(0, 32767, 32767, 0));
  expect(notes.step(READING)).toEqual([]);
  notes.push(Int16Array.of(32767, 32767, -32768, 0));
  expect(notes.step(READING)).toEqual([{ code: "audio.clipped", measured: 1 }]);
  notes.push(Int16Array.of(32767, 32767, 32767));
  expect([...notes.step(READING), ...notes.end(null)]).toEqual([]);
  expect(notes.clippedRuns).toBe(2);
});

it.each([
  [-40, "audio.too-quiet"],
  [-10, "audio.too-loud"],
])("tells after three seconds of a voice at %i dBFS, pauses left out", (z_100ms, code) => {
  const notes = new Notes(LIMITS);
  const speech = { ...READING, z_100ms };
  const told = Array.from({ length: 60 }, (_, n) => notes.step(n % 2 === 0 ? SILENCE : speech));
  expect(told.findIndex((found) => found.length > 0)).toBe(59);
  expect(told[59]).toMatchObject([{ code }]);
  expect(told[59]![0]!.measured).toBeCloseTo(z_100ms);
});

it("judges a short take at its end, and one with hardly a word not at all", () => {
  const [short, empty] = [new Notes(LIMITS), new Notes(LIMITS)];
  for (let n = 0; n < 5; n++) short.step({ ...READING, z_100ms: -40 });
  for (let n = 0; n < 4; n++) empty.step({ ...READING, z_100ms: -40 });
  expect(short.end(null)).toMatchObject([{ code: "audio.too-quiet" }]);
  expect(empty.end(null)).toEqual([]);
});

it("says nothing of the voice where nobody is to speak, but of hum", () => {
  const room = new Notes();
  for (let n = 0; n < 50; n++) room.step({ ...READING, z_100ms: -50 });
  expect(room.end(14)).toEqual([{ code: "audio.hum", measured: 14 }]);
});

type Part = [number, number, string, number];

function heldNoise(gain: number, hold: number, top: number, bottom: number): Int16Array {
  const count = 40_000;
  if (gain === 0) return Int16Array.from({ length: count }, (_, n) => (Math.abs((n % 4_000) - 2_000) >> 2) - 500);
  const values = noise(Math.ceil(count / hold));
  return Int16Array.from({ length: count }, (_, n) => Math.min(top, Math.max(-bottom, (values[Math.floor(n / hold)]! * gain) >> 4)));
}

function timeline(rate_hz: number, seconds: number, parts: Part[]): number[] {
  const values = noise(seconds * rate_hz);
  const codes = values.map((value) => value >> 10);
  for (const [start_s, end_s, kind, size] of parts) {
    for (let n = Math.round(start_s * rate_hz); n < Math.round(end_s * rate_hz); n++) {
      codes[n]! += kind === "noise" ? values[n]! >> size : square(n, rate_hz, 125, size);
    }
  }
  return codes;
}

function square(at: number, rate_hz: number, hz: number, amplitude: number): number {
  return ((at * hz) % rate_hz) * 2 < rate_hz ? amplitude : -amplitude;
}

function noise(count: number): number[] {
  let state = 1;
  return Array.from({ length: count }, () => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (state >>> 16) - 32768;
  });
}

function* packets(codes: number[], rate_hz: number): Generator<Int16Array> {
  const size = Math.round(PACKET_S * rate_hz);
  for (let at = 0; at < codes.length; at += size) yield Int16Array.from(codes.slice(at, at + size));
}
