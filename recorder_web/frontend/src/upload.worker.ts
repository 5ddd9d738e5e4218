/** Sends what lies on this device, while recording and afterwards, and never gives up. */

import type { FromUploadWorker, ToTakes, ToUploads, ToUploadWorker } from "./capture/messages";
import { nextTake, stepAfter, type Step } from "./upload/policy";
import { Queue, waitingSeconds, type QueuedTake } from "./upload/queue";
import { Api, Refusal } from "./upload/requests";

const HEARTBEAT_MS = 30_000;
const STUMBLE_MS = 5_000;

type Scope = { postMessage(message: FromUploadWorker): void; onmessage: ((e: MessageEvent<ToUploadWorker>) => void) | null };

const page = self as unknown as Scope;
const answers = new Map<number, (bytes: Uint8Array<ArrayBuffer> | null) => void>();
const growing = new Set<string>(); // takes whose file is open in the take worker
const toClose = new Set<string>();

let api: Api;
let queue: Queue;
let takes: MessagePort;
let reads = 0;
let current: string | null = null; // the sitting of this visit
let began_ms = 0;
let beat_ms = 0;
let problem: string | null = null;
let other: string | null = null; // somebody's open sitting, on another device perhaps
let over = false; // consent withdrawn
let dirty = true; // the disk has something new
let attempt = 0;
let wake: () => void = () => undefined;

function post(): void {
  const waiting = [...queue.takes.values()];
  const stopped = waiting.filter((take) => take.stopped).map((take): [string, string] => [take.take, take.code ?? ""]);
  const safe = [...queue.receipts].map(([take, { take_sha256 }]): [string, string] => [take, take_sha256]);
  page.postMessage({
    type: "state",
    state: {
      safe: Object.fromEntries(safe),
      waiting_takes: waiting.length,
      waiting_s: waitingSeconds(waiting),
      problem,
      stopped: Object.fromEntries(stopped),
      closed: [...queue.sittings.values()].filter((sitting) => sitting.closed).map(({ record }) => record.sitting),
    },
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function rouse(): void {
  dirty = true;
  wake();
}

function readLive(take: string, index: number): Promise<Uint8Array<ArrayBuffer> | null> {
  if (!growing.has(take)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const id = reads++;
    answers.set(id, resolve);
    takes.postMessage({ type: "read", id, take, index } satisfies ToTakes);
  });
}

async function run(): Promise<never> {
  for (;;) {
    let ms = 0;
    try {
      ms = await once();
    } catch (error) {
      problem = (error as Error).name; // ours, not the network's: say it and go on
      ms = STUMBLE_MS;
    }
    post();
    if (ms > 0 && !dirty) await sleep(ms);
  }
}

async function once(): Promise<number> {
  if (dirty) await readDisk();
  const queued = over ? null : nextTake([...queue.takes.values()]);
  return queued === null ? rest() : send(queued);
}

async function readDisk(): Promise<void> {
  dirty = false;
  await queue.scan();
}

async function send(queued: QueuedTake): Promise<number> {
  try {
    await queue.step(queued);
    queued.attempt = 0;
    problem = null;
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    blame(error);
    return act(queued, stepAfter(error.answer, queued.attempt++, Math.random()), error.answer.code);
  }
}

function blame({ answer }: Refusal): void {
  problem = answer.code;
  const { sitting } = answer.facts ?? {};
  other = answer.code === "sitting.other-open" && typeof sitting === "string" ? sitting : null;
}

async function act(queued: QueuedTake, step: Step, code: string): Promise<number> {
  switch (step.do) {
    case "retry":
    case "sign-in":
      return step.ms;
    case "register":
      queue.forget(queued);
      return 0;
    case "ask-chunks":
      queued.there = null;
      return 0;
    case "without-markers":
      await queue.dropMarkers(queued);
      return 0;
    case "stop":
      queued.stopped = true;
      queued.code = code;
      return 0;
    case "stop-all":
      over = true;
      return HEARTBEAT_MS;
  }
}

/** Nothing of a take to send: register, keep alive and close sittings. Returns how long to wait. */
async function rest(): Promise<number> {
  try {
    if (!over) await tidy();
    attempt = 0;
    problem = over ? problem : null;
    return HEARTBEAT_MS;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    blame(error);
    const step = stepAfter(error.answer, attempt++, Math.random());
    return "ms" in step ? step.ms : HEARTBEAT_MS;
  }
}

async function tidy(): Promise<void> {
  if (current !== null) await queue.makeWay(current);
  for (const id of toClose) if (await queue.close(id)) toClose.delete(id);
  const now = current === null ? undefined : queue.sittings.get(current);
  if (now === undefined || now.closed) return;
  await queue.registerSitting(now.record);
  if (Date.now() - beat_ms >= HEARTBEAT_MS) await beat(now.record.sitting);
}

async function beat(sitting: string): Promise<void> {
  beat_ms = Date.now();
  const unsent = [...queue.takes.values()].reduce((sum, take) => sum + take.local.bytes, 0);
  const elapsed = Math.round((beat_ms - began_ms) / 1_000);
  await api.post(`/sittings/${sitting}/heartbeat`, JSON.stringify({ elapsed, unsent_bytes: unsent, state: "open" }));
}

function hear({ data }: MessageEvent<ToUploads>): void {
  if (data.type === "bytes") {
    answers.get(data.id)?.(data.bytes);
    answers.delete(data.id);
    return;
  }
  if (data.type === "take") growing.add(data.take);
  if (data.type === "finished") growing.delete(data.take);
  if (data.type === "chunk") queue.chunk(data.take, data.index);
  rouse();
}

function start(message: Extract<ToUploadWorker, { type: "start" }>): void {
  api = new Api(message.api, message.csrf);
  queue = new Queue(message.contributor, api, readLive);
  takes = message.uploads;
  takes.onmessage = hear;
  void run();
}

page.onmessage = ({ data }) => {
  if (data.type === "start") return start(data);
  if (data.type === "begin") {
    current = data.sitting.sitting;
    began_ms = Date.now();
  }
  if (data.type === "take-over" && other !== null) void queue.pause(other).finally(rouse);
  if (data.type === "close") toClose.add(data.sitting);
  if (data.type === "wake" && data.csrf !== null) api.csrf = data.csrf;
  rouse();
};
