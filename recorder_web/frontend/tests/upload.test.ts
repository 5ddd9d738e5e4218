import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FromUploadWorker, ToUploads, ToUploadWorker, UploadState } from "../src/capture/messages";
import { manifestOf, type SittingRecord, type TakeRecord } from "../src/take";
import { Folder, put, text } from "./edges/disk";
import { Server } from "./edges/server";

const RATE_HZ = 100;
const NOON = Date.UTC(2026, 0, 1, 12);
const SITTING: SittingRecord = { sitting: "s1", claim: "c", band: "low", device: {}, calibration: null, started_offline: false, began_ms: NOON };
const AT = "speechcorpus/v1/ann/s1";

let disk: Folder;
let server: Server;
let scope: { onmessage?: (event: { data: ToUploadWorker }) => void; postMessage(message: FromUploadWorker): void };
let port: { onmessage?: (event: { data: ToUploads }) => void };
let state: UploadState | null;
let house = 0; // a worker has no end: those of earlier tests knock at doors that are closed

beforeEach(() => {
  vi.resetModules();
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
  [disk, server, port, state] = [new Folder(), new Server(), {}, null];
  const here = ++house;
  scope = { postMessage: (message) => void (here === house && (state = message.state)) };
  vi.stubGlobal("self", scope);
  vi.stubGlobal("navigator", { storage: { getDirectory: async () => disk } });
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => knock(address, init));
  server.signedIn = { contributor_ref: "ann", csrf: "ann-1" };
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function record(take: string, sequence = 0): TakeRecord {
  const plan = { take, sequence, track: "main", prompt_id: "p", calibration: null } as const;
  return { ...plan, sitting: "s1", rate_hz: RATE_HZ, channels: 1, capture_path: "mstp", first_sitting_sample: 0, settings: {} };
}

function knock(address: string, init: RequestInit): Promise<Response> {
  if (!address.startsWith(`http://house${house}/`)) return new Promise(() => undefined);
  return server.fetch(address, init);
}

/** A take as the take worker leaves it on the disk. */
async function recorded(take: string, seconds: number, sequence = 0): Promise<void> {
  const frames = seconds * RATE_HZ;
  const heard = { frames, chunks: [], count: { seen: frames, delivered: null, total: null, lost_frames: 0 } };
  const manifest = manifestOf(record(take), { ...heard, ended_by: "stop", markers: [], events: [], windows: [], meter: [] });
  await put(disk, `${AT}/sitting.json`, (await text(disk, `${AT}/sitting.json`)) ?? JSON.stringify(SITTING));
  await put(disk, `${AT}/${take}/take.json`, JSON.stringify(record(take, sequence)));
  await put(disk, `${AT}/${take}/pcm.s16`, new Uint8Array(frames * 2));
  await put(disk, `${AT}/${take}/manifest.json`, JSON.stringify(manifest));
}

/** The page of a contributor comes up, with the token its server gave it. */
async function comeUp(): Promise<void> {
  await import("../src/upload.worker");
  say({ type: "start", api: `http://house${house}/api/v1`, csrf: "ann-1", contributor: "ann", uploads: port as unknown as MessagePort });
}

function say(message: ToUploadWorker): void {
  scope.onmessage!({ data: message });
}

function hear(message: ToUploads): void {
  port.onmessage!({ data: message });
}

async function kept(): Promise<unknown> {
  return JSON.parse((await text(disk, `${AT}/sitting.json`))!);
}

async function until(problem: string | null, safe: number): Promise<void> {
  await vi.waitFor(() => expect([state?.problem, Object.keys(state?.safe ?? {}).length]).toEqual([problem, safe]), { timeout: 3_000 });
}

it("sends what waits once the same person has signed in again", async () => {
  server.signedIn = null;
  await recorded("t1", 12);
  await comeUp();
  await until("auth.expired", 0);
  server.signedIn = { contributor_ref: "ann", csrf: "ann-2" };
  vi.setSystemTime(NOON + 60_000);
  say({ type: "wake" });
  await until(null, 1);
  expect(server.takes.get("t1")).toMatchObject({ stored: true, owner: "ann" });
  expect(state?.stopped).toEqual({});
});

it("sends nothing under somebody else's sign-in, and goes on under its own", async () => {
  server.signedIn = null;
  await recorded("t1", 12);
  await comeUp();
  await until("auth.expired", 0);
  server.signedIn = { contributor_ref: "bob", csrf: "bob-1" };
  say({ type: "wake" });
  await until("auth.other-account", 0);
  expect([server.sittings.size, server.takes.size]).toEqual([0, 0]);
  server.signedIn = { contributor_ref: "ann", csrf: "ann-3" };
  vi.setSystemTime(NOON + 60_000);
  say({ type: "wake" });
  await until(null, 1);
});

it("does not strand a take that met somebody else's sign-in after other troubles", async () => {
  await recorded("t1", 2);
  server.after = (line) => void (server.up &&= line !== "PUT /takes/t1");
  await comeUp();
  await until("network", 0);
  server.after = () => undefined;
  server.signedIn = { contributor_ref: "bob", csrf: "bob-1" };
  server.up = true;
  say({ type: "wake" });
  await until("auth.other-account", 0);
  expect(server.takes.get("t1")!.chunks.size).toBe(0);
  server.signedIn = { contributor_ref: "ann", csrf: "ann-2" };
  say({ type: "wake" });
  await until(null, 1);
});

it("waits, and asks no storm, when its own token is refused again and again", async () => {
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    const answer = await knock(address, init);
    return init.method === "GET" ? answer : Response.json({ code: "auth.csrf" }, { status: 403 });
  });
  vi.spyOn(Math, "random").mockReturnValue(1);
  await recorded("t1", 2);
  await comeUp();
  await until("auth.csrf", 0);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(server.asked.length).toBeLessThan(5);
  expect(state?.stopped).toEqual({});
});

