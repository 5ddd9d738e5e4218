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

it("has one question in flight whatever waits, and asks for the newest take first", async () => {
  let [flying, most] = [0, 0];
  const asked: string[] = [];
  vi.stubGlobal("fetch", async (address: string) => {
    most = Math.max(most, ++flying);
    asked.push(address.split("/").at(-1)!);
    await new Promise((resolve) => setTimeout(resolve, 5));
    flying--;
    return Response.json({ state: "stored", items: [item({})] });
  });
  const told: string[] = [];
  const verdicts = new Verdicts("/api", (take) => told.push(take));
  for (let n = 0; n < 1_000; n++) verdicts.follow(`t${n}`);
  await vi.advanceTimersByTimeAsync(10);
  verdicts.follow("new");
  await vi.advanceTimersByTimeAsync(60_000);
  expect([most, told.length, asked.length]).toEqual([1, 1_001, 1_001]);
  expect(asked.indexOf("new")).toBeLessThan(5);
});

it("goes on asking while the network is away, and others are not kept waiting by it", async () => {
  let up = false;
  vi.stubGlobal("fetch", async () => {
    if (!up) throw new TypeError("nobody answers");
    return Response.json({ state: "stored", items: [item({})] });
  });
  const told: string[] = [];
  const verdicts = new Verdicts("/api", (take) => told.push(take));
  verdicts.follow("a");
  verdicts.follow("b");
  await vi.advanceTimersByTimeAsync(300_000);
  up = true;
  await vi.advanceTimersByTimeAsync(15_000);
  expect(told.sort()).toEqual(["a", "b"]);
});
