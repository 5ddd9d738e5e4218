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
async function recorded(take: string, seconds: number, sequence = 0, first_sitting_sample = 0): Promise<void> {
  const frames = seconds * RATE_HZ;
  const heard = { frames, chunks: [], count: { seen: frames, delivered: null, total: null, lost_frames: 0 } };
  const manifest = manifestOf(record(take), { ...heard, ended_by: "stop", markers: [], events: [], windows: [], meter: [] });
  await put(disk, `${AT}/sitting.json`, (await text(disk, `${AT}/sitting.json`)) ?? JSON.stringify(SITTING));
  await put(disk, `${AT}/${take}/take.json`, JSON.stringify({ ...record(take, sequence), first_sitting_sample }));
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

it("finishes a take whose manifest is too long without the exchanges of its call", async () => {
  vi.stubGlobal("fetch", (address: string, init: RequestInit) =>
    address.endsWith("/finish") && String(init.body).length > 5_000 ? Response.json({ code: "request.too-large" }, { status: 413 }) : knock(address, init),
  );
  await recorded("t1", 2);
  const manifest = JSON.parse((await text(disk, `${AT}/t1/manifest.json`))!);
  const clock = { windows: [{ sample: 7 }], exchanges: [{ page: "x".repeat(9_000) }], call: "c" };
  await put(disk, `${AT}/t1/manifest.json`, JSON.stringify({ ...manifest, clock }));
  await comeUp();
  await until(null, 1);
  expect(JSON.parse((await text(disk, `${AT}/t1/manifest.json`))!)).toMatchObject({ frames: 200, clock: { ...clock, exchanges: [] } });
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

/** How many requests are on their way at most; each takes a moment. */
function countFlights(): () => number {
  let [flying, most] = [0, 0];
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    most = Math.max(most, ++flying);
    await new Promise((resolve) => setTimeout(resolve, 1));
    return knock(address, init).finally(() => flying--);
  });
  return () => most;
}

it("has two requests in flight and never three, and the newest take goes last", async () => {
  const most = countFlights();
  vi.setSystemTime(NOON + 700_000);
  await recorded("new", 63, 2, 90_000);
  await recorded("old", 63, 1);
  await comeUp();
  await until(null, 2);
  expect(most()).toBe(2);
  const chunks = server.asked.filter((line) => line.includes("/chunks/")).map((line) => line.split("/")[2]);
  expect(chunks).toEqual([...Array(13).fill("old"), ...Array(13).fill("new")]);
  expect([...server.takes.get("old")!.chunks.keys()].sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, index) => index));
});

it("asks no server which chunks it has of a take that it never heard of", async () => {
  await recorded("t1", 2);
  await comeUp();
  await until(null, 1);
  expect(server.asked).not.toContain("GET /takes/t1/chunks");
});

it("keeps its sitting alive while a backlog goes out", async () => {
  await put(disk, `${AT}/sitting.json`, JSON.stringify(SITTING));
  await comeUp();
  say({ type: "begin", sitting: SITTING });
  await vi.waitFor(() => expect(server.asked).toContain("POST /sittings/s1/heartbeat"));
  server.after = (line) => void (line.includes("/chunks/") && vi.setSystemTime(Date.now() + 10_000)); // a slow network
  await recorded("t1", 120);
  const before = server.asked.length;
  say({ type: "scan" });
  await until(null, 1);
  const beats = server.asked.slice(before, server.asked.indexOf("POST /takes/t1/finish")).filter((line) => line.endsWith("/heartbeat"));
  expect(beats.length).toBeGreaterThanOrEqual(5); // 24 chunks, 240 s
});

it("waits as long as a header says, be it seconds, a date or nonsense, and goes on when it is woken", async () => {
  const date = new Date(NOON + 3_600_000).toUTCString();
  for (const [n, header] of ["0", "soon", "-5", "1e300", date].entries()) {
    let refusals = 0;
    vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
      if (!address.includes(`house${house}/`) || !address.includes("/chunks/") || refusals > 0) return knock(address, init);
      refusals++;
      return Response.json({ code: "quota.requests" }, { status: 429, headers: { "Retry-After": header } });
    });
    await recorded(`t${n}`, 2);
    if (n === 0) await comeUp();
    else say({ type: "scan" });
    await vi.waitFor(() => expect(refusals).toBe(1));
    say({ type: "wake" });
    await vi.waitFor(() => expect(state?.safe).toHaveProperty(`t${n}`), { timeout: 3_000 });
  }
  expect(state?.stopped).toEqual({});
});

it("holds sound back while the network is paid for, and keeps the sitting alive all the same", async () => {
  await put(disk, `${AT}/sitting.json`, JSON.stringify(SITTING));
  await comeUp();
  say({ type: "hold", hold: true });
  say({ type: "begin", sitting: SITTING });
  await recorded("t1", 2);
  hear({ type: "finished", sitting: "s1", take: "t1" });
  await vi.waitFor(() => expect(state?.waiting_takes).toBe(1));
  await vi.waitFor(() => expect(server.asked).toContain("POST /sittings/s1/heartbeat"));
  expect([...server.takes.keys()]).toEqual([]);
  say({ type: "hold", hold: false });
  await until(null, 1);
});

it("sends nothing more, deletes nothing and says so once consent is withdrawn", async () => {
  await recorded("t1", 12);
  vi.stubGlobal("fetch", async (address: string, init: RequestInit) => {
    if (!address.includes(`house${house}/`)) return knock(address, init);
    server.asked.push(String(init.method));
    return Response.json({ code: "consent.withdrawn" }, { status: 403 });
  });
  await comeUp();
  await until("consent.withdrawn", 0);
  const asked = server.asked.length;
  say({ type: "wake" });
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect([server.asked.length, state?.problem, state?.waiting_takes]).toEqual([asked, "consent.withdrawn", 1]);
  expect(await text(disk, `${AT}/t1/manifest.json`)).not.toBeNull();
});

it("lets other takes pass one that has a trouble of its own", async () => {
  await recorded("long", 30, 0);
  await recorded("short", 2, 1, 3_000);
  await comeUp();
  await vi.waitFor(() => expect(state?.safe).toHaveProperty("short"));
  expect(state?.safe).not.toHaveProperty("long"); // 30 s of speech in a sitting that the server has just met
  vi.setSystemTime(NOON + 60_000);
  say({ type: "wake" });
  await until(null, 2);
});

it("tries again when a connection dies without a word", async () => {
  const timeouts: AbortController[] = [];
  vi.spyOn(AbortSignal, "timeout").mockImplementation(() => (timeouts.push(new AbortController()), timeouts.at(-1)!.signal));
  let hung = false;
  vi.stubGlobal("fetch", (address: string, init: RequestInit) => {
    if (hung || !address.includes("/chunks/")) return knock(address, init);
    hung = true;
    return new Promise((_, reject) => init.signal!.addEventListener("abort", () => reject(init.signal!.reason as Error)));
  });
  await recorded("t1", 2);
  await comeUp();
  await vi.waitFor(() => expect(hung).toBe(true));
  timeouts.at(-1)!.abort();
  await until(null, 1);
  vi.restoreAllMocks();
});
