import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Endings } from "../src/capture/endings";
import type { FromTakeWorker, ToUploads } from "../src/capture/messages";
import { Stream, type Opening } from "../src/capture/stream";
import type { EndedBy, Marker, TakePlan } from "../src/take";
import { Disk } from "./disk";

const RATE_HZ = 8_000;
const PACKET = RATE_HZ / 100;
const PLAN: TakePlan = { take: "t", sequence: 1, track: "main", prompt_id: "p17" };
const FULL = "QuotaExceededError";

let disk: Disk;
let told: FromTakeWorker[];
let sent: ToUploads[];
let stream: Stream;
let endings: Endings;
let code = 0;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date", "performance"] });
  disk = new Disk();
  [told, sent, code] = [[], [], 0];
  const uploads = { postMessage: (message: ToUploads) => sent.push(message) } as unknown as MessagePort;
  endings = new Endings("c", uploads);
  const tell = (message: FromTakeWorker): unknown => told.push(message);
  const sitting = { sitting: "s", calibration: null };
  const opening = { type: "open", sitting, settings: {}, counts: false, feed: { path: "mstp" } } as unknown as Opening;
  stream = new Stream(opening, RATE_HZ, { contributor: "c", uploads, endings, tell, silent: () => void stream.end("stall") });
});

