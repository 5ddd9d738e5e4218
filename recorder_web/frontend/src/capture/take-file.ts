/** The growing file of one take: appended, flushed each second, and read back to be hashed. */

import { BYTES_PER_FRAME, CHUNK_S, chunkPlaces, type ChunkPlace, type TakeEvent, type Marker } from "../take";
import { JOURNAL, PCM } from "../store/opfs";
import { bytesOf } from "../pcm";
import { sha256Hex } from "../sha256";

const BATCH_S = 0.05; // what a killed browser may lose
const FLUSH_MS = 900; // a power cut may lose a second: this and the batch that waits

export class TakeFile {
  frames = 0; // taken in
  written = 0; // on disk
  readonly chunks: string[] = [];
  private batch: Int16Array<ArrayBuffer>[] = [];
  private flushed_ms = 0;
  private unflushed = false;
  private journalBytes = 0;
  private readonly rate_hz: number;
  private readonly pcm: FileSystemSyncAccessHandle;
  private readonly journal: FileSystemSyncAccessHandle;

  private constructor(rate_hz: number, pcm: FileSystemSyncAccessHandle, journal: FileSystemSyncAccessHandle) {
    this.rate_hz = rate_hz;
    this.pcm = pcm;
    this.journal = journal;
  }

  static async open(folder: FileSystemDirectoryHandle, rate_hz: number): Promise<TakeFile> {
    const pcm = await handleOf(folder, PCM);
    try {
      return new TakeFile(rate_hz, pcm, await handleOf(folder, JOURNAL));
    } catch (error) {
      pcm.close(); // or nobody may open it again
      throw error;
    }
  }

  /** Append codes; returns the chunks they complete. Throws `QuotaExceededError` when the device is full. */
  append(codes: Int16Array<ArrayBuffer>, now_ms: number): ChunkPlace[] {
    if (codes.length > 0) this.batch.push(codes);
    this.frames += codes.length;
    if (this.frames - this.written < BATCH_S * this.rate_hz) return [];
    this.write();
    if (now_ms - this.flushed_ms >= FLUSH_MS) this.flush(now_ms);
    return this.hashWhole(Math.floor(this.written / (CHUNK_S * this.rate_hz)));
  }

  /** Nothing may follow for a while: no sound waits for the disk until it does. */
  rest(now_ms: number, after_ms = FLUSH_MS): void {
    if (this.unflushed && now_ms - this.flushed_ms >= after_ms) this.flush(now_ms);
  }

  /** Write what is left, hash the last chunk and make it durable. */
  finish(now_ms: number): ChunkPlace[] {
    this.write();
    this.flush(now_ms);
    return this.hashWhole(chunkPlaces(this.written, this.rate_hz).length);
  }

  /** The disk takes no more: keep whole frames and nothing else. */
  cut(): void {
    this.batch = [];
    this.frames = this.written;
    this.pcm.truncate(this.written * BYTES_PER_FRAME);
  }

  /** A chunk's bytes as the disk gives them back. */
  read({ first_sample, frames }: ChunkPlace): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(frames * BYTES_PER_FRAME);
    const got = this.pcm.read(bytes, { at: first_sample * BYTES_PER_FRAME });
    return bytes.subarray(0, got);
  }

  /** Note a line in case of a crash. Without room for it the take goes on: the manifest will hold the line too. */
  note(line: { marker: Marker } | { event: TakeEvent }): void {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    try {
      this.journalBytes += this.journal.write(bytes, { at: this.journalBytes });
    } catch {
      // the next line is written in its place
    }
  }

  close(): void {
    this.pcm.close();
    this.journal.close();
  }

  private write(): void {
    this.unflushed ||= this.batch.length > 0;
    for (let codes = this.batch[0]; codes !== undefined; codes = this.batch[0]) {
      this.pcm.write(bytesOf(codes), { at: this.written * BYTES_PER_FRAME });
      this.written += codes.length;
      this.batch.shift();
    }
  }

  private flush(now_ms: number): void {
    this.pcm.flush();
    this.journal.flush();
    this.flushed_ms = now_ms;
    this.unflushed = false;
  }

  private hashWhole(upTo: number): ChunkPlace[] {
    if (upTo <= this.chunks.length) return []; // after every packet, so it must cost nothing
    const fresh = chunkPlaces(this.written, this.rate_hz).slice(this.chunks.length, upTo);
    for (const place of fresh) this.chunks.push(sha256Hex(this.read(place)));
    return fresh;
  }
}

async function handleOf(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemSyncAccessHandle> {
  return (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle();
}
