/** What is measured of the open stream whether a take runs or not, and what is told of it at once. */

import { ChannelWatch, ZeroWatch } from "../alarms";
import type { Hints } from "../meter/hints";
import { LevelMeter } from "../meter/level";
import type { FromTakeWorker } from "./messages";
import type { Note } from "./notes";
import type { Recording } from "./recording";

export class Hearing {
  private readonly tell: (message: FromTakeWorker) => void;
  private readonly meter: LevelMeter;
  private readonly zeros: ZeroWatch;
  private readonly channels: ChannelWatch;
  private hints: Hints | null = null;
  private silenced = false; // the track itself says it is muted
  private muted = false;
  private parted = false; // two channels that were one are no longer, and no take has it noted

  constructor(rate_hz: number, tell: (message: FromTakeWorker) => void) {
    this.tell = tell;
    this.meter = new LevelMeter(rate_hz);
    this.zeros = new ZeroWatch(rate_hz);
    this.channels = new ChannelWatch(rate_hz);
    void import("../meter/hints").then(
      ({ Hints }) => (this.hints = new Hints(rate_hz)),
      () => undefined, // without the network they may be missing
    );
  }

  /** Take a packet, and tell what each 100 ms bring; `same`: whether a second channel holds the same, null without one. */
  packet(codes: Int16Array, same: boolean | null, recording: Recording | null): void {
    this.zeros.block(codes);
    this.hints?.push(codes);
    this.parted ||= this.channels.packet(codes.length, same);
    this.notePart(recording);
    for (const reading of this.meter.push(codes)) {
      recording?.read(reading);
      const burst = this.hints?.burst(this.meter.recent, this.meter.steps) ?? false;
      const [take_frames, clipped_runs] = [recording?.file.frames ?? 0, recording?.notes.clippedRuns ?? 0];
      this.watchMute();
      this.tell({ type: "meter", reading, take_frames, muted: this.muted, burst, clipped_runs });
      if (recording !== null && !recording.complete) this.heard(recording, recording.notes.step(reading));
    }
  }

  /** A take is whole. */
  end(recording: Recording): void {
    const hum_db = recording.record.track === "room" ? (this.hints?.hum() ?? null) : null;
    this.heard(recording, recording.notes.end(hum_db));
  }

  /** The track says that it is muted, or no longer. */
  event(kind: string): void {
    if (kind === "mute" || kind === "unmute") this.silenced = kind === "mute";
    this.watchMute();
  }

  /** Nothing but exact zeros for most of a second, or the track says so: told once. */
  private watchMute(): void {
    const was = this.muted;
    this.muted = this.silenced || this.zeros.muted;
    if (this.muted && !was) this.tell({ type: "alarm", kind: "muted" });
  }

  private heard(recording: Recording, notes: Note[]): void {
    for (const { code, measured } of notes) {
      recording.note(code, { measured: measured.toFixed(1) });
      this.tell({ type: "heard", code, measured });
    }
  }

  private notePart(recording: Recording | null): void {
    if (!this.parted || recording === null) return;
    this.parted = false;
    recording.note("channels-differ");
  }
}
