import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { FromTakeWorker, ToTakeWorker, ToUploads } from "../src/capture/messages";
import { toInt16 } from "../src/pcm";
import { Disk } from "./disk";

const RATE_HZ = 8_000;
const FULL = "QuotaExceededError";

let disk: Disk;
let told: FromTakeWorker[];
let sent: ToUploads[];
let scope: { onmessage: (event: { data: ToTakeWorker }) => void };

beforeEach(async () => {
  vi.resetModules();
  [disk, told, sent] = [new Disk(), [], []];
  scope = { postMessage: (message: FromTakeWorker) => told.push(message) } as unknown as typeof scope;
  vi.stubGlobal("self", scope);
  vi.stubGlobal("addEventListener", () => undefined);
  vi.stubGlobal("FileSystemFileHandle", { prototype: { createSyncAccessHandle: null } });
  await import("../src/take.worker");
  const uploads = { postMessage: (message: ToUploads) => sent.push(message) } as unknown as MessagePort;
  await say({ type: "scan", contributor: "c", uploads });
});

afterEach(() => vi.unstubAllGlobals());

async function say(message: ToTakeWorker): Promise<void> {
  scope.onmessage({ data: message });
  await idle();
}

async function idle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A microphone that is heard when the test says so. */
function microphone(sampleRate = RATE_HZ): { readable: ReadableStream<AudioData>; hear(n: number): Promise<void>; fail(): void; stop(): void } {
  let control: ReadableStreamDefaultController<AudioData>;
  const readable = new ReadableStream<AudioData>({ start: (own) => void (control = own) });
  const copyTo = (samples: Float32Array): unknown => samples.fill(0.25);
  const data = { sampleRate, numberOfFrames: 80, numberOfChannels: 1, copyTo, close: () => undefined } as unknown as AudioData;
  const hear = async (n: number): Promise<void> => {
    for (let i = 0; i < n; i++) control.enqueue(data);
    await idle();
  };
  return { readable, hear, fail: () => control.error(new DOMException("gone wrong", "InvalidStateError")), stop: () => control.close() };
}

async function open(readable: ReadableStream<AudioData>, sitting = "s"): Promise<void> {
  await say({ type: "open", sitting: { sitting, calibration: null }, settings: {}, feed: { path: "mstp", readable }, counts: false } as unknown as ToTakeWorker);
}

async function start(): Promise<void> {
  await say({ type: "start", plan: { take: "t", sequence: 0, track: "main", prompt_id: "p" } });
}

function kinds(): string[] {
  return told.map(({ type }) => type).filter((type) => type !== "meter" && type !== "alarm"); // a slow machine is a stall
}

it("tells that the microphone is gone, and keeps the take", async () => {
  const { readable, hear, stop } = microphone();
  await open(readable);
  await hear(50);
  await start();
  await hear(50);
  stop();
  await idle();
  expect(kinds()).toEqual(["scanned", "opened", "live", "ended", "gone"]);
  expect(disk.json("/speechcorpus/v1/c/s/t/manifest.json")).toMatchObject({ frames: 6_400, capture: { ended_by: "device" } });
});

it("tells that the microphone is gone when it went before its first packet", async () => {
  const { readable, stop } = microphone();
  await open(readable);
  stop();
  await idle();
  expect(kinds()).toEqual(["scanned", "gone"]);
});

it("keeps the take of a stream that breaks, and says that it is gone", async () => {
  const { readable, hear, fail } = microphone();
  await open(readable);
  await hear(50);
  await start();
  await hear(50);
  fail();
  await idle();
  expect(kinds()).toEqual(["scanned", "opened", "live", "ended", "gone", "failed"]);
  expect(disk.json("/speechcorpus/v1/c/s/t/manifest.json")).toMatchObject({ frames: 6_400, capture: { ended_by: "crash" } });
});

it("does not call a microphone gone in whose place another one is opened", async () => {
  const [first, second] = [microphone(), microphone()];
  await open(first.readable);
  await first.hear(50);
  await open(second.readable, "s2");
  await second.hear(5);
  expect(kinds()).toEqual(["scanned", "opened", "opened"]);
});

it("finishes a take that found no room for its manifest before the microphone opens again", async () => {
  const [first, second] = [microphone(), microphone()];
  await open(first.readable);
  await first.hear(50);
  await start();
  disk.refuse = (path) => (path.endsWith(".json") ? FULL : null);
  await say({ type: "stop", ended_by: "stop" });
  await first.hear(40);
  first.stop();
  await open(second.readable, "s2");
  expect(told.findLast(({ type }) => type === "failed")).toMatchObject({ name: FULL });
  expect(sent.some(({ type }) => type === "finished")).toBe(false);
  disk.refuse = () => null;
  const [third, before] = [microphone(), told.length];
  await open(third.readable, "s3");
  await third.hear(5);
  expect(disk.json("/speechcorpus/v1/c/s/t/manifest.json")).toMatchObject({ frames: 4_800, capture: { ended_by: "stop" } });
  expect(sent.filter(({ type }) => type === "finished")).toHaveLength(1);
  const since = told.slice(before).map(({ type }) => type); // on a busy machine the silence between two blocks is told as well
  expect(since).toContain("opened");
  expect(since).not.toContain("failed");
});

it("says whether this browser has files that a worker can write at once", async () => {
  expect(told[0]).toMatchObject({ type: "scanned", handles: true });
  vi.stubGlobal("FileSystemFileHandle", { prototype: {} });
  await say({ type: "scan", contributor: "c", uploads: {} as MessagePort });
  expect(told[1]).toMatchObject({ type: "scanned", handles: false });
});

it("reads an audio graph's port like a stream, labels its take and hears its end", async () => {
  const { port1, port2 } = new MessageChannel();
  const feed = { path: "worklet", port: port2, rate_hz: RATE_HZ };
  const packet = [new Float32Array(80).fill(0.25), new Float32Array(80).fill(-0.5)];
  await say({ type: "open", sitting: { sitting: "s", calibration: null }, settings: {}, feed, counts: false } as unknown as ToTakeWorker);
  for (let n = 0; n < 50; n++) port1.postMessage(packet);
  await idle();
  await start();
  for (let n = 0; n < 50; n++) port1.postMessage(packet);
  port1.postMessage(null);
  await idle();
  expect(kinds()).toEqual(["scanned", "opened", "live", "ended", "gone"]);
  expect(disk.json("/speechcorpus/v1/c/s/t/take.json")).toMatchObject({ capture_path: "worklet", rate_hz: RATE_HZ });
  expect(disk.json("/speechcorpus/v1/c/s/t/manifest.json")).toMatchObject({ frames: 6_400, capture: { path: "worklet", ended_by: "device" } });
  const codes = new Int16Array(disk.files.get("/speechcorpus/v1/c/s/t/pcm.s16")!.slice().buffer);
  expect(new Set(codes)).toEqual(new Set([toInt16(0.25)])); // the first channel, never a mix
});
