/** One take while it grows: which packets belong to it, and what is noted beside them. Runs in the take worker. */

import { ZeroWatch, type ZeroRun } from "../alarms";
import type { Canonical } from "../canonical";
import { ClockWindows } from "../clock";
import type { Count } from "../ledger";
import type { Reading } from "../meter/level";
import { EDGE_S, type BandMarker, type ChunkPlace, type EndedBy, type Heard, type Marker, type TakeEvent, type TakeRecord, windowEvent } from "../take";
import type { SpeechLimits } from "./messages";
import { Notes } from "./notes";
import type { TakeFile } from "./take-file";

const METER_EVERY_S = 1;

export class Recording {
  ended_by: EndedBy = "stop";
  /** True once a sample that came after the press is on disk. */
  live = false;
  readonly record: TakeRecord;
  readonly file: TakeFile;
  private readonly press: number; // sitting samples
  private end: number | null = null;
  readonly notes: Notes;
  private readonly zeros: ZeroWatch;
  private readonly clock: ClockWindows;
  private readonly markers: Marker[] = [];
  private readonly events: TakeEvent[] = [];
  private readonly meter: Heard["meter"] = [];

  constructor(record: TakeRecord, press: number, file: TakeFile, limits?: SpeechLimits) {
    this.record = record;
    this.press = press;
    this.file = file;
    this.zeros = new ZeroWatch(record.rate_hz);
    this.notes = new Notes(record.track === "main" || record.voice ? limits : undefined);
    this.clock = new ClockWindows(record.rate_hz);
    const at_sample = press - record.first_sitting_sample;
    this.mark({ kind: "go", at_sample, prompt_id: record.prompt_id });
    if (record.redo) this.mark({ kind: "redo", at_sample, prompt_id: record.prompt_id });
    this.markPrompt("prompt-start", at_sample);
  }

  /** Stop was pressed at this sample of the sitting: what follows for 300 ms still belongs to the take. */
  stop(at: number, ended_by: EndedBy): void {
    if (this.end !== null) return;
    this.ended_by = ended_by;
    const { prompt_id, rate_hz } = this.record;
    const at_sample = at - this.record.first_sitting_sample;
    this.markPrompt("prompt-end", at_sample);
    this.mark({ kind: "stop", at_sample, prompt_id });
    this.end = at + Math.round(EDGE_S * rate_hz);
  }

  /** No more samples can be kept: the take ends with what it has. */
  breakOff(ended_by: EndedBy): void {
    if (this.complete) return;
    this.stop(this.record.first_sitting_sample + this.file.frames, ended_by);
    this.ended_by = ended_by; // the post-roll of a stopped take is missing: that is how it ended
    this.end = this.record.first_sitting_sample + this.file.frames;
  }

  /** Whether the last sample is in. */
  get complete(): boolean {
    return this.end !== null && this.record.first_sitting_sample + this.file.frames >= this.end;
  }

  /** Take the part of a packet that belongs here; returns the chunks it completes. */
  accept(codes: Int16Array<ArrayBuffer>, now_ms: number, wall_ms: number): ChunkPlace[] {
    const here = this.record.first_sitting_sample + this.file.frames;
    const own = codes.subarray(0, this.end === null ? codes.length : Math.max(0, this.end - here));
    const places = this.file.append(own, now_ms);
    this.notes.push(own);
    this.zeros.block(own).forEach((run) => this.noteZeros(run));
    if (this.clock.packet(this.file.frames, now_ms, wall_ms) && this.record.dialogue) this.file.note({ event: windowEvent(this.clock.windows.at(-1)!, this.file.frames) });
    this.live ||= this.record.first_sitting_sample + this.file.written > this.press;
    return places;
  }

  note(kind: string, facts: Record<string, Canonical> = {}): void {
    const event = { kind, at_sample: this.file.frames, ...facts };
    this.events.push(event);
    this.file.note({ event });
  }

  /** Sound is missing behind this sample of the sitting. Returns whether that place lies in this take. */
  gap(at: number, lost_ms: number): boolean {
    const at_sample = at - this.record.first_sitting_sample;
    const own = at_sample >= 0 && at_sample <= this.file.frames;
    if (own) this.mark({ kind: "gap", at_sample, lost_ms: Math.round(lost_ms) });
    return own;
  }

  /** The room left its band here, or came back. */
  band(kind: BandMarker): void {
    if (this.end === null) this.mark({ kind, at_sample: this.file.frames });
  }

  /** Keep one reading a second as a claim beside the samples. */
  read(reading: Reading): void {
    const sample = reading.last_sample - this.record.first_sitting_sample;
    const last = this.meter.at(-1)?.sample ?? 0;
    if (sample - last < METER_EVERY_S * this.record.rate_hz || sample > this.file.frames) return;
    this.meter.push({ sample, laeq_1s_dbfs: reading.laeq_1s.toFixed(2), la90_10s_dbfs: reading.la90_10s.toFixed(2) });
  }

  /** Everything the manifest says of the sound. */
  heard(count: Count, wall_ms: number): Heard {
    this.zeros.end().forEach((run) => this.noteZeros(run));
    this.clock.close(wall_ms);
    const { ended_by, markers, events, meter } = this;
    const { frames, chunks } = this.file;
    return { frames, chunks, count, ended_by, markers, events, windows: this.clock.windows, meter };
  }

  /** Free speech has no sentence to mark: the server cuts it at its pauses. */
  private markPrompt(kind: "prompt-start" | "prompt-end", at_sample: number): void {
    const { prompt_id, topic } = this.record;
    if (prompt_id !== null && !topic) this.mark({ kind, at_sample, prompt_id });
  }

  private mark(marker: Marker): void {
    this.markers.push(marker);
    this.file.note({ marker });
  }

  private noteZeros(run: ZeroRun): void {
    const event = { kind: "zeros", ...run };
    this.events.push(event);
    this.file.note({ event });
  }
}
