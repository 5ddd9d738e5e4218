import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Errands, type Errand, type Outcome } from "../src/check/errands";
import { errandsWait } from "../src/check/waiting";

const SERVER = { api: "/api/v1", csrf: "old", contributor_ref: "me" };
const READINGS: Errand = { kind: "calibration", path: "/calibrations/c", body: '{"takes":[]}' };

type Answer = { status: number; body?: Record<string, unknown> } | "away";
let answers: Answer[];
let asked: { path: string; csrf: string; body: string | undefined }[];
let kept: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  [answers, asked, kept] = [[], [], new Map()];
  vi.stubGlobal("localStorage", { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) });
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("fetch", async (path: string, init: { body?: string; headers?: Record<string, string> } = {}) => {
    asked.push({ path, csrf: init.headers?.["X-CSRF-Token"] ?? "", body: init.body });
    const answer = answers.shift() ?? "away";
    if (answer === "away") throw new TypeError("away");
    return new Response(JSON.stringify(answer.body ?? {}), { status: answer.status });
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function told(run: (errands: Errands) => void, wait_ms = 60_000): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  run(new Errands(SERVER, (_, outcome) => outcomes.push(outcome)));
  await vi.advanceTimersByTimeAsync(wait_ms);
  return outcomes;
}

describe("what somebody typed", () => {
  it("is kept until the server has answered, however long that takes", async () => {
    answers = ["away", { status: 409, body: { code: "calibration.takes-missing" } }, { status: 201, body: { id: "c" } }];
    const outcomes = await told((errands) => errands.add(READINGS));
    expect(outcomes).toEqual([
      { state: "waiting", why: "server" },
      { state: "waiting", why: "takes" },
      { state: "done", answer: { id: "c" } },
    ]);
    expect(new Set(asked.map(({ body }) => body))).toEqual(new Set([READINGS.body]));
    expect(errandsWait("me")).toBe(false);
  });

  it("outlives the page, and another person's page does not tell it", async () => {
    await told((errands) => errands.add(READINGS), 0);
    expect([errandsWait("me"), errandsWait("you")]).toEqual([true, false]);
    vi.clearAllTimers(); // that page is gone
    asked.length = 0;
    answers = [{ status: 200, body: { id: "c" } }];
    expect(await told(() => undefined)).toEqual([{ state: "done", answer: { id: "c" } }]);
    expect(asked.map(({ path }) => path)).toEqual(["/api/v1/calibrations/c"]);
  });

  it("is told to the person and no more to the server once it was refused", async () => {
    answers = [{ status: 422, body: { code: "calibration.spread", facts: { measured: "1.4" } } }];
    expect(await told((errands) => errands.add(READINGS))).toEqual([{ state: "refused", code: "calibration.spread", facts: { measured: "1.4" } }]);
    expect([asked.length, errandsWait("me")]).toEqual([1, false]);
  });

  it("takes up a new sign-in of the same person only", async () => {
    const refused = { status: 403, body: { code: "auth.csrf" } };
    answers = [refused, { status: 200, body: { contributor_ref: "me", csrf: "new" } }, { status: 201 }];
    expect((await told((errands) => errands.add(READINGS))).at(-1)?.state).toBe("done");
    expect(asked.map(({ csrf }) => csrf)).toEqual(["old", "", "new"]);
    answers = [refused, { status: 200, body: { contributor_ref: "you", csrf: "theirs" } }];
    expect(await told((errands) => errands.add(READINGS), 0)).toEqual([{ state: "waiting", why: "sign-in" }]);
    expect(asked.map(({ csrf }) => csrf)).not.toContain("theirs");
  });

  it("is one errand for one place, and damaged memory is none", async () => {
    await told((errands) => [READINGS, { ...READINGS, body: "{}" }].forEach((errand) => errands.add(errand)), 0);
    expect(JSON.parse([...kept.values()][0]!)).toEqual([{ ...READINGS, body: "{}" }]);
    kept.set("speechcorpus-errands-me", "{not json");
    expect(await told(() => undefined)).toEqual([]);
  });
});
