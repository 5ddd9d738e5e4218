import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { bestOf, clockMessage, entryOf, Exchanges, rtt_us, type Exchange } from "../src/dialogue/clock";
import type { FromTakeWorker } from "../src/capture/messages";
import { LEAK_DB, leakOf, sweep, sweepGain } from "../src/dialogue/leak";
import { LeakTest } from "../src/dialogue/leak-test";
import { Meters } from "../src/dialogue/meters";
import { linesOf, overrules } from "../src/dialogue/turns";
import { Folder, put } from "./edges/disk";

/** Numbers that look random and are the same each time. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the clock exchange", () => {
  const exchange = (t0: number, there: number, back: number): Exchange => ({ t0, t1: t0 + there + 5_000, t2: t0 + there + 5_100, t3: t0 + there + 100 + back });

  it("keeps the twelve that were under way for the shortest time, in their order", () => {
    const roll = dice(3);
    const minute = Array.from({ length: 600 }, (_, n) => exchange(n * 100_000, 500 + Math.floor(40_000 * roll()), 500));
    const best = bestOf(minute);
    expect(best.length).toBe(12);
    const slowest = Math.max(...best.map(rtt_us));
    expect(minute.filter((each) => rtt_us(each) < slowest).length).toBeLessThan(12);
    expect(best.map(({ t0 }) => t0)).toEqual([...best.map(({ t0 }) => t0)].sort((a, b) => a - b));
    expect(bestOf([])).toEqual([]);
    expect(bestOf(minute.slice(0, 3)).length).toBe(1);
  });

  it("gives a minute out once it is over, and the rest when the take ends", () => {
    const exchanges = new Exchanges();
    for (let n = 0; n < 600; n++) {
      const ping = exchanges.ping(n * 100_000) as { i: number; t0: number };
      exchanges.answered({ k: "q", i: ping.i, t0: ping.t0, t1: 7, t2: 8 }, ping.t0 + 900);
      expect(exchanges.due(n * 100_000)).toEqual([]);
    }
    expect(exchanges.due(60_000_000).length).toBe(12);
    expect(exchanges.flush()).toEqual([]);
  });

  it("believes no answer that nobody waits for, that was changed, or that came before it was asked for", () => {
    const exchanges = new Exchanges();
    const { i } = exchanges.ping(1_000) as { i: number };
    exchanges.answered({ k: "q", i: i + 7, t0: 1_000, t1: 1, t2: 2 }, 2_000);
    exchanges.answered({ k: "q", i, t0: 999, t1: 1, t2: 2 }, 2_000);
    expect(exchanges.flush()).toEqual([]);
    const again = exchanges.ping(3_000) as { i: number };
    exchanges.answered({ k: "q", i: again.i, t0: 3_000, t1: 1, t2: 900_000 }, 4_000);
    expect(exchanges.flush()).toEqual([]);
  });

  it("writes whole numbers and text only, and reads nothing else", () => {
    expect(entryOf({ t0: 1, t1: 2, t2: 3, t3: 4 }, 48_000, "c", "p")).toEqual({ sample: 48_000, t0_us: "1", t1_us: "2", t2_us: "3", t3_us: "4", peer: "c", page: "p" });
    expect(clockMessage('{"k":"p","i":1,"t0":2}')).toEqual({ k: "p", i: 1, t0: 2 });
    for (const text of ["", "null", "[]", "{", '{"k":"p","i":1}', '{"k":"p","i":1,"t0":0.5}', '{"k":"q","i":1,"t0":2,"t1":"3","t2":4}', '{"k":"x","i":1,"t0":2}']) expect(clockMessage(text)).toBeNull();
  });
});

describe("the meters of a dialogue", () => {
  /** Plays a made dialogue: spans of speech in steps, with pauses of 200 ms inside as speech has them. */
  function played(mine: readonly (readonly [number, number])[], theirs: readonly (readonly [number, number])[], steps: number): Meters {
    const meters = new Meters();
    const speaks = (spans: readonly (readonly [number, number])[], n: number): boolean => spans.some(([from, to]) => n >= from && n < to && (n - from) % 12 < 10);
    for (let n = 0; n < steps; n++) meters.push(speaks(mine, n), speaks(theirs, n));
    return meters;
  }

  it("say balance and overlap within 2 % of a made dialogue", () => {
    const meters = played([[0, 360], [600, 960]], [[300, 600], [960, 1_200]], 1_200);
    const figures = meters.read();
    expect(figures.share_pct).toBeGreaterThan((100 * 720) / 1_260 - 2);
    expect(figures.share_pct).toBeLessThan((100 * 720) / 1_260 + 2);
    expect(figures.overlap_pct).toBeGreaterThan(5 - 2);
    expect(figures.overlap_pct).toBeLessThan(5 + 2);
    expect(figures.talked_s).toBeCloseTo(120);
  });

  it("count the pauses between syllables as speech, whoever makes them", () => {
    const meters = new Meters();
    for (let n = 0; n < 600; n++) meters.push(n < 300 && n % 6 < 3, n >= 300);
    expect(meters.read().share_pct).toBeGreaterThan(49);
    expect(meters.read().share_pct).toBeLessThan(51);
  });

  it("let a word of half a second in a pause end no turn", () => {
    const meters = new Meters();
    for (let n = 0; n < 400; n++) meters.push(n < 200 || n >= 215, n >= 205 && n < 210);
    expect(meters.read().longest_s).toBeCloseTo(40);
  });

  it("forget what is longer ago than ten minutes", () => {
    const meters = played([[0, 6_000]], [[6_000, 12_000]], 12_000);
    expect(meters.read().share_pct).toBeLessThan(1);
  });

  it("find the longest turn within 0.2 s; a short word ends none, a reply and a long pause do", () => {
    expect(played([[0, 400]], [], 500).read().longest_s).toBeCloseTo(40, 0);
    expect(played([[0, 400]], [[200, 205]], 500).read().longest_s).toBeCloseTo(40, 0);
    expect(played([[0, 200], [220, 400]], [[202, 218]], 500).read().longest_s).toBeLessThan(20.3);
    expect(played([[0, 200], [240, 400]], [], 500).read().longest_s).toBeLessThan(20.3);
  });

  it("say who speaks now, and nobody after three seconds of silence", () => {
    expect(played([[0, 100]], [[100, 200]], 200).read().turn).toMatchObject({ who: "other" });
    expect(played([[0, 100]], [], 120).read().turn).toMatchObject({ who: "me" });
    expect(played([[0, 100]], [], 140).read().turn).toBeNull();
  });

  it("coach at the limits and not before", () => {
    expect(played([[0, 590]], [], 590).coach()).toBeNull();
    expect(played([[0, 640]], [], 640).coach()).toBe("long-turn");
    expect(played([], [[0, 640]], 640).coach()).toBeNull(); // it is the other one's turn that lasts
    const talk = (share: number): Meters => played(Array.from({ length: 30 }, (_, n) => [n * 200, n * 200 + 200 * share] as const), Array.from({ length: 30 }, (_, n) => [n * 200 + 200 * share, n * 200 + 200] as const), 6_000);
    expect(talk(0.5).coach()).toBeNull();
    expect(talk(0.8).coach()).toBe("one-sided");
    expect(played([[0, 250], [260, 500]], [[150, 260], [400, 500]], 500).coach()).toBe("overlap");
    expect(new Meters().read()).toMatchObject({ share_pct: null, overlap_pct: null, turn: null, longest_s: 0 });
  });
});