afterEach(async () => {
  await stream.end("device");
  vi.restoreAllMocks();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** The microphone hands over ten packets each 100 ms. */
function hear(seconds: number): void {
  for (let n = 0; n < Math.round(seconds * 100); n++) {
    vi.advanceTimersByTime(10);
    stream.packet(Int16Array.from({ length: PACKET }, () => (code++ % 30_000) + 1));
  }
}

/** What is done behind awaits is done. */
async function idle(): Promise<void> {
  for (let n = 0; n < 50; n++) await Promise.resolve();
}

async function start(plan: Partial<TakePlan> = {}): Promise<void> {
  void stream.start({ ...PLAN, ...plan });
  await idle();
}

async function stop(ended_by: EndedBy = "stop"): Promise<void> {
  stream.stop(ended_by);
  hear(0.4);
  await idle();
}

function manifest(take = "t"): { frames: number; markers: Marker[]; capture: { ended_by: string }; events: { kind: string }[] } {
  return disk.json(`/speechcorpus/v1/c/s/${take}/manifest.json`) as ReturnType<typeof manifest>;
}

function gaps(take = "t"): { at_sample: number; lost_ms: number }[] {
  const found = manifest(take).markers.filter(({ kind }) => kind === "gap");
  return found.map(({ at_sample, lost_ms }) => ({ at_sample, lost_ms: lost_ms! }));
}

function ended(): Extract<FromTakeWorker, { type: "ended" }> {
  return told.find((message) => message.type === "ended")!;
}

it("keeps 300 ms before the press and after the stop, and nothing is missing", async () => {
  hear(4);
  await start();
  hear(2);
  await stop();
  expect(manifest()).toMatchObject({ frames: 2.6 * RATE_HZ, capture: { ended_by: "stop" } });
  expect(manifest().markers.map(({ kind }) => kind)).toEqual(["go", "prompt-start", "prompt-end", "stop"]);
});

it.each([400, 900])("marks a silence of %i ms with one gap of its length at its place", async (lost_ms) => {
  hear(4);
  await start();
  hear(2);
  vi.advanceTimersByTime(lost_ms);
  hear(14);
  await stop();
  expect(gaps()).toEqual([{ at_sample: 2.3 * RATE_HZ, lost_ms }]);
});

it("marks a silence just before the stop", async () => {
  hear(4);
  await start();
  hear(2);
  vi.advanceTimersByTime(500);
  hear(0.1);
  await stop();
  expect(gaps()).toEqual([{ at_sample: 2.3 * RATE_HZ, lost_ms: 500 }]);
});

it("marks no gap where packets were only late", async () => {
  hear(4);
  await start();
  hear(2);
  vi.advanceTimersByTime(600);
  for (let n = 0; n < 60; n++) stream.packet(new Int16Array(PACKET).fill(9));
  hear(5);
  await stop();
  expect(gaps()).toEqual([]);
  expect(told).toContainEqual({ type: "alarm", kind: "stall" });
});

it("ends and keeps a take whose microphone fell silent for more than a second, and says how long", async () => {
  hear(4);
  await start();
  hear(2);
  vi.advanceTimersByTime(1_200);
  await idle();
  expect(manifest()).toMatchObject({ frames: 2.3 * RATE_HZ, capture: { ended_by: "stall" } });
  expect(gaps()).toHaveLength(1);
  expect(gaps()[0]!.lost_ms).toBeGreaterThan(1_000);
});

/** The whole browser stands still: no timer runs, the clocks go on. */
function sleep(ms: number): void {
  const now_ms = performance.now() + ms;
  vi.setSystemTime(Date.now() + ms);
  const woke_ms = Date.now();
  vi.spyOn(performance, "now").mockImplementation(() => now_ms + (Date.now() - woke_ms));
}

it("marks thirty seconds of sleep in a take, says so and ends it", async () => {
  hear(4);
  await start();
  hear(2);
  sleep(30_000);
  hear(3);
  await idle();
  expect(gaps()).toHaveLength(1);
  expect(Math.abs(gaps()[0]!.lost_ms - 30_000)).toBeLessThan(100);
  expect(gaps()[0]!.at_sample).toBe(2.3 * RATE_HZ);
  expect(manifest().capture.ended_by).toBe("stall");
  expect(manifest().events.map(({ kind }) => kind)).toContain("late");
  expect(told).toContainEqual({ type: "alarm", kind: "clock" });
});

it("hears a silence although its timer is slowed", async () => {
  hear(4);
  await start();
  hear(2);
  for (let n = 0; n < 3; n++) {
    sleep(900);
    vi.advanceTimersByTime(100);
  }
  await idle();
  expect(manifest().capture.ended_by).toBe("stall");
  expect(gaps()[0]!.lost_ms).toBeGreaterThan(1_900);
});

it("does not end a take for a sleep before it", async () => {
  hear(4);
  sleep(30_000);
  hear(0.5);
  await start();
  hear(3);
  await stop();
  expect(manifest().capture.ended_by).toBe("stop");
  expect(gaps()).toEqual([]);
});

it.each(["take.json", "pcm.s16#open", "events.ndjson#open"])("tells the page when %s cannot be made, and holds no sound for it", async (name) => {
  hear(4);
  disk.refuse = (path) => (path.endsWith(name) ? FULL : null);
  await start();
  expect(told).toContainEqual(expect.objectContaining({ type: "failed", name: FULL }));
  hear(10);
  expect(stream["ring"].first).toBeGreaterThan(12 * RATE_HZ);
  expect(disk.paths("take.json")).toEqual([]);
  disk.refuse = () => null;
  await start({ take: "u" });
  hear(1);
  await stop();
  expect(manifest("u")).toMatchObject({ frames: 1.6 * RATE_HZ });
});

it("keeps a take whole whose manifest finds no room, and writes it when there is some", async () => {
  hear(4);
  await start();
  hear(2);
  disk.refuse = (path) => (path.endsWith("manifest.json") ? FULL : null);
  await stop();
  expect(ended()).toMatchObject({ frames: 2.6 * RATE_HZ, ended_by: "full" });
  expect(disk.files.get("/speechcorpus/v1/c/s/t/pcm.s16")).toHaveLength(2.6 * RATE_HZ * 2);
  expect(sent.map(({ type }) => type)).not.toContain("finished");
  await expect(endings.write()).rejects.toMatchObject({ name: FULL });
  disk.refuse = () => null;
  await endings.write();
  expect(manifest()).toMatchObject({ frames: 2.6 * RATE_HZ, capture: { ended_by: "stop" } });
  expect(sent.filter(({ type }) => type === "finished")).toHaveLength(1);
});

it("keeps what the disk took when the last packets find no room", async () => {
  hear(4);
  await start();
  hear(2);
  const before = stream["recording"]!.file.written;
  disk.refuse = (path) => (path.endsWith("pcm.s16") ? FULL : null);
  await stop();
  expect(ended()).toMatchObject({ frames: before, ended_by: "full" });
  expect(manifest()).toMatchObject({ frames: before, capture: { ended_by: "full" } });
});

it("keeps what the disk took when the very last write finds no room", async () => {
  hear(4);
  await start();
  hear(2.03);
  disk.refuse = (path) => (path.endsWith("pcm.s16") ? FULL : null);
  await stream.end("device");
  expect(ended()).toMatchObject({ ended_by: "full" });
  expect(manifest().frames).toBeGreaterThanOrEqual(2.25 * RATE_HZ);
  expect(manifest().capture.ended_by).toBe("full");
});

it("ends and keeps a take whose file fails, and says so", async () => {
  hear(4);
  await start();
  hear(2);
  disk.refuse = (path) => (path.endsWith("pcm.s16") ? "InvalidStateError" : null);
  hear(0.2);
  await idle();
  expect(ended()).toMatchObject({ ended_by: "crash" });
  expect(manifest().frames).toBeGreaterThan(2 * RATE_HZ);
});

it("stops a take although its journal finds no room", async () => {
  hear(4);
  await start();
  hear(1);
  disk.refuse = (path) => (path.endsWith("events.ndjson") ? FULL : null);
  await stop();
  expect(manifest()).toMatchObject({ frames: 1.6 * RATE_HZ, capture: { ended_by: "stop" } });
});

it("takes no take for one of which the disk took nothing", async () => {
  hear(4);
  disk.refuse = (path) => (path.endsWith("pcm.s16") ? FULL : null);
  await start();
  hear(1);
  await idle();
  expect(told).toContainEqual(expect.objectContaining({ type: "failed", name: FULL }));
  expect(disk.files.size).toBe(0);
});

it("ends a take whose microphone went while its file was being opened", async () => {
  hear(4);
  const starting = stream.start(PLAN);
  await stream.end("device");
  await starting;
  await idle();
  expect(manifest()).toMatchObject({ frames: 0.3 * RATE_HZ, capture: { ended_by: "device" } });
});

it("marks no sentence in free speech, so that the server cuts it at its pauses", async () => {
  hear(4);
  await start({ topic: true });
  hear(2);
  await stop();
  expect(manifest().markers).toEqual([
    { kind: "go", at_sample: 0.3 * RATE_HZ, prompt_id: "p17" },
    { kind: "stop", at_sample: 2.3 * RATE_HZ, prompt_id: "p17" },
  ]);
});

/** Packets of given codes in place of the microphone's. */
function play(codes: number[], seconds: number, same: boolean | null = null): void {
  for (let n = 0; n < Math.round(seconds * 100); n++) {
    vi.advanceTimersByTime(10);
    stream.packet(Int16Array.from({ length: PACKET }, (_, i) => codes[i % codes.length]!), same);
  }
}

function alarms(kind: string): number {
  return told.filter((message) => message.type === "alarm" && message.kind === kind).length;
}

it("tells of a muted microphone within a second, once, also between takes", async () => {
  hear(4);
  play([0], 0.95);
  expect(alarms("muted")).toBe(1);
  play([0], 2);
  hear(1);
  play([0], 1);
  expect(alarms("muted")).toBe(2);
});

it("believes a track that says it is muted at once", async () => {
  hear(4);
  stream.note("mute");
  expect(alarms("muted")).toBe(1);
  stream.note("unmute");
  hear(0.2);
  expect(told.at(-1)).toMatchObject({ type: "meter", muted: false });
});

it("tells of clipping while the take runs and notes it in the take", async () => {
  hear(4);
  await start();
  play([32767, 32767, 32767, 0], 0.1);
  hear(0.5);
  expect(told).toContainEqual({ type: "heard", code: "audio.clipped", measured: expect.any(Number) });
  expect(told.at(-1)).toMatchObject({ type: "meter", clipped_runs: 200 });
  await stop();
  expect(manifest().events.map(({ kind }) => kind)).toEqual(["audio.clipped"]);
});

it("notes two channels that part, in the take they part in or in the next one", async () => {
  play([5], 4, true);
  play([5], 0.1, false);
  await start();
  play([5], 1, false);
  await stop();
  expect(manifest().events.filter(({ kind }) => kind === "channels-differ")).toHaveLength(1);
});

it("marks where the room left its band and came back, and nothing after the stop", async () => {
  hear(4);
  stream.band("band-out");
  await start();
  hear(1);
  stream.band("band-in");
  hear(1);
  stream.stop("stop");
  stream.band("band-out");
  hear(0.4);
  await idle();
  const { markers } = manifest();
  expect(markers.filter(({ kind }) => kind.startsWith("band")).map(({ kind, at_sample }) => [kind, at_sample])).toEqual([
    ["band-out", 0],
    ["band-in", 1.3 * RATE_HZ],
  ]);
});

it("marks a prompt that is said again", async () => {
  hear(4);
  await start({ redo: true });
  hear(1);
  await stop();
  expect(manifest().markers[1]).toMatchObject({ kind: "redo", at_sample: 0.3 * RATE_HZ, prompt_id: "p17" });
});

/** A stream whose track counts: `ahead` packets are delivered and not yet read. */
function counted(ahead: number): { delivered: number; total: number; at_ms: number } {
  const delivered = 900 + code + ahead * PACKET;
  return { delivered, total: delivered, at_ms: performance.timeOrigin + performance.now() };
}

it("begins 300 ms before the key and ends 300 ms after it although the worker learns of both late", async () => {
  stream["opening"].counts = true;
  hear(4);
  stream.snapshot(counted(0));
  const pressed = counted(0);
  hear(0.2); // the message waits
  void stream.start({ ...PLAN }, pressed);
  await idle();
  hear(2);
  const read = stream["ring"].total;
  stream.stop("stop", counted(20)); // 200 ms of packets wait to be read
  hear(0.6);
  stream.snapshot(counted(0));
  await idle();
  const { markers, frames } = manifest();
  expect(stream["ring"].total).toBeGreaterThan(read);
  expect(markers.find(({ kind }) => kind === "go")!.at_sample).toBe(0.3 * RATE_HZ);
  expect(markers.find(({ kind }) => kind === "stop")!.at_sample).toBe((0.3 + 0.2 + 2 + 0.2) * RATE_HZ);
  expect(frames).toBe((0.3 + 0.2 + 2 + 0.2 + 0.3) * RATE_HZ);
});

const onTheDisk = (): boolean => disk.durable.get("/speechcorpus/v1/c/s/t/pcm.s16") === disk.files.get("/speechcorpus/v1/c/s/t/pcm.s16")!.length;

it("has the last sound on the disk at once, although the counts do not settle yet", async () => {
  stream["opening"].counts = true;
  hear(4);
  stream.snapshot(counted(0));
  void stream.start({ ...PLAN }, counted(0));
  await idle();
  hear(2.5);
  stream.stop("stop", counted(0));
  hear(0.4);
  expect(told.some(({ type }) => type === "ended")).toBe(false);
  expect(onTheDisk()).toBe(true);
});

it("has what was heard on the disk within a second when nothing is heard any more", async () => {
  hear(4);
  await start();
  hear(2.5);
  expect(onTheDisk()).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(onTheDisk()).toBe(true);
});
