/** Everything on this device that the server does not hold yet, and how one step of it is sent. Runs in a worker. */

import { wavHeader } from "../wav";
import { newSha256 } from "../sha256";
import { fileIn, PCM, readSittings, writeJson, type LocalSitting, type LocalTake, type Receipt } from "../store/opfs";
import { BYTES_PER_FRAME, CHUNK_S, chunkPlaces, sittingBody, takeBody, type ChunkPlace, type Manifest, type SittingRecord } from "../take";
import { missingChunks, type Waiting } from "./policy";
import { Refusal, type Api } from "./requests";

const READ_BYTES = 4 * 1024 * 1024;

export interface QueuedTake extends Waiting {
  local: LocalTake;
  sitting: SittingRecord;
  chunks: number; // complete ones on disk
  there: Set<number> | null; // those the server holds; null: not asked yet
  attempt: number;
  registered: boolean;
  code: string | null;
}

export type ReadLive = (take: string, index: number) => Promise<Uint8Array<ArrayBuffer> | null>;

export class Queue {
  readonly takes = new Map<string, QueuedTake>();
  readonly sittings = new Map<string, LocalSitting>();
  readonly receipts = new Map<string, Receipt>();
  private readonly registered = new Set<string>();
  private readonly contributor: string;
  private readonly api: Api;
  private readonly readLive: ReadLive;

  constructor(contributor: string, api: Api, readLive: ReadLive) {
    this.contributor = contributor;
    this.api = api;
    this.readLive = readLive;
  }

  /** Read the disk again; what is known of the server stays known. */
  async scan(): Promise<void> {
    for (const sitting of await readSittings(this.contributor)) {
      this.sittings.set(sitting.record.sitting, sitting);
      for (const local of sitting.takes) this.add(local, sitting.record);
    }
  }

  private add(local: LocalTake, sitting: SittingRecord): void {
    const { take } = local.record;
    if (local.receipt !== null) {
      this.receipts.set(take, local.receipt);
      this.takes.delete(take);
      return;
    }
    const known = this.takes.get(take);
    const chunks = local.manifest === null ? (known?.chunks ?? 0) : chunkPlaces(framesOf(local), local.record.rate_hz).length;
    const fresh = { there: null, attempt: 0, registered: false, code: null, stopped: false, started: this.takes.size };
    this.takes.set(take, { ...fresh, ...known, take, local, sitting, chunks, work: chunks > 0 });
  }

  /** One more chunk of a growing take is on disk. */
  chunk(take: string, index: number): void {
    const queued = this.takes.get(take);
    if (queued === undefined) return;
    queued.chunks = Math.max(queued.chunks, index + 1);
    queued.work = true;
  }

  async registerSitting(record: SittingRecord): Promise<void> {
    if (this.registered.has(record.sitting)) return;
    await this.makeWay(record.sitting);
    await this.api.putJson(`/sittings/${record.sitting}`, sittingBody(record));
    this.registered.add(record.sitting);
  }

  /** Forget that the server knows a take's parents. */
  forget(queued: QueuedTake): void {
    this.registered.delete(queued.sitting.sitting);
    queued.registered = false;
    queued.there = null;
  }

  /** Send one piece of a take: its registration, one chunk, or its end. Throws a Refusal. */
  async step(queued: QueuedTake): Promise<void> {
    const { record } = queued.local;
    await this.registerSitting(queued.sitting);
    if (!queued.registered) await this.api.putJson(`/takes/${record.take}`, takeBody(record));
    queued.registered = true;
    queued.there ??= await this.api.chunkIndices(record.take);
    const [index] = missingChunks(queued.chunks, queued.there);
    if (index !== undefined) return this.sendChunk(queued, index);
    if (queued.local.manifest === null) queued.work = false;
    else await this.finish(queued, queued.local.manifest);
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
    if (manifest["take_sha256"] === undefined) await writeJson(local.folder, "manifest.json", whole);
    local.manifest = whole;
    const answer = await this.api.finish(queued.take, whole);
    if (answer.state === "assembling") {
      throw new Refusal({ status: 503, code: "take.assembling", retry_after_s: answer.retry_after_s });
    }
    const receipt: Receipt = { take_sha256: answer.take_sha256, receipt: answer.receipt, kept_ms: Date.now() };
    await writeJson(local.folder, "receipt.json", receipt);
    this.receipts.set(queued.take, receipt);
    this.takes.delete(queued.take);
  }

  /** Markers the server could not make sense of are our fault: the sound is finished without them. */
  async dropMarkers(queued: QueuedTake): Promise<void> {
    const { local } = queued;
    local.manifest = { ...local.manifest, markers: [] };
    await writeJson(local.folder, "manifest.json", local.manifest);
  }

  /** A person has one open sitting: earlier ones are closed, or paused while something of them waits. */
  async makeWay(current: string): Promise<void> {
    for (const [id, sitting] of this.sittings) {
      if (id === current || sitting.closed || sitting.takes.some((take) => take.manifest === null)) continue;
      if (!(await this.close(id))) await this.pause(id);
    }
  }

  async pause(sitting: string): Promise<void> {
    await this.api.post(`/sittings/${sitting}/heartbeat`, JSON.stringify({ elapsed: 0, unsent_bytes: 0, state: "paused" }));
  }

  /** Close a sitting of which everything has arrived; returns whether it is closed now. */
  async close(sitting: string): Promise<boolean> {
    const local = this.sittings.get(sitting);
    if (local === undefined || local.closed) return true;
    if ([...this.takes.values()].some((queued) => queued.sitting.sitting === sitting)) return false;
    const own = [...local.takes, ...(await takesOf(this.contributor, sitting))].map(({ record }) => record.take);
    const hashes = own.flatMap((take) => (this.receipts.has(take) ? [[take, this.receipts.get(take)!.take_sha256]] : []));
    await this.closeThere(sitting, Object.fromEntries(hashes) as Record<string, string>);
    await writeJson(local.folder, "closed.json", { closed_ms: Date.now() });
    local.closed = true;
    return true;
  }

  private async closeThere(sitting: string, takes: Record<string, string>): Promise<void> {
    try {
      await this.api.post(`/sittings/${sitting}/close`, JSON.stringify({ takes }));
    } catch (error) {
      const unknown = error instanceof Refusal && error.answer.status === 404; // nothing of it was ever sent
      if (!unknown) throw error;
    }
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

async function takesOf(contributor: string, sitting: string): Promise<LocalTake[]> {
  const found = await readSittings(contributor);
  return found.find(({ record }) => record.sitting === sitting)?.takes ?? [];
}
