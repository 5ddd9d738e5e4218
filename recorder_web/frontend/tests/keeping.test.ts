import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { RecorderData } from "../src/data";
import { Keeping } from "../src/keeping";
import { readSittings } from "../src/store/opfs";
import { firstView, type View } from "../src/view";
import { Folder, put } from "./edges/disk";

const AT = "speechcorpus/v1/ann";
const DATA = { contributor_ref: "ann", claim: { style: "read" }, prompts: [{ id: "a", text: "一", reading: null, take: null }] } as unknown as RecorderData;
const TEN_MINUTES = 269_120_000; // at 48 kHz, and a fifth, and 200 MB
const MINUTE = 60 * 115_200;

Object.assign(globalThis, { litIssuedWarnings: new Set(["dev-mode"]) }); // the sheet is fetched, not drawn

let disk: Folder;
let network: EventTarget & { type: string };
let view: View;
let held: boolean[];
let persisted: number;

beforeEach(() => {
  disk = new Folder();
  network = Object.assign(new EventTarget(), { type: "cellular" });
  [view, held, persisted] = [firstView(DATA), [], 0];
  const storage = { getDirectory: async () => disk, estimate: async () => ({ quota: 1e12, usage: 0 }), persist: async () => (persisted++, false) };
  const remembered = new Map<string, string>();
  vi.stubGlobal("navigator", { storage, connection: network });
  vi.stubGlobal("localStorage", { getItem: (key: string) => remembered.get(key) ?? null, setItem: (key: string, value: string) => remembered.set(key, value) });
  vi.stubGlobal("window", { setInterval: () => 0 });
});
afterEach(() => vi.unstubAllGlobals());

function come(): Keeping {
  const keeping = new Keeping({ view: () => view, set: (change) => void (view = { ...view, ...change }), hold: (hold) => held.push(hold) });
  keeping.start();
  return keeping;
}

async function safeTake(name: string, bytes: number): Promise<void> {
  await put(disk, `${AT}/s/sitting.json`, JSON.stringify({ sitting: "s", began_ms: 1 }));
  await put(disk, `${AT}/s/${name}/take.json`, JSON.stringify({ take: name, sitting: "s", sequence: 0, first_sitting_sample: 0, rate_hz: 100 }));
  await put(disk, `${AT}/s/${name}/pcm.s16`, new Uint8Array(bytes));
  await put(disk, `${AT}/s/${name}/manifest.json`, JSON.stringify({ take_sha256: "9f" }));
  await put(disk, `${AT}/s/${name}/receipt.json`, JSON.stringify({ take_sha256: "9f", receipt: {}, kept_ms: 5 }));
}

it("sends now unless asked to wait, and then only while the network is paid for", () => {
  const keeping = come();
  expect([held.at(-1), view.metered]).toEqual([false, true]);
  keeping.later(true);
  expect(held.at(-1)).toBe(true);
  network.type = "wifi";
  network.dispatchEvent(new Event("change"));
  expect([held.at(-1), view.metered]).toEqual([false, false]);
  network.type = "cellular";
  expect([come() && held.at(-1), view.later]).toEqual([true, true]); // remembered at the next visit
});

it("sends now where the browser says nothing of its network", () => {
  vi.stubGlobal("navigator", { storage: navigator.storage });
  const keeping = come();
  keeping.later(true);
  expect(held).toEqual([false, false]);
});

it("asks the browser to keep what lies here, and begins whatever it answers", async () => {
  expect(await come().before()).toBe(true);
  expect([persisted, view.space?.missing_bytes]).toEqual([1, 0]);
});

it("says what is short before the start, and lets the sitting begin", async () => {
  disk.room = TEN_MINUTES - 30_000_000;
  const keeping = come();
  await vi.waitFor(() => expect(view.space?.missing_bytes).toBeGreaterThan(30_000_000));
  expect(await keeping.before()).toBe(true);
});

it("lets nothing begin of which less than a minute would fit", async () => {
  disk.room = 4_000_000 + MINUTE / 2;
  expect(await come().before()).toBe(false);
});

it("makes way before it calls anything short, and only with what is safe elsewhere", async () => {
  await safeTake("t", 1_000_000);
  await put(disk, `${AT}/s/unsent/take.json`, JSON.stringify({ take: "unsent", sitting: "s", sequence: 1, first_sitting_sample: 100, rate_hz: 100 }));
  await put(disk, `${AT}/s/unsent/pcm.s16`, new Uint8Array(1_000_000));
  disk.room = TEN_MINUTES + 4_000_000 + 1_500_000;
  expect(await come().before()).toBe(true);
  const sounds = (await readSittings("ann")).flatMap(({ takes }) => takes.map(({ record, bytes }) => [record.take, bytes]));
  expect(sounds).toEqual([["t", 0], ["unsent", 1_000_000]]);
  expect(view.space?.missing_bytes).toBe(0);
});