describe("the leakage test", () => {
  const RATE_HZ = 48_000;

  /** A track: noise of this level, and the sweep at this level, delayed and turned. */
  function track(level_dbfs: number, noise_dbfs: number, rate_hz = RATE_HZ, turned = false): Int16Array {
    const roll = dice(11);
    const sweeps = sweep(rate_hz, turned);
    const at = Math.round(0.613 * rate_hz);
    const [gain, noise] = [Math.SQRT2 * 10 ** (level_dbfs / 20), Math.sqrt(3) * 10 ** (noise_dbfs / 20)];
    return Int16Array.from({ length: Math.round(1.6 * rate_hz) }, (_, n) => Math.round(32_768 * (gain * (sweeps[n - at] ?? 0) + noise * (2 * roll() - 1))));
  }

  it.each([[-30, -60], [-45, -60], [-40, -35], [-20, -25]])("finds a sweep of %d dBFS under noise of %d within 1 dB", (level, noise) => {
    const leak = leakOf(track(level, noise), RATE_HZ)!;
    expect(Math.abs(leak.level_dbfs - level)).toBeLessThan(1);
    expect(leak).toMatchObject({ heard: true });
    expect(Math.abs(leak.at_s - 0.613)).toBeLessThan(0.002);
  });

  it("does so at any rate and whatever the phase", () => {
    expect(Math.abs(leakOf(track(-33, -50, 44_100, true), 44_100)!.level_dbfs + 33)).toBeLessThan(1);
    expect(Math.abs(leakOf(track(-33, -50, 16_000), 16_000)!.level_dbfs + 33)).toBeLessThan(1);
  });

  it("says of noise alone that nothing was heard, and at most how much there may be", () => {
    const leak = leakOf(track(-200, -30), RATE_HZ)!;
    expect(leak.heard).toBe(false);
    expect(leak.level_dbfs).toBeLessThan(-30 + LEAK_DB);
    expect(leakOf(new Int16Array(100), RATE_HZ)).toBeNull();
  });

  it("is played as loud as the partner is heard", () => {
    const level = (gain: number): number => 20 * Math.log10(gain / Math.SQRT2);
    expect(level(sweepGain(-26, 1))).toBeCloseTo(-26);
    expect(level(sweepGain(-26, 0.5))).toBeCloseTo(-32.02, 1);
    expect(sweepGain(0, 1)).toBe(0.9);
  });
});

