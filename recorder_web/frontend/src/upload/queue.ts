/** Everything on this device that the server does not hold yet, and how one step of it is sent. Runs in a worker. */

import { wavHeader } from "../wav";
import { newSha256 } from "../sha256";
import { fileIn, folderAt, PCM, readSitting, readSittings, readTake, recordedMs, tryWriteJson, type LocalSitting, type LocalTake, type Receipt } from "../store/opfs";
import { BYTES_PER_FRAME, CHUNK_S, takeBody, type ChunkPlace, type Manifest } from "../take";
import { missingChunks, type Waiting } from "./policy";
import { Refusal, type Api } from "./requests";
import { Sittings } from "./sittings";

const READ_BYTES = 4 * 1024 * 1024;
const IN_FLIGHT = 2; // requests

export interface QueuedTake extends Waiting {
  local: LocalTake;
  chunks: number; // complete ones on disk
  there: Set<number> | null; // those the server holds; null: not asked yet
  attempt: number; // refusals in a row with this code, from 0
  code: string | null;
  registered: boolean;
}

export type ReadLive = (take: string, index: number) => Promise<Uint8Array<ArrayBuffer> | null>;

export class Queue {
  readonly takes = new Map<string, QueuedTake>();
  readonly receipts = new Map<string, Receipt>();
  readonly sittings: Sittings;
  private readonly grown = new Map<string, number>(); // complete chunks of takes that are being recorded
  private readonly contributor: string;
  private readonly api: Api;
  private readonly readLive: ReadLive;

  constructor(contributor: string, api: Api, readLive: ReadLive) {
    this.contributor = contributor;
    this.api = api;
    this.readLive = readLive;
    this.sittings = new Sittings(api, (sitting) => this.arrived(sitting));
  }

  /** Read the disk again; what is known of the server stays known. */
  async scan(): Promise<void> {
    for (const sitting of await readSittings(this.contributor)) {
      this.sittings.known.set(sitting.record.sitting, sitting);
      for (const local of sitting.takes) this.add(sitting, local);
    }
  }

  /** Read one take again, and nothing else of a long sitting. */
  async look(sitting: string, take: string): Promise<void> {
    const known = this.sittings.known.get(sitting) ?? (await readSitting(this.contributor, sitting));
    const local = known && (await readTake(await folderAt(known.folder, [take])));
    if (!local) return;
    this.sittings.known.set(sitting, known);
    known.takes = [...known.takes.filter(({ record }) => record.take !== take), local];
    this.add(known, local);
  }

  private add(sitting: LocalSitting, local: LocalTake): void {
    const { take, rate_hz } = local.record;
    if (local.receipt !== null) {
      this.receipts.set(take, local.receipt);
      this.takes.delete(take);
      return;
    }
    const chunks = local.manifest === null ? (this.grown.get(take) ?? 0) : Math.ceil(framesOf(local) / (CHUNK_S * rate_hz));
    const known = this.takes.get(take);
    const fresh = { there: null, attempt: 0, registered: false, code: null, stopped: false, ready_ms: 0 };
    this.takes.set(take, { ...fresh, started: recordedMs(sitting.record, local.record), ...known, take, local, chunks, work: chunks > 0 });
  }

  /** One more chunk of a growing take is on disk. */
  chunk(take: string, index: number): void {
    this.grown.set(take, Math.max(this.grown.get(take) ?? 0, index + 1));
    const queued = this.takes.get(take);
    if (queued === undefined) return;
    queued.chunks = Math.max(queued.chunks, index + 1);
    queued.work = true;
  }

  /** Forget that the server knows a take and its sitting. */
  forget(queued: QueuedTake): void {
    this.sittings.forget(queued.local.record.sitting);
    queued.registered = false;
    queued.there = null;
  }

  private async arrived(sitting: string): Promise<Record<string, string> | null> {
    const own = (await readSitting(this.contributor, sitting))?.takes.map(({ record }) => record.take) ?? [];
    if (own.some((take) => this.takes.has(take))) return null;
    const hashes = own.flatMap((take) => (this.receipts.has(take) ? [[take, this.receipts.get(take)!.take_sha256]] : []));
    return Object.fromEntries(hashes) as Record<string, string>;
  }

