/** The open microphone: every packet is kept for a second, measured, counted, and belongs to a take or to nobody. */

import { stallOf } from "../alarms";
import type { Canonical } from "../canonical";
import { ClockWatch, type Shift } from "../clock";
import { Ledger, type Snapshot } from "../ledger";
import { CHUNK_S, EDGE_S, type BandMarker, type EndedBy, type TakePlan, type TakeRecord } from "../take";
import { closeTake, cut, tellChunks } from "./closing";
import { Hearing } from "./hearing";
import { monotonic, type House } from "./house";
import { failureOf, type AlarmKind, type ToTakeWorker, type ToUploads } from "./messages";
import { makePlace } from "./place";
import { Recording } from "./recording";
import { Ring } from "./ring";

const RING_S = 1;
const TICK_MS = 100;
const GRAPH_S = 0.05; // by as much the count of an audio graph varies, measured: up to 8 ms
const LATE_MS = 1_000; // a timer so late is worth a note
const SETTLE_MS = 3_000; // how long a count may take to agree before it is taken as it is

export type Opening = Extract<ToTakeWorker, { type: "open" }>;

export class Stream {
  private readonly rate_hz: number;
  private readonly opening: Opening;
  private readonly house: House;
  private readonly ring: Ring;
  private readonly clock: ClockWatch;
  private readonly hearing: Hearing;
  private readonly ledger: Ledger;
  private recording: Recording | null = null;
  private stopped: { at: number; ended_by: EndedBy } | null = null; // stop came while the file was opening
  private last_ms = monotonic();
  private tick_ms = monotonic();
  private woke_ms = 0; // when the worker last ran again after it had been kept from running
  private over: EndedBy | null = null; // no more samples will come
  private stalled = false;
  private outside = false; // the room is out of its band
  private settling_ms: number | null = null;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(opening: Opening, rate_hz: number, house: House) {
    this.opening = opening;
    this.house = house;
    this.rate_hz = rate_hz;
    this.ring = new Ring(RING_S * rate_hz);
    this.ledger = new Ledger(opening.feed.path === "mstp" ? 0 : Math.round(GRAPH_S * rate_hz));
    this.clock = new ClockWatch(rate_hz);
    this.hearing = new Hearing(rate_hz, (message) => house.tell(message));
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  /** @param same whether a second channel holds the same; null without one */
  packet(codes: Int16Array<ArrayBuffer>, same: boolean | null = null): void {
    const now_ms = monotonic();
    this.stalled = false;
    this.last_ms = now_ms;
    this.ledger.packet(codes.length, now_ms);
    this.ring.push(codes);
    this.feed(codes, now_ms);
    this.hearing.packet(codes, same, this.recording);
    this.watchClock(now_ms);
  }

  async start(plan: TakePlan, snapshot?: Snapshot): Promise<void> {
    const press = Math.max(this.ring.first, this.placeOf(snapshot, Math.min));
    const first = Math.max(this.ring.first, press - Math.round(EDGE_S * this.rate_hz));
    this.ring.hold = true;
    this.ledger.begin();
    const record = this.recordOf(plan, first);
    try {
      const recording = new Recording(record, press, await makePlace(this.house.contributor, record), this.opening.limits);
      this.house.uploads.postMessage({ type: "take", sitting: record.sitting, take: record.take } satisfies ToUploads);
      if (this.outside) recording.band("band-out");
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

  stop(ended_by: EndedBy, snapshot?: Snapshot): void {
    const at = this.placeOf(snapshot, Math.max);
    if (this.recording === null && this.ring.hold) this.stopped = { at, ended_by };
    this.recording?.stop(at, ended_by);
  }

  snapshot(snapshot: Snapshot): void {
    const behind = this.ledger.snapshot(snapshot, this.rate_hz);
    if (behind) this.alarm("ledger");
    if (this.settling_ms !== null && this.ledger.settled) void this.finish();
  }

  /** Something happened around the page or the track. */
  note(kind: string, facts?: Record<string, Canonical>): void {
    this.recording?.note(kind, facts);
    this.hearing.event(kind);
  }

  band(kind: BandMarker): void {
    this.outside = kind === "band-out";
    this.recording?.band(kind);
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

  /** Where in the stream a key was pressed: a late message or late reading takes nothing from a take. */
  private placeOf(snapshot: Snapshot | undefined, choose: (...places: number[]) => number): number {
    if (snapshot === undefined || !this.opening.counts) return this.ring.total;
    this.snapshot(snapshot);
    return choose(this.ring.total, this.ledger.placeOf(snapshot) ?? this.ring.total);
  }

  private feed(codes: Int16Array<ArrayBuffer>, now_ms: number): void {
    const { recording } = this;
    if (recording === null || recording.complete) return;
    const wasLive = recording.live;
    try {
      tellChunks(this.house, recording, recording.accept(codes, now_ms, Date.now()));
    } catch (error) {
      cut(recording, error);
    }
    if (recording.live && !wasLive) this.house.tell({ type: "live", take: recording.record.take });
    if (recording.complete) this.settle(recording);
  }

  /** While counts settle, or nothing is heard, what was heard is on the disk within the second all the same. */
  private rest(now_ms: number, after_ms?: number): void {
    try {
      this.recording?.file.rest(now_ms, after_ms);
    } catch {
      // the next packet meets it, or the end of the take, and says so
    }
  }

  private settle(recording: Recording): void {
    this.shifted(this.clock.settle());
    this.hearing.end(recording);
    this.ledger.settle();
    this.settling_ms = this.last_ms;
    this.rest(monotonic(), 0);
    this.house.tell({ type: "ending", take: recording.record.take });
    if (!this.opening.counts) void this.finish();
  }

  private async finish(): Promise<void> {
    const { recording } = this;
    this.recording = null;
    this.settling_ms = null;
    if (recording !== null) await closeTake(this.house, recording, (frames) => this.ledger.end(frames));
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
    this.rest(now_ms);
    if (this.settling_ms !== null && now_ms - this.settling_ms > SETTLE_MS) void this.finish();
    const silence = stallOf(Math.max(this.last_ms, this.woke_ms), now_ms);
    if (silence !== "none" && !this.stalled) this.alarm("stall");
    if (silence !== "none") this.stalled = true;
    if (silence === "ended") this.house.silent();
  }

  private alarm(kind: AlarmKind): void {
    if (kind !== "clock") this.recording?.note(kind);
    this.house.tell({ type: "alarm", kind });
  }

  private recordOf(plan: TakePlan, first_sitting_sample: number): TakeRecord {
    const { sitting, settings, feed } = this.opening;
    return {
      ...plan,
      sitting: sitting.sitting,
      rate_hz: this.rate_hz,
      channels: 1, // channel 0, never a mix of two
      capture_path: feed.path,
      first_sitting_sample,
      settings,
      calibration: sitting.calibration,
    };
  }
}
