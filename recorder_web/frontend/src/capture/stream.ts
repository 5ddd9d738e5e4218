/** The open microphone: every packet is kept for a second, measured, counted, and belongs to a take or to nobody. */

import { stallOf, ZeroWatch } from "../alarms";
import { ClockWatch, type Shift } from "../clock";
import { Ledger } from "../ledger";
import { LevelMeter } from "../meter/level";
import { CHUNK_S, EDGE_S, type ChunkPlace, type EndedBy, type Heard, type TakePlan, type TakeRecord } from "../take";
import type { Endings } from "./endings";
import { failureOf, isFull, type FromTakeWorker, type ToTakeWorker, type ToUploads } from "./messages";
import { clearPlace, makePlace } from "./place";
import { Recording } from "./recording";
import { Ring } from "./ring";

const RING_S = 1;
const TICK_MS = 100;
const LATE_MS = 1_000; // a timer so late is worth a note
const SETTLE_MS = 1_000; // how long a count may take to agree before it is taken as it is

export type Opening = Extract<ToTakeWorker, { type: "open" }>;

/** Whom a stream serves: the page, the uploads, and the worker that ends it when it falls silent. */
export interface House {
  contributor: string;
  uploads: MessagePort;
  endings: Endings;
  tell(message: FromTakeWorker): void;
  silent(): void;
}

/** Milliseconds on the clock that page and worker share. */
function monotonic(): number {
  return performance.timeOrigin + performance.now();
}

function endedBy(error: unknown): EndedBy {
  return isFull(error) ? "full" : "crash";
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
  private woke_ms = 0; // when the worker last ran again after it had been kept from running
  private over: EndedBy | null = null; // no more samples will come
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
    this.stalled = false;
    this.last_ms = now_ms;
    this.ledger.packet(codes.length, now_ms);
    this.ring.push(codes);
    this.zeros.block(codes);
    this.feed(codes, now_ms);
    for (const reading of this.meter.push(codes)) {
      this.recording?.read(reading);
      this.house.tell({ type: "meter", reading, take_frames: this.recording?.file.frames ?? 0, muted: this.zeros.muted });
    }
    this.watchClock(now_ms);
  }

  async start(plan: TakePlan): Promise<void> {
    const press = this.ring.total;
    const first = Math.max(this.ring.first, press - Math.round(EDGE_S * this.rate_hz));
    this.ring.hold = true;
    this.ledger.begin();
    const record = this.recordOf(plan, first);
    try {
      const recording = new Recording(record, press, await makePlace(this.house.contributor, record));
      this.house.uploads.postMessage({ type: "take", sitting: record.sitting, take: record.take } satisfies ToUploads);
      if (this.stopped !== null) recording.stop(this.stopped.at, this.stopped.ended_by);
      this.recording = recording;
      for (const codes of this.ring.from(first)) this.feed(codes, this.last_ms);
    } catch (error) {
      this.ledger.end(0);
      this.house.tell(failureOf(error));
    } finally {
      this.ring.hold = false; // it would grow for ever
      this.stopped = null;
    }
    if (this.over !== null) await this.end(this.over);
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
    this.over = ended_by;
    const { recording } = this;
    if (recording === null) return;
    if (!recording.complete) this.markSilence(recording);
    recording.breakOff(ended_by);
    await this.finish();
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
      this.cut(recording, error);
    }
    if (recording.live && !wasLive) this.house.tell({ type: "live", take: recording.record.take });
    if (recording.complete) this.settle(recording);
  }

  private settle(recording: Recording): void {
    this.shifted(this.clock.settle());
    this.ledger.settle();
    this.settling_ms = this.last_ms;
    this.house.tell({ type: "ending", take: recording.record.take });
    if (!this.opening.counts) void this.finish();
  }

  /** Every take ends here: whole, or as much of it as the disk took; the page hears of it in any case. */
  private async finish(): Promise<void> {
    const { recording } = this;
    if (recording === null) return;
    this.recording = null;
    this.settling_ms = null;
    try {
      const heard = this.close(recording);
      if (heard.frames === 0) return await this.forget(recording.record, heard.ended_by);
      this.house.endings.add(recording.record, heard);
      const error = await this.house.endings.write().catch((error: unknown) => error);
      this.ended(recording.record, heard, error === undefined ? heard.ended_by : endedBy(error));
    } catch (error) {
      this.ledger.end(0);
      this.house.tell(failureOf(error)); // its samples are on disk: the next visit finds them
    }
  }

  private close(recording: Recording): Heard {
    const { file } = recording;
    try {
      this.writeRest(recording);
      return recording.heard(this.ledger.end(file.frames), Date.now());
    } finally {
      file.close();
    }
  }

  private writeRest(recording: Recording): void {
    try {
      this.tell(recording, recording.file.finish(monotonic()));
    } catch (error) {
      this.cut(recording, error);
      this.tell(recording, recording.file.finish(monotonic()));
    }
  }

  /** The disk took not one packet: that is no take. */
  private async forget(record: TakeRecord, ended_by: EndedBy): Promise<void> {
    await clearPlace(this.house.contributor, record);
    this.house.tell({ type: "failed", name: ended_by === "full" ? "QuotaExceededError" : "Empty", detail: record.take });
  }

  private ended(plan: TakeRecord, { frames, count }: Heard, ended_by: EndedBy): void {
    const { take } = plan;
    this.house.tell({ type: "ended", take, plan, frames, rate_hz: this.rate_hz, lost_frames: count.lost_frames, ended_by });
  }

  private tell(recording: Recording, places: ChunkPlace[]): void {
    const { sitting, take } = recording.record;
    for (const { index } of places) this.house.uploads.postMessage({ type: "chunk", sitting, take, index } satisfies ToUploads);
  }

  /** The disk takes no more: the take ends with the last packet it took. */
  private cut(recording: Recording, error: unknown): void {
    recording.file.cut();
    recording.breakOff(endedBy(error));
  }

  private watchClock(now_ms: number): void {
    const lost_ms = this.shifted(this.clock.packet(this.ring.total, now_ms, Date.now()));
    if (stallOf(0, lost_ms) === "ended") this.house.silent(); // one take, one clock: it slept in the middle of it
  }

  /** Note a shift of the stream; returns how much sound of the running take is missing by it. */
  private shifted(shift: Shift | null): number {
    if (shift === null) return 0;
    const { at_sample, off_ms } = shift;
    this.recording?.note("clock", { off_ms: Math.round(off_ms) });
    this.alarm("clock");
    return off_ms > 0 && this.recording?.gap(at_sample, off_ms) ? off_ms : 0;
  }

  /** The take ends in a silence, or just after one. */
  private markSilence(recording: Recording): void {
    const silent_ms = this.clock.silence(monotonic(), Date.now());
    if (stallOf(0, silent_ms) === "none") this.shifted(this.clock.settle());
    else recording.gap(this.ring.total, silent_ms);
  }

  private tick(): void {
    const now_ms = monotonic();
    const late_ms = now_ms - this.tick_ms - TICK_MS;
    this.tick_ms = now_ms;
    // packets may be waiting, and the clock will tell whether some are missing; none since the last waking is a silence
    if (late_ms > TICK_MS && this.last_ms >= this.woke_ms) this.woke_ms = now_ms;
    if (late_ms > LATE_MS) this.recording?.note("late", { late_ms: Math.round(late_ms) });
    if (this.settling_ms !== null && now_ms - this.settling_ms > SETTLE_MS) void this.finish();
    const silence = stallOf(Math.max(this.last_ms, this.woke_ms), now_ms);
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