  /** Send a piece of a take: its registration, as many chunks as may go at once, or its end. Throws a Refusal. */
  async step(queued: QueuedTake): Promise<void> {
    const { record } = queued.local;
    await this.sittings.register(record.sitting);
    if (!queued.registered && (await this.api.putJson(`/takes/${record.take}`, takeBody(record)))) queued.there = new Set();
    queued.registered = true;
    queued.there ??= await this.api.chunkIndices(record.take);
    const missing = missingChunks(queued.chunks, queued.there, IN_FLIGHT);
    if (missing.length > 0) return this.sendChunks(queued, missing);
    if (queued.local.manifest === null) queued.work = false;
    else await this.finish(queued, queued.local.manifest);
  }

  /** The first refusal is thrown once all have their answer: another request would be one too many. */
  private async sendChunks(queued: QueuedTake, indices: number[]): Promise<void> {
    const answers = await Promise.allSettled(indices.map((index) => this.sendChunk(queued, index)));
    for (const answer of answers) if (answer.status === "rejected") throw answer.reason;
  }

  private async sendChunk(queued: QueuedTake, index: number): Promise<void> {
    const place = placeOf(queued, index);
    const bytes = (await this.readLive(queued.take, index)) ?? (await readChunk(queued.local, place));
    await this.api.putChunk(queued.take, { ...place, frames: bytes.length / BYTES_PER_FRAME }, bytes);
    queued.there!.add(index);
  }

  private async finish(queued: QueuedTake, manifest: Manifest): Promise<void> {
    const { local } = queued;
    const whole = { ...manifest, take_sha256: manifest["take_sha256"] ?? (await masterSha256(local)) };
    if (manifest["take_sha256"] === undefined) await tryWriteJson(local.folder, "manifest.json", whole);
    local.manifest = whole;
    const answer = await this.api.finish(queued.take, whole);
    if (answer.state === "assembling") {
      throw new Refusal({ status: 503, code: "take.assembling", retry_after_s: answer.retry_after_s });
    }
    const receipt: Receipt = { take_sha256: answer.take_sha256, receipt: answer.receipt, kept_ms: Date.now() };
    await tryWriteJson(local.folder, "receipt.json", receipt);
    this.receipts.set(queued.take, receipt);
    this.takes.delete(queued.take);
  }

  /** What the server could not take of a manifest is our fault: the sound is finished without it. */
  async amend({ local }: QueuedTake, change: Manifest): Promise<void> {
    local.manifest = { ...local.manifest, ...change };
    await tryWriteJson(local.folder, "manifest.json", local.manifest);
  }

  /** A manifest was too long: what two clocks told each other is most of it. */
  async shorten(queued: QueuedTake): Promise<void> {
    const { local, chunks, there } = queued;
    if (local.manifest === null || (there?.size ?? 0) < chunks) return; // it was something else
    await this.amend(queued, { clock: { ...(local.manifest["clock"] as Manifest), exchanges: [] } });
  }
}

/** Seconds of sound that only this device holds. */
export function waitingSeconds(takes: Iterable<QueuedTake>): number {
  let seconds = 0;
  for (const { local, chunks, there } of takes) {
    const whole = local.manifest === null ? chunks * CHUNK_S : framesOf(local) / local.record.rate_hz;
    seconds += Math.max(0, whole - (there?.size ?? 0) * CHUNK_S);
  }
  return seconds;
}

/** SHA-256 of header and samples: what the server will call the take. */
async function masterSha256({ folder, record, manifest }: LocalTake): Promise<string> {
  const { rate_hz, channels } = record;
  const hash = newSha256().update(wavHeader({ rate_hz, channels, frames: Number(manifest!["frames"]) }));
  const pcm = (await fileIn(folder, PCM))!;
  for (let at = 0; at < pcm.size; at += READ_BYTES) {
    hash.update(new Uint8Array(await pcm.slice(at, at + READ_BYTES).arrayBuffer()));
  }
  return hash.hex();
}

async function readChunk({ folder }: LocalTake, { first_sample, frames }: ChunkPlace): Promise<Uint8Array<ArrayBuffer>> {
  const first = first_sample * BYTES_PER_FRAME;
  const pcm = (await fileIn(folder, PCM))!;
  return new Uint8Array(await pcm.slice(first, first + frames * BYTES_PER_FRAME).arrayBuffer());
}

function placeOf({ local }: QueuedTake, index: number): ChunkPlace {
  const frames = CHUNK_S * local.record.rate_hz;
  return { index, first_sample: index * frames, frames };
}

function framesOf(local: LocalTake): number {
  return Number(local.manifest?.["frames"] ?? Math.floor(local.bytes / BYTES_PER_FRAME));
}
