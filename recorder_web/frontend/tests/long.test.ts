import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { sha256Hex } from "../src/sha256";
import { Booth, CHUNK_BYTES, codeAt, RATE_HZ, settle } from "./edges/booth";

const SOAK = process.env["SOAK"] !== undefined; // `make soak`: three hours; else twenty minutes
const SITTING_S = SOAK ? 3 * 3_600 : 1_200;
const PARTS = 6;
const SENTENCE_S = 30;
const LOST_BY_A_KILL = 0.1 * RATE_HZ;

let folder: string;
let booth: Booth;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitting-"));
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date", "performance"] });
  booth = new Booth(folder);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  rmSync(folder, { recursive: true });
});

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes in use once everything that nobody needs is gone. */
function inUse(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The first sample that is not what the microphone heard there; null where all are. */
function firstFault(pcm: Buffer, first: number): number | null {
  for (let n = 0; n < pcm.length / 2; n++) if (pcm.readInt16LE(2 * n) !== codeAt(first + n)) return n;
  return null;
}

function chunksOf(pcm: Buffer): string[] {
  return Array.from({ length: Math.ceil(pcm.length / CHUNK_BYTES) }, (_, n) => sha256Hex(pcm.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES)));
}

/** Every take on the device has arrived whole, and nothing else has. */
function expectAllArrived(): void {
  const disk = booth.onDisk();
  const expected = [...disk].flatMap(([take, { pcm }]) => chunksOf(pcm).map((hash, index) => [`${take}/${index}`, hash]));
  expect(Object.fromEntries(booth.received)).toEqual(Object.fromEntries(expected));
  expect(booth.conflicts).toEqual([]);
  expect([...booth.server.takes].filter(([, take]) => !take.stored)).toEqual([]);
  expect(booth.server.takes.size).toBe(disk.size);
  for (const [take, { pcm, first }] of disk) expect([take, firstFault(pcm, first)]).toEqual([take, null]);
}

it("keeps a sitting of hours without growing, and has it on the server within a chunk of its end", { timeout: 300_000 }, async () => {
  await booth.visit();
  const used: number[] = [];
  const speak = async (seconds: number): Promise<void> => {
    for (let at = 0; at < seconds; at += 5) {
      booth.hear(5);
      await settle();
    }
  };
  for (let part = 0; part < PARTS; part++) {
    await booth.start();
    await speak(SITTING_S / PARTS / 2); // a monologue
    await booth.stop();
    for (let at = 0; at < SITTING_S / PARTS / 2; at += SENTENCE_S) {
      await booth.start();
      await speak(SENTENCE_S);
      expect(booth.state!.waiting_s).toBeLessThanOrEqual(10); // the chunk that grows, and the one on its way
      await booth.stop();
    }
    await settle();
    used.push(inUse());
  }
  expect(booth.heard / RATE_HZ).toBeGreaterThan(SITTING_S);
  expect(booth.state).toMatchObject({ waiting_takes: 0, problem: null, stopped: {} });
  expectAllArrived();
  expect((used.at(-1)! - used[0]!) / 1e6).toBeLessThan(10);
  expect(booth.told.filter(({ type }) => type === "alarm" || type === "failed")).toEqual([]);
  expect(booth.device.flushes).toBeGreaterThan(SITTING_S); // once a second
});

/** A small seeded generator: the same cases in every run. */
function random(seed: number): () => number {
  return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
}

/** What can happen to a sitting, in any order. */
const HAPPENS: Record<string, (next: () => number) => Promise<void> | void> = {
  hear: (next) => booth.hear(0.1 + next() * 12),
  start: () => (booth.recording ? undefined : booth.start()),
  stop: () => (booth.recording ? booth.stop() : undefined),
  crash: async () => {
    await settle();
    booth.crash();
    await booth.visit();
  },
  "server away": () => void (booth.server.up = false),
  "server back": () => {
    booth.server.up = true;
    booth.say({ type: "wake" });
  },
  "lost answer": () => void (booth.server.loseNextAnswer = true),
  "everything again": () => booth.say({ type: "scan" }),
  "sound held": (next) => booth.say({ type: "hold", hold: next() < 0.5 }),
  "time goes by": settle,
};

async function live(seed: number): Promise<string[]> {
  const next = random(seed);
  const names = Object.keys(HAPPENS);
  const story: string[] = [];
  for (let n = 0; n < 30; n++) {
    story.push(names[Math.floor(next() * names.length)]!);
    await HAPPENS[story.at(-1)!]!(next);
  }
  return story;
}

it.each(Array.from({ length: SOAK ? 300 : 12 }, (_, n) => n + 1))("ends in the same bytes whatever happens in whatever order, kills among it (%d)", { timeout: 60_000 }, async (seed) => {
  vi.spyOn(Math, "random").mockReturnValue(0.01); // short waits between tries
  await booth.visit();
  const story = await live(seed);
  if (booth.recording) await booth.stop();
  booth.server.up = true;
  vi.setSystemTime(Date.now() + 3_600_000); // what was spoken before the server knew of it is no longer too long
  booth.say({ type: "hold", hold: false });
  booth.say({ type: "scan" });
  await vi.waitFor(() => (booth.say({ type: "wake" }), expect([booth.state?.waiting_takes, booth.state?.stopped]).toEqual([0, {}])), { timeout: 30_000, interval: 5 }).catch((error: unknown) => {
    throw new Error(`${story.join(", ")}: ${JSON.stringify(booth.state)}`, { cause: error });
  });
  expectAllArrived();
  const disk = booth.onDisk();
  for (const [take, { pcm, first }] of disk) expect(booth.owed.get(take)! - first - pcm.length / 2).toBeLessThanOrEqual(LOST_BY_A_KILL);
  expect([...booth.owed].filter(([take]) => !disk.has(take))).toEqual([]);
});
