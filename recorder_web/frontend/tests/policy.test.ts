import { expect, it } from "vitest";
import { backoffMs, missingChunks, nextTake, stepAfter } from "../src/upload/policy";

const answer = (status: number, code = "", retry_after_s: number | null = null) => ({ status, code, retry_after_s });

it("never gives up on a server that does not answer, and never waits longer than 30 s", () => {
  expect([0, 1, 2, 6, 500].map((attempt) => backoffMs(attempt, 1))).toEqual([500, 1_000, 2_000, 30_000, 30_000]);
  expect(stepAfter(answer(0), 10_000, 0.5)).toEqual({ do: "retry", ms: 15_000 });
});

it("waits as long as the server asks", () => {
  expect(stepAfter(answer(507, "storage.full", 60), 0, 1)).toEqual({ do: "retry", ms: 60_000 });
  expect(stepAfter(answer(503, "database.busy", 2), 5, 1)).toEqual({ do: "retry", ms: 2_000 });
});

it("sleeps for a sign-in and keeps the take", () => {
  expect(stepAfter(answer(401, "auth.expired"), 3, 1).do).toBe("sign-in");
});

it("asks whose the sign-in is when its token is refused, and never stops for it", () => {
  expect([0, 1, 50].map((attempt) => stepAfter(answer(403, "auth.csrf"), attempt, 1).do)).toEqual(["renew", "renew", "renew"]);
});

it.each(["take.too-long", "quota.take"])("never gives up a take that meets %s, and lets others pass meanwhile", (code) => {
  expect(stepAfter(answer(422, code), 50, 1)).toEqual({ do: "pass", ms: 30_000 });
});

it.each([0, Number.NaN, -1])("makes no storm of a server that asks to wait %d s", (seconds) => {
  const step = stepAfter(answer(503, "database.busy", seconds), 0, 1);
  expect(step).toEqual({ do: "retry", ms: 500 });
});

it.each([1e12, 31_536_000])("asks again within ten minutes, though the server says %d s", (seconds) => {
  expect(stepAfter(answer(429, "quota.audio-per-day", seconds), 0, 1)).toEqual({ do: "retry", ms: 600_000 });
});

it.each(["chunk.conflict", "take.stored", "id.conflict"])("stops a take at %s and never overwrites", (code) => {
  expect(stepAfter(answer(409, code), 0, 1).do).toBe("stop");
});

it("registers sitting and take again when the server does not know them, once", () => {
  expect([0, 1].map((attempt) => stepAfter(answer(404, "not-found"), attempt, 1).do)).toEqual(["register", "stop"]);
});

it("asks for the list when chunks are missing", () => {
  expect(stepAfter(answer(409, "take.incomplete"), 0, 1).do).toBe("ask-chunks");
});

it("reads the file again three times when a hash does not add up", () => {
  expect([0, 1, 2, 3].map((attempt) => stepAfter(answer(422, "chunk.hash"), attempt, 1).do)).toEqual([
    "pass",
    "pass",
    "pass",
    "stop",
  ]);
});

it("finishes without markers when the browser's own markers are wrong", () => {
  expect(stepAfter(answer(422, "manifest.markers"), 0, 1).do).toBe("without-markers");
});

it("finishes without the exchanges of two clocks when a manifest is too long, once", () => {
  expect([0, 1].map((attempt) => stepAfter(answer(413, "request.too-large"), attempt, 1).do)).toEqual(["without-exchanges", "stop"]);
});

it("stops everything when consent was withdrawn", () => {
  expect(stepAfter(answer(403, "consent.withdrawn"), 0, 1).do).toBe("stop-all");
});

it("sends the oldest take first and passes over one that waits for a person", () => {
  const take = (name: string, started: number, stopped = false, work = true, ready_ms = 0) => ({ take: name, started, stopped, work, ready_ms });
  expect(nextTake([take("c", 3), take("b", 2), take("a", 1, true)], 0)?.take).toBe("b");
  expect(nextTake([take("a", 1, false, false)], 0)).toBeNull();
  expect([9, 10].map((now_ms) => nextTake([take("c", 3), take("b", 2, false, true, 10)], now_ms)?.take)).toEqual(["c", "b"]);
});

it("resumes from the difference", () => {
  expect(missingChunks(4, new Set([0, 2]), 9)).toEqual([1, 3]);
  expect(missingChunks(9, new Set([0, 2]), 2)).toEqual([1, 3]);
  expect(missingChunks(2, new Set([0, 1]), 2)).toEqual([]);
});
