/** Sends what lies on this device, while recording and afterwards, and never gives up. */

import type { FromUploadWorker, ToTakes, ToUploads, ToUploadWorker } from "./capture/messages";
import { nextTake, stepAfter, type Step } from "./upload/policy";
import { Queue, waitingSeconds, type QueuedTake } from "./upload/queue";
import { Api, Refusal } from "./upload/requests";

const HEARTBEAT_MS = 30_000;
const STUMBLE_MS = 5_000;
const TOLD_MS = 250; // while a backlog goes out

type Scope = { postMessage(message: FromUploadWorker): void; onmessage: ((e: MessageEvent<ToUploadWorker>) => void) | null };

const page = self as unknown as Scope;
const answers = new Map<number, (bytes: Uint8Array<ArrayBuffer> | null) => void>();
const growing = new Set<string>(); // takes whose file is open in the take worker
const toClose = new Set<string>();

let api: Api;
let queue: Queue;
let takes: MessagePort;
let contributor = "";
let reads = 0;
let began_ms = 0;
let beat_ms = 0;
let problem: string | null = null;
let other: string | null = null; // somebody's open sitting, on another device perhaps
let resting = false; // a break
let over = false; // consent withdrawn
let hold = false; // sound waits for a network that costs nothing
let unread = true; // the disk may hold anything new
let roused = true; // something happened since the last look
const fresh = new Map<string, string>(); // takes of which the disk has news -> their sittings
let attempt = 0;
let told_ms = 0;
let wake: () => void = () => undefined;

function post(): void {
  told_ms = Date.now();
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
      closed: [...queue.sittings.known.values()].filter((sitting) => sitting.closed).map(({ record }) => record.sitting),
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
  roused = true;
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
    if (ms > 0 || Date.now() - told_ms >= TOLD_MS) post();
    if (ms > 0 && !roused) await sleep(ms);
  }
}

async function once(): Promise<number> {
  roused = false;
  await readDisk();
  const takes = over || hold ? [] : [...queue.takes.values()];
  const queued = nextTake(takes, Date.now());
  if (queued !== null) return send(queued);
  const next_ms = nextTake(takes, Infinity)?.ready_ms ?? Infinity;
  return Math.min(await rest(), Math.max(0, next_ms - Date.now()));
}

async function readDisk(): Promise<void> {
  if (unread) {
    await queue.scan(); // unread until it has been read
    unread = false;
  }
  for (const [take, sitting] of fresh) {
    fresh.delete(take);
    await queue.look(sitting, take).catch((error: unknown) => {
      fresh.set(take, sitting);
      throw error;
    });
  }
}

async function send(queued: QueuedTake): Promise<number> {
  try {
    await queue.step(queued);
    queued.attempt = 0;
    queued.code = null;
    problem = null;
    await beat().catch(() => undefined); // a miss changes nothing
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    blame(error);
    const { code } = error.answer;
    queued.attempt = queued.code === code ? queued.attempt + 1 : 0;
    queued.code = code;
    return act(queued, stepAfter(error.answer, queued.attempt, Math.random()));
  }
}

function blame({ answer }: Refusal): void {
  problem = answer.code;
  const { sitting } = answer.facts ?? {};
  other = answer.code === "sitting.other-open" && typeof sitting === "string" ? sitting : null;
}

async function act(queued: QueuedTake, step: Step): Promise<number> {
  switch (step.do) {
    case "retry":
    case "sign-in":
      return step.ms;
    case "pass":
      queued.ready_ms = Date.now() + step.ms;
      problem = null; // the queue goes on
      return 0;
    case "renew":
      return renew(queued.attempt);
    case "register":
      queue.forget(queued);
      return 0;
    case "ask-chunks":
      queued.there = null;
      return 0;
    case "without-markers":
      await queue.amend(queued, { markers: [] });
      return 0;
    case "without-exchanges":
      await queue.shorten(queued);
      return 0;
    case "stop":
      queued.stopped = true;
      return 0;
    case "stop-all":
      return stopAll();
  }
}

function stopAll(): number {
  over = true;
  return HEARTBEAT_MS;
}

/** Take up the sign-in this browser has now; somebody else's sends nothing. Returns how long to wait. */
async function renew(tries: number): Promise<number> {
  try {
    await api.renew(contributor);
    return 0;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    blame(error);
    const step = stepAfter(error.answer, tries, Math.random());
    if (step.do === "stop-all") return stopAll();
    return "ms" in step ? step.ms : HEARTBEAT_MS;
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
    if (step.do === "renew") return renew(attempt);
    return "ms" in step ? step.ms : HEARTBEAT_MS;
  }
}

async function tidy(): Promise<void> {
  const { current } = queue.sittings;
  if (current !== null) await queue.sittings.makeWay(current);
  for (const id of toClose) if (await queue.sittings.close(id)) toClose.delete(id);
  const now = openSitting();
  if (now === null) return;
  await queue.sittings.register(now);
  await beat();
}

/** The sitting of this visit, once the disk has it and until it is closed. */
function openSitting(): string | null {
  const now = queue.sittings.known.get(queue.sittings.current ?? "");
  return now === undefined || now.closed ? null : now.record.sitting;
}

async function beat(): Promise<void> {
  const sitting = openSitting();
  if (sitting === null || Date.now() - beat_ms < HEARTBEAT_MS) return;
  beat_ms = Date.now();
  const unsent = [...queue.takes.values()].reduce((sum, take) => sum + take.local.bytes, 0);
  const elapsed = Math.round((beat_ms - began_ms) / 1_000);
  await api.post(`/sittings/${sitting}/heartbeat`, JSON.stringify({ elapsed, unsent_bytes: unsent, state: resting ? "paused" : "open" }));
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
  else fresh.set(data.take, data.sitting);
  rouse();
}

function start(message: Extract<ToUploadWorker, { type: "start" }>): void {
  contributor = message.contributor;
  api = new Api(message.api, message.csrf);
  queue = new Queue(contributor, api, readLive);
  takes = message.uploads;
  takes.onmessage = hear;
  void run();
}

page.onmessage = ({ data }) => {
  if (data.type === "start") return start(data);
  if (data.type === "begin") {
    queue.sittings.current = data.sitting.sitting;
    began_ms = Date.now();
    unread = true;
  }
  if (data.type === "scan") unread = true;
  if (data.type === "wake") for (const take of queue.takes.values()) take.ready_ms = 0;
  if (data.type === "hold") hold = data.hold;
  if (data.type === "rest") [resting, beat_ms] = [data.resting, 0]; // told at once
  if (data.type === "take-over" && other !== null) void queue.sittings.pause(other).catch(() => undefined).finally(rouse);
  if (data.type === "close") toClose.add(data.sitting);
  rouse();
};
