import { describe, expect, it } from "vitest";
import { codesUsed, passed, selfTest, type Check, type Heard } from "../src/capture/self-test";
import { clippedRuns, secondLevels, voiceOf } from "../src/check/levels";
import { rateOf } from "../src/check/rate";
import { cliffOf, upsampledFrom } from "../src/check/spectrum";
import vectors from "./vectors/self-test.json";

const RATE_HZ = 16_000;
const SILENCE = { from: 0, to: 3 * RATE_HZ };
const LINE = { from: 3 * RATE_HZ, to: 6 * RATE_HZ };
const QUIET = { from: 6 * RATE_HZ, to: 8 * RATE_HZ };
const LOUD = { from: 8 * RATE_HZ, to: 10 * RATE_HZ };

/** Uniform noise by a 32-bit congruence, of a standard deviation in codes a second. */
function noise(deviations: readonly number[], rate_hz = RATE_HZ): Int16Array {
  let state = 1;
  const codes = new Int16Array(deviations.length * rate_hz);
  for (let n = 0; n < codes.length; n++) {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    codes[n] = Math.round((state / 2 ** 31 - 1) * Math.sqrt(3) * deviations[Math.trunc(n / rate_hz)]!);
  }
  return codes;
}

const STEP = 10 ** (15 / 20);
const GOOD = noise([30, 30, 30, 2000, 2000, 2000, 300, 300, 300 * STEP, 300 * STEP]);

function heard(change: Partial<Heard> = {}): Heard {
  return {
    codes: GOOD,
    rate_hz: RATE_HZ,
    terms_rate_hz: RATE_HZ,
    measured_rate_hz: RATE_HZ * 1.0001,
    lost_frames: 0,
    alarms: [],
    processing: "off",
    silence: SILENCE,
    line: LINE,
    quiet: QUIET,
    loud: LOUD,
    ...change,
  };
}

function results(change: Partial<Heard>): Record<string, string> {
  return Object.fromEntries(selfTest(heard(change)).map(({ name, result }) => [name, result]));
}

function check(name: string, change: Partial<Heard>): Check {
  return selfTest(heard(change)).find((each) => each.name === name)!;
}

const ALL_PASS = { ledger: "pass", rate: "pass", bandwidth: "pass", codes: "pass", gate: "pass", "gain-control": "pass", settings: "pass" };

