import { afterEach, expect, it, vi } from "vitest";
import { actOf } from "../src/inspector/keys";
import { BOTH, gainOf, offSaid, toggled, type Side, type Way } from "../src/tracks/hearing";
import { BesideTakes } from "../src/transcribe/beside";
import type { Beside } from "../src/transcribe/server";
import { rightOf } from "../src/tracks/stereo";

function heardAfter(...steps: [Way, Side][]): [number, number] {
  const hearing = steps.reduce((now, [way, side]) => toggled(now, way, side), BOTH);
  return [gainOf(hearing, "mine"), gainOf(hearing, "theirs")];
}

it("lets both be heard, one alone, or one silent", () => {
  expect(heardAfter()).toEqual([1, 1]);
  expect(heardAfter(["solo", "mine"])).toEqual([1, 0]);
  expect(heardAfter(["mute", "mine"])).toEqual([0, 1]);
  expect(heardAfter(["mute", "mine"], ["mute", "theirs"])).toEqual([0, 0]);
});

it("hears who is alone though they were silent before, and comes back to what it was", () => {
  expect(heardAfter(["mute", "theirs"], ["solo", "theirs"])).toEqual([0, 1]);
  expect(heardAfter(["mute", "theirs"], ["solo", "theirs"], ["solo", "theirs"])).toEqual([1, 0]);
  expect(heardAfter(["solo", "mine"], ["solo", "theirs"])).toEqual([0, 1]);
  expect(BOTH).toEqual({ solo: null, mute: { mine: false, theirs: false } });
});

it("has keys for it in the Inspector that no reason and no decision has", () => {
  expect([actOf({ key: "o", shiftKey: false }), actOf({ key: "P", shiftKey: true })]).toEqual([{ way: "solo", side: "mine" }, { way: "mute", side: "theirs" }]);
});

it("draws the other person from the right channel of what is heard", () => {
  const file = new ArrayBuffer(44 + 12);
  new Int16Array(file, 44).set([1, -9, 2, 8, 3, -7]);
  expect([...rightOf(file)]).toEqual([-9, 8, -7]);
});

afterEach(() => vi.useRealTimers());

it("asks for the other track until it lies beside mine, and forgets nothing when the line is down", async () => {
  vi.useFakeTimers();
  const answers: (Beside["state"] | null)[] = [null, "waiting", "measuring", null, "aligned"];
  const asked = vi.fn(async () => {
    const state = answers.shift() ?? null;
    return { status: 0, code: "", body: state && { state, who: "c-2", off_ms: 0.8, segments: [] } };
  });
  const redraw = vi.fn();
  const takes = new BesideTakes({ beside: asked }, redraw);
  for (let frame = 0; frame < 9; frame++) takes.load("t");
  await vi.advanceTimersByTimeAsync(0);
  expect([asked.mock.calls.length, redraw.mock.calls.length]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(40_000);
  expect(asked).toHaveBeenCalledTimes(5);
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked.mock.calls.length, takes.of("t")?.state]).toEqual([5, "aligned"]);
});

it("says how far apart two tracks may be without digits that say nothing", () => {
  expect([0.84, 12.34, 900, null].map(offSaid)).toEqual(["0.8", "12", "900", ""]);
});
