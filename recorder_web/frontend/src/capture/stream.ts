/** The open microphone: every packet is kept for a second, measured, counted, and belongs to a take or to nobody. */

import { ClockWatch, stallOf, ZeroWatch } from "../alarms";
import { Ledger } from "../ledger";
import { LevelMeter } from "../meter/level";
import { contributorFolder, folderAt, writeJson } from "../store/opfs";
import { CHUNK_S, EDGE_S, manifestOf, type ChunkPlace, type EndedBy, type TakePlan, type TakeRecord } from "../take";
import type { FromTakeWorker, ToTakeWorker, ToUploads } from "./messages";
import { Recording } from "./recording";
import { Ring } from "./ring";
import { TakeFile } from "./take-file";

const RING_S = 1;
const TICK_MS = 100;
const SETTLE_MS = 1_000; // how long a count may take to agree before it is taken as it is

export type Opening = Extract<ToTakeWorker, { type: "open" }>;

/** Whom a stream serves: the page, the uploads, and the worker that ends it when it falls silent. */
export interface House {
  contributor: string;
  uploads: MessagePort;
  tell(message: FromTakeWorker): void;
  silent(): void;
}

/** Milliseconds on the clock that page and worker share. */
function monotonic(): number {
  return performance.timeOrigin + performance.now();
}