describe("the self-test", () => {
  it("passes a raw path, and sends only whole numbers and texts", () => {
    expect(results({})).toEqual(ALL_PASS);
    expect(passed(selfTest(heard()))).toBe(true);
    const numbers = selfTest(heard()).flatMap(({ facts }) => Object.values(facts)).filter((fact) => typeof fact === "number");
    expect(numbers.every(Number.isSafeInteger)).toBe(true);
  });

  it.each([
    ["ledger", { lost_frames: 1 }, "fail"],
    ["ledger", { alarms: ["stall"] }, "fail"],
    ["rate", { measured_rate_hz: RATE_HZ * 1.0049 }, "pass"],
    ["rate", { measured_rate_hz: RATE_HZ * 1.0051 }, "fail"],
    ["rate", { measured_rate_hz: RATE_HZ * 0.9949 }, "fail"],
    ["rate", { measured_rate_hz: null }, "not-tested"],
    ["rate", { terms_rate_hz: 48_000 }, "fail"],
    ["rate", { terms_rate_hz: 0 }, "pass"],
    ["settings", { processing: "on" }, "fail"],
    ["settings", { processing: "unknown" }, "flag"],
    ["gain-control", { quiet: null, loud: null }, "not-tested"],
  ] as [string, Partial<Heard>, string][])("says of %s, given %j: %s", (name, change, result) => {
    expect(results(change)).toEqual({ ...ALL_PASS, [name]: result });
  });

  it.each([
    [13.4, "flag"],
    [13.6, "pass"],
    [16.4, "pass"],
    [16.6, "flag"],
    [6, "flag"],
  ])("calls a step of %f dB, where 15 were played, %s", (step_db, result) => {
    const loud = 300 * 10 ** (step_db / 20);
    const found = check("gain-control", { codes: noise([30, 30, 30, 2000, 2000, 2000, 300, 300, loud, loud]) });
    expect(found.result).toBe(result);
    expect(Number(found.facts["step_db"])).toBeCloseTo(step_db, 0);
  });

  it("does not judge gain control by noise that the room drowns", () => {
    const quiet = 30 * 10 ** (9 / 20);
    expect(check("gain-control", { codes: noise([30, 30, 30, 2000, 2000, 2000, quiet, quiet, 5 * quiet, 5 * quiet]) }).result).toBe("not-tested");
  });

  it("sees a gate in ten milliseconds of exact zeros, and none in less", () => {
    const [gated, whole] = [GOOD.slice(), GOOD.slice()];
    gated.fill(0, 1000, 1000 + RATE_HZ / 100);
    whole.fill(0, 1000, 1000 + RATE_HZ / 100 - 8); // noise may hold a zero of its own beside them
    expect([check("gate", { codes: gated }).result, check("gate", { codes: whole }).result]).toEqual(["flag", "pass"]);
  });

  it("sees a path that was scaled in numbers or has fewer bits", () => {
    const doubled = GOOD.map((code) => (code >> 1) << 1);
    expect(check("codes", { codes: GOOD }).facts["share"]).toBe("1.000");
    expect(check("codes", { codes: doubled })).toMatchObject({ result: "flag", facts: { share: "0.500" } });
    expect(codesUsed(noise([9000]))).toEqual({ used: 0, expected: 0 }); // too few samples to expect anything of a code
  });

  it("sees a telephone in a wide band, and asks for half a second of speech", () => {
    const tones = Array.from({ length: 33 }, (_, i) => 100 * (i + 1) + 37);
    const narrow = GOOD.slice();
    for (let n = LINE.from; n < LINE.to; n++) narrow[n] = GOOD[n]! / 2000 + 150 * tones.reduce((sum, hz, i) => sum + Math.sin((2 * Math.PI * hz * n) / RATE_HZ + i * i), 0);
    expect(check("bandwidth", { codes: narrow })).toMatchObject({ result: "fail", facts: { cliff_hz: 3400, upsampled_from_hz: 8000 } });
    expect(check("bandwidth", { line: { from: LINE.from, to: LINE.from + 0.48 * RATE_HZ } }).result).toBe("not-tested");
  });

  it.each(vectors)("finds the cliff where the measuring engine does: %o", ({ rate_hz, edge_hz, fall_db, beyond_db, again_hz, cliff_hz, upsampled_from_hz }) => {
    const cells = Array.from({ length: rate_hz / 200 }, (_, cell) => again_hz > 0 && cell >= Math.trunc(again_hz / 100) ? -60 : Math.max(-60 - fall_db * Math.max(0, cell - Math.trunc(edge_hz / 100) + 1), beyond_db));
    const edge = cliffOf(cells, rate_hz);
    expect(edge !== null && edge < 0.42 * rate_hz ? edge : null).toBe(cliff_hz);
    expect(edge === null ? null : upsampledFrom(edge, rate_hz)).toBe(upsampled_from_hz);
  });
});

describe("the rate against the clock", () => {
  const points = Array.from({ length: 100 }, (_, i) => ({ sample: 4410 * i, at_ms: 100 * i }));

  it("is the samples a second, however late some of them are heard of", () => {
    expect(rateOf(points)).toBeCloseTo(44_100, 6);
    const late = points.map((point, i) => (i % 7 === 0 ? { ...point, at_ms: point.at_ms + 80 } : point));
    expect(Math.abs(rateOf(late)! / 44_100 - 1)).toBeLessThan(0.001);
    expect(rateOf(points.map(({ sample, at_ms }) => ({ sample, at_ms: at_ms * (48_000 / 44_100) })))).toBeCloseTo(40_516.875, 3);
  });

  it("is unknown of a few readings", () => {
    expect(rateOf(points.slice(0, 15))).toBeNull();
  });
});

describe("levels of a take", () => {
  it("are told of each whole second", () => {
    const levels = secondLevels(noise([1000, 1000, 100, 100]).slice(0, 3.6 * RATE_HZ), RATE_HZ);
    expect(levels).toHaveLength(3);
    expect(levels[0]! - levels[2]!).toBeCloseTo(20, 0);
  });

  it("put a voice over its room", () => {
    const voice = voiceOf(GOOD, RATE_HZ, SILENCE, LINE);
    expect(voice.level_dbfs).toBeCloseTo(20 * Math.log10(2000 / 32768), 1);
    expect(voice.snr_db).toBeCloseTo(20 * Math.log10(2000 / 30), 0);
    expect(voice).toMatchObject({ speech_s: 3, clipped_runs: 0 });
    expect(voiceOf(noise([30, 30, 30, 31, 31, 31]), RATE_HZ, SILENCE, LINE)).toMatchObject({ level_dbfs: null, snr_db: null, speech_s: 0 });
  });

  it("count runs of three samples at full scale, and no fewer", () => {
    const [full, low] = [32_767, -32_768];
    expect(clippedRuns(Int16Array.of(0, full, full, 0, full, full, full, 0, low, low, low, low, 5))).toBe(2);
  });
});