it("has a whole sitting accepted that happened while the server was away", async () => {
  server.up = false;
  await put(disk, `${AT}/sitting.json`, JSON.stringify(SITTING));
  await comeUp();
  say({ type: "begin", sitting: SITTING });
  await until("network", 0); // the first request is lost, and with it the first words
  await recorded("t1", 600);
  hear({ type: "finished", sitting: "s1", take: "t1" });
  vi.setSystemTime(NOON + 700_000);
  server.up = true;
  say({ type: "wake" });
  await until(null, 1);
  expect(JSON.parse(server.sittings.get("s1")!.body)).toMatchObject({ started_offline: true });
  expect(await kept()).toMatchObject({ started_offline: true, registered: true });
});

it("keeps to the words the server heard, though their answer was lost", async () => {
  server.loseNextAnswer = true;
  await recorded("t1", 60);
  await comeUp();
  await vi.waitFor(() => expect(server.sittings.size).toBe(1));
  vi.setSystemTime(NOON + 700_000);
  await until(null, 1);
  expect(JSON.parse(server.sittings.get("s1")!.body)).toMatchObject({ started_offline: false });
  await vi.waitFor(async () => expect(await kept()).toMatchObject({ started_offline: false, registered: true }));
});

it("sends two sittings that the server never heard of, the older one first", async () => {
  server.up = false;
  await recorded("t1", 12);
  await put(disk, `speechcorpus/v1/ann/s2/sitting.json`, JSON.stringify({ ...SITTING, sitting: "s2" }));
  const inSecond = { ...record("t2"), sitting: "s2" };
  await put(disk, `speechcorpus/v1/ann/s2/t2/take.json`, JSON.stringify(inSecond));
  await put(disk, `speechcorpus/v1/ann/s2/t2/pcm.s16`, new Uint8Array(2 * RATE_HZ * 12));
  await put(disk, `speechcorpus/v1/ann/s2/t2/manifest.json`, JSON.stringify({ frames: 12 * RATE_HZ, rate_hz: RATE_HZ }));
  await comeUp();
  say({ type: "begin", sitting: { ...SITTING, sitting: "s2" } });
  await until("network", 0);
  vi.setSystemTime(NOON + 700_000);
  server.up = true;
  say({ type: "wake" });
  await until(null, 2);
  expect(state?.stopped).toEqual({});
  expect(server.asked).not.toContain("POST /sittings/s2/close");
});

it("does not slip past a sitting that is open elsewhere by letting time go by", async () => {
  server.otherOpen = true;
  await recorded("t1", 2);
  await comeUp();
  await until("sitting.other-open", 0);
  vi.setSystemTime(NOON + 700_000);
  const before = server.asked.length;
  say({ type: "wake" });
  await vi.waitFor(() => expect(server.asked.length).toBeGreaterThan(before));
  expect(state?.problem).toBe("sitting.other-open");
  server.otherOpen = false;
  say({ type: "wake" });
  await until(null, 1);
});

it("says the same of a sitting at the next visit, however late", async () => {
  await recorded("t1", 2);
  await put(disk, `${AT}/sitting.json`, JSON.stringify({ ...SITTING, registered: true }));
  vi.setSystemTime(NOON + 700_000);
  await comeUp();
  await until(null, 1);
  expect(server.asked.filter((line) => line === "PUT /sittings/s1")).toHaveLength(1);
  expect(JSON.parse(server.sittings.get("s1")!.body)).toMatchObject({ started_offline: false });
});

it("reads a take's own folder, not the whole sitting, when something of it is new", async () => {
  for (let n = 0; n < 40; n++) await recorded(`old${n}`, 1, n);
  await comeUp();
  await until(null, 40);
  const before = disk.reads;
  vi.setSystemTime(NOON + 60_000);
  await recorded("t1", 12, 40);
  hear({ type: "take", sitting: "s1", take: "t1" });
  hear({ type: "chunk", sitting: "s1", take: "t1", index: 0 });
  hear({ type: "finished", sitting: "s1", take: "t1" });
  await until(null, 41);
  expect(disk.reads - before).toBeLessThan(20);
});
