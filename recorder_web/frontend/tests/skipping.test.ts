import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RecorderData } from "../src/data";
import { meaning, Skipping } from "../src/skipping";
import { keepSkip, waitingSkips, type Skip } from "../src/skips";

const A: Skip = { claim: "c", prompt: "a", reason: "private", words: null };
const BACK: Skip = { ...A, reason: null };

it("keeps of each prompt only the last word", () => {
  keep(A);
  keep({ ...A, prompt: "b" });
  keep(BACK);
  keep({ ...A, claim: "d" });
  expect(waitingSkips(DATA)).toEqual([{ ...A, prompt: "b" }, BACK]);
});

it("gives up only what the server refuses for good", () => {
  expect([200, 201, 401, 403, 408, 429, 500, 503, 404, 409, 422].map(meaning)).toEqual(
    ["told", "told", "sign-in", "sign-in", "again", "again", "again", "again", "refused", "refused", "refused"],
  );
});

interface Asked {
  method: string;
  address: string;
  token: string | undefined;
  body: unknown;
}

/** A server of one prompt, as the browser's `fetch` meets it. */
class House {
  readonly asked: Asked[] = [];
  status = 201;
  token = "t1";
  person = "me";

  readonly fetch = async (address: string, init: RequestInit = {}): Promise<Response> => {
    if (address.endsWith("/me")) return Response.json({ contributor_ref: this.person, csrf: this.token });
    const token = (init.headers as Record<string, string> | undefined)?.["X-CSRF-Token"];
    this.asked.push({ method: init.method ?? "GET", address, token, body: init.body ? JSON.parse(String(init.body)) : null });
    return new Response("{}", { status: token === this.token ? this.status : 403 });
  };
}

let house: House;
let disk: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers();
  house = new House();
  disk = new Map();
  vi.stubGlobal("fetch", house.fetch);
  vi.stubGlobal("window", globalThis);
  vi.stubGlobal("localStorage", { getItem: (key: string) => disk.get(key) ?? null, setItem: (key: string, value: string) => disk.set(key, value) });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const DATA = { api: "/api/v1", csrf: "t1", contributor_ref: "me", claim: { id: "c" } } as RecorderData;

function keep({ claim, ...said }: Skip): void {
  keepSkip({ ...DATA, claim: { ...DATA.claim, id: claim } }, said);
}

function open(refused: string[] = []): Skipping {
  return new Skipping(DATA, (prompt) => refused.push(prompt));
}

function tell(skipping: Skipping, skip: Skip): void {
  keep(skip);
  skipping.wake();
}

it("tells the server at once, and with its reason", async () => {
  const skipping = open();
  tell(skipping, { ...A, reason: "other", words: "看無" });
  await vi.runAllTimersAsync();
  expect(house.asked).toEqual([{ method: "PUT", address: "/api/v1/claims/c/prompts/a/skip", token: "t1", body: { reason: "other", words: "看無" } }]);
  expect(waitingSkips(DATA)).toEqual([]);
});

it("keeps a skip through a dead network and a closed page until it is told", async () => {
  house.status = 503;
  tell(open(), A);
  await vi.advanceTimersByTimeAsync(120_000);
  expect(house.asked.length).toBeGreaterThan(3);
  house.status = 201;
  expect(waitingSkips(DATA)).toEqual([A]);
  open().wake(); // the page was closed meanwhile
  await vi.runAllTimersAsync();
  expect(waitingSkips(DATA)).toEqual([]);
});

it("takes up the token of a new sign-in of the same person, and of nobody else", async () => {
  house.token = "t2";
  house.person = "somebody";
  const skipping = open();
  tell(skipping, A);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(waitingSkips(DATA)).toEqual([A]);
  expect(house.asked.every(({ token }) => token === "t1")).toBe(true);
  house.person = "me";
  await vi.advanceTimersByTimeAsync(120_000);
  expect(house.asked.at(-1)!.token).toBe("t2");
  expect(waitingSkips(DATA)).toEqual([]);
});

it("says when the server will not have it, and goes on with the next one", async () => {
  house.status = 409;
  const refused: string[] = [];
  const skipping = open(refused);
  tell(skipping, A);
  tell(skipping, { ...A, prompt: "b" });
  await vi.runAllTimersAsync();
  expect(refused).toEqual(["a", "b"]);
  expect(waitingSkips(DATA)).toEqual([]);
});

it("does not lose a word that was said while the one before was on its way", async () => {
  const skipping = open();
  tell(skipping, A);
  tell(skipping, BACK);
  await vi.runAllTimersAsync();
  expect(house.asked.map(({ method }) => method)).toEqual(["PUT", "DELETE"]);
});
