import { afterEach, expect, it, vi } from "vitest";
import type { Line } from "../src/transcribe/lines";
import { TakeWave } from "../src/transcribe/window";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("reads a stretch again some time after it could not be read, and never in a ring", async () => {
  vi.useFakeTimers();
  const answers = [new Response("", { status: 503 }), new Response(new Int16Array(100).fill(16_384).buffer, { status: 206 })];
  const asked = vi.fn(async () => answers.shift()!);
  vi.stubGlobal("fetch", asked);
  const [line, stretch] = [{ take: "t", rate_hz: 100 } as Line, { from_s: 0, to_s: 1 }];
  const wave: TakeWave = new TakeWave("/api", () => void wave.peaks(line, stretch));
  for (let frame = 0; frame < 60; frame++) {
    expect(wave.peaks(line, stretch)).toEqual([]);
    await vi.advanceTimersByTimeAsync(16);
  }
  expect(asked).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(5_000);
  wave.peaks(line, stretch);
  await vi.advanceTimersByTimeAsync(0);
  expect(Math.max(...wave.peaks(line, stretch))).toBe(0.5);
  expect(asked).toHaveBeenCalledTimes(2);
});
