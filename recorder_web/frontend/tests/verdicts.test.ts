import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { TakeAnswer } from "../src/data";
import { Verdicts } from "../src/verdicts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const item = (verdict: object | null): TakeAnswer["items"][number] => ({ segment: "x", verdict }) as TakeAnswer["items"][number];

it("asks on until a take of free speech has been cut and every item is judged, and then no more", async () => {
  const stories = [[], [], [item(null), item(null)], [item({ outcome: "accepted" }), item(null)], [item({}), item({})]];
  let asked = 0;
  vi.stubGlobal("fetch", async () => Response.json({ state: "stored", items: stories[Math.min(asked++, stories.length - 1)] }));
  const told: number[] = [];
  new Verdicts("/api", (_, answer) => told.push(answer.items.length)).follow("t");
  await vi.advanceTimersByTimeAsync(600_000);
  expect(told).toEqual([0, 0, 2, 2, 2]);
});

it("asks seldom for a take in which nothing is found", async () => {
  let asked = 0;
  vi.stubGlobal("fetch", async () => Response.json({ state: "stored", items: ++asked && [] }));
  new Verdicts("/api", () => undefined).follow("t");
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect(asked).toBeLessThan(80);
});