export class Stream {
  private readonly rate_hz: number;
  private readonly opening: Opening;
  private readonly house: House;
  private readonly ring: Ring;
  private readonly meter: LevelMeter;
  private readonly clock: ClockWatch;
  private readonly zeros: ZeroWatch;
  private readonly ledger = new Ledger();
  private recording: Recording | null = null;
  private stopped: { at: number; ended_by: EndedBy } | null = null; // stop came while the file was opening
  private last_ms = monotonic();
  private tick_ms = monotonic();
  private stalled = false;
  private settling_ms: number | null = null;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(opening: Opening, rate_hz: number, house: House) {
    this.opening = opening;
    this.house = house;
    this.rate_hz = rate_hz;
    this.ring = new Ring(RING_S * rate_hz);
    this.meter = new LevelMeter(rate_hz);
    this.clock = new ClockWatch(rate_hz);
    this.zeros = new ZeroWatch(rate_hz);
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  packet(codes: Int16Array<ArrayBuffer>): void {
    const now_ms = monotonic();
    if (this.stalled) this.recording?.gap(now_ms - this.last_ms);
    this.stalled = false;
    this.last_ms = now_ms;
    this.ledger.packet(codes.length, now_ms);
    this.ring.push(codes);
    this.zeros.block(codes);
    this.watchClock(now_ms);
    this.feed(codes, now_ms);
    for (const reading of this.meter.push(codes)) {
      this.recording?.read(reading);
      this.house.tell({ type: "meter", reading, take_frames: this.recording?.file.frames ?? 0, muted: this.zeros.muted });
    }
  }

  async start(plan: TakePlan): Promise<void> {
    const press = this.ring.total;
    const first = Math.max(this.ring.first, press - Math.round(EDGE_S * this.rate_hz));
    this.ring.hold = true;
    this.ledger.begin();
    const record = this.recordOf(plan, first);
    const folder = await folderAt(await contributorFolder(this.house.contributor), [record.sitting, record.take]);
    await writeJson(folder, "take.json", record);
    const recording = new Recording(record, press, await TakeFile.open(folder, this.rate_hz));
    this.recording = recording;
    this.house.uploads.postMessage({ type: "take", sitting: record.sitting, take: record.take } satisfies ToUploads);
    if (this.stopped !== null) recording.stop(this.stopped.at, this.stopped.ended_by);
    this.stopped = null;
    const held = this.ring.from(first);
    this.ring.hold = false;
    for (const codes of held) this.feed(codes, this.last_ms);
  }

  stop(ended_by: EndedBy): void {
    if (this.recording === null && this.ring.hold) this.stopped = { at: this.ring.total, ended_by };
    this.recording?.stop(this.ring.total, ended_by);
  }

  snapshot(snapshot: Extract<ToTakeWorker, { type: "snapshot" }>["snapshot"]): void {
    const behind = this.ledger.snapshot(snapshot, this.rate_hz);
    if (behind) this.alarm("ledger");
    if (this.settling_ms !== null && this.ledger.settled) void this.finish();
  }

  note(kind: string): void {
    this.recording?.note(kind);
  }

  /** No more samples will come: keep what there is. */
  async end(ended_by: EndedBy): Promise<void> {
    clearInterval(this.timer);
    this.recording?.breakOff(ended_by);
    if (this.recording !== null) await this.finish();
    this.house.tell({ type: "gone", ended_by });
  }

  /** A chunk of the take whose file is open here. */
  read(take: string, index: number): Uint8Array<ArrayBuffer> | null {
    if (this.recording?.record.take !== take) return null;
    const size = CHUNK_S * this.rate_hz;
    const first_sample = index * size;
    return this.recording.file.read({ index, first_sample, frames: Math.min(size, this.recording.file.written - first_sample) });
  }

  private feed(codes: Int16Array<ArrayBuffer>, now_ms: number): void {
    const { recording } = this;
    if (recording === null || recording.complete) return;
    const wasLive = recording.live;
    try {
      this.tell(recording, recording.accept(codes, now_ms, Date.now()));
    } catch (error) {
      return this.full(recording, error);
    }
    if (recording.live && !wasLive) this.house.tell({ type: "live", take: recording.record.take });
    if (recording.complete) this.settle(recording);
  }

  private settle(recording: Recording): void {
    this.ledger.settle();
    this.settling_ms = this.last_ms;
    this.house.tell({ type: "ending", take: recording.record.take });
    if (!this.opening.counts) void this.finish();
  }

  private async finish(): Promise<void> {
    const { recording } = this;
    if (recording === null) return;
    this.recording = null;
    this.settling_ms = null;
    const { file, record } = recording;
    this.tell(recording, file.finish(monotonic()));
    const heard = recording.heard(this.ledger.end(file.frames), Date.now());
    file.close();
    const folder = await folderAt(await contributorFolder(this.house.contributor), [record.sitting, record.take]);
    await writeJson(folder, "manifest.json", manifestOf(record, heard));
    this.house.uploads.postMessage({ type: "finished", sitting: record.sitting, take: record.take } satisfies ToUploads);
    this.house.tell({
      type: "ended",
      take: record.take,
      plan: record,
      frames: heard.frames,
      rate_hz: this.rate_hz,
      lost_frames: heard.count.lost_frames,
      ended_by: heard.ended_by,
    });
  }

  private tell(recording: Recording, places: ChunkPlace[]): void {
    const { sitting, take } = recording.record;
    for (const { index } of places) this.house.uploads.postMessage({ type: "chunk", sitting, take, index } satisfies ToUploads);
  }

  private full(recording: Recording, error: unknown): void {
    if (!(error instanceof DOMException) || error.name !== "QuotaExceededError") throw error;
    recording.file.cut();
    recording.breakOff("full");
    this.settle(recording);
  }

  private watchClock(now_ms: number): void {
    const off_ms = this.clock.packet(this.ring.total, now_ms, Date.now());
    if (off_ms === 0) return;
    this.recording?.note("clock", { off_ms: Math.round(off_ms) });
    if (off_ms > 0) this.recording?.gap(off_ms);
    this.alarm("clock");
  }

  private tick(): void {
    const now_ms = monotonic();
    const late = now_ms - this.tick_ms > 2 * TICK_MS; // the worker itself slept: packets may be waiting
    this.tick_ms = now_ms;
    if (this.settling_ms !== null && now_ms - this.settling_ms > SETTLE_MS) void this.finish();
    const silence = late ? "none" : stallOf(this.last_ms, now_ms);
    if (silence !== "none" && !this.stalled) this.alarm("stall");
    if (silence !== "none") this.stalled = true;
    if (silence === "ended") this.house.silent();
  }

  private alarm(kind: "stall" | "clock" | "ledger"): void {
    if (kind !== "clock") this.recording?.note(kind);
    this.house.tell({ type: "alarm", kind });
  }

  private recordOf(plan: TakePlan, first_sitting_sample: number): TakeRecord {
    const { sitting, settings } = this.opening;
    return {
      ...plan,
      sitting: sitting.sitting,
      rate_hz: this.rate_hz,
      channels: 1, // channel 0, never a mix of two
      capture_path: "mstp",
      first_sitting_sample,
      settings,
      calibration: sitting.calibration,
    };
  }
}