describe("the test of the headphones", () => {
  const RATE_HZ = 48_000;
  let disk: Folder;
  beforeEach(() => {
    disk = new Folder();
    vi.stubGlobal("navigator", { storage: { getDirectory: async () => disk } });
    const node = { connect: (to: unknown) => to, start: () => undefined };
    vi.stubGlobal("AudioContext", class { sampleRate = RATE_HZ; currentTime = 0; resume = async () => undefined; });
    vi.stubGlobal("AudioBuffer", class { copyToChannel = () => undefined; });
    for (const name of ["AudioBufferSourceNode", "GainNode"]) vi.stubGlobal(name, function () { return node; });
  });
  afterEach(() => vi.unstubAllGlobals());

  /** Runs the test on a track with a leak and a noise of these levels. */
  async function tested(leak_dbfs: number, noise_dbfs: number, mine_dbfs = -20): Promise<LeakTest> {
    const roll = dice(5);
    const [sweeps, at] = [sweep(RATE_HZ), 40_000];
    const [gain, noise] = [Math.SQRT2 * 10 ** (leak_dbfs / 20), Math.sqrt(3) * 10 ** (noise_dbfs / 20)];
    const codes = Int16Array.from({ length: 90_000 }, (_, n) => Math.round(32_768 * (gain * (sweeps[n - at] ?? 0) + noise * (2 * roll() - 1))));
    await put(disk, "speechcorpus/v1/c/s/t/pcm.s16", new Uint8Array(codes.buffer));
    const calls: string[] = [];
    const test = new LeakTest({ contributor: "c", begin: () => calls.push("begin"), end: () => calls.push("end"), changed: () => undefined });
    test.sitting = "s";
    test.start({ mine_dbfs, theirs_dbfs: -25, volume: 0.5 });
    test.hear({ type: "live", take: "t" }, RATE_HZ);
    for (const frames of [30_000, 80_000, 85_000]) test.hear({ type: "meter", take_frames: frames } as FromTakeWorker, RATE_HZ);
    expect([test.outcome(0.5), calls]).toEqual(["running", ["begin", "end"]]);
    test.hear({ type: "ended", take: "t", rate_hz: RATE_HZ, plan: { leak: true } } as unknown as FromTakeWorker, RATE_HZ);
    await vi.waitFor(() => expect(test.outcome(0.5)).not.toBe("running"));
    return test;
  }

  it("passes where the partner is 20 dB under the own voice, and reckons with the volume", async () => {
    const test = await tested(-46, -70);
    expect(test.measured_db(0.5)).toBeCloseTo(-26, 0);
    expect([test.outcome(0.5), test.outcome(0.8)]).toEqual(["passed", "passed"]);
    const near = await tested(-42, -70);
    expect([near.outcome(0.5), near.outcome(1), near.measured_db(1)!.toFixed(0)]).toEqual(["passed", "failed", "-16"]);
  });

  it("fails where a loudspeaker is heard, and says what a manifest keeps", async () => {
    const test = await tested(-33, -60);
    expect(test.outcome(0.5)).toBe("failed");
    expect(test.facts(0.5)).toMatchObject({ result: "failed", volume: "0.50", heard: "yes", leak_db: expect.stringMatching(/^-1[23]\.\d$/) });
    test.due();
    expect(test.outcome(0.5)).toBe("due");
    test.skip();
    expect(test.facts(0.5)).toEqual({ result: "untested", volume: "0.50" });
  });

  it("says nothing against anybody where it was too loud to tell", async () => {
    expect((await tested(-200, -10, -40)).outcome(0.5)).toBe("unclear");
  });

  it("is due again when the microphone goes", () => {
    const test = new LeakTest({ contributor: "c", begin: () => undefined, end: () => undefined, changed: () => undefined });
    test.start({ mine_dbfs: null, theirs_dbfs: null, volume: 1 });
    test.hear({ type: "gone", ended_by: "device" }, RATE_HZ);
    expect(test.outcome(1)).toBe("due");
  });
});

describe("a prompted dialogue", () => {
  it("has lines of both sides; anything else is a topic", () => {
    expect(linesOf("甲：你食飽未？\n乙：食飽矣。\n\n甲: 按呢好。")).toEqual([
      { seat: 1, text: "你食飽未？" },
      { seat: 2, text: "食飽矣。" },
      { seat: 1, text: "按呢好。" },
    ]);
    expect(linesOf("A: one\nB: two")?.map(({ seat }) => seat)).toEqual([1, 2]);
    for (const topic of ["講恁的囡仔時代。", "甲：一個人。", "甲：我\n另外的話\n乙：你", ""]) expect(linesOf(topic)).toBeNull();
  });

  it("is where the last one to move on went; of two at once the first seat is right", () => {
    const place = (rev: number) => ({ at: 0, line: 0, rev });
    expect(overrules(place(4), place(3), 1)).toBe(true);
    expect(overrules(place(3), place(4), 2)).toBe(false);
    expect([overrules(place(3), place(3), 1), overrules(place(3), place(3), 2)]).toEqual([false, true]);
  });
});
