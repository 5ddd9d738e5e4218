/** What the speaker of a take should know at once: each thing is told once a take. Pure. */

import { ClipWatch } from "../meter/clips";
import type { Reading } from "../meter/level";
import { SpeechLevel } from "../meter/speech";
import type { HeardCode, SpeechLimits } from "./messages";

const SURE_S = 3; // of speech, before its level is judged while it goes on
const LEAST_S = 0.5; // and at the end of a short take

export interface Note {
  code: HeardCode;
  measured: number; // runs, dBFS or dB
}

export class Notes {
  private readonly told = new Set<HeardCode>();
  private readonly clips = new ClipWatch();
  private readonly speech = new SpeechLevel();
  private readonly limits: SpeechLimits | undefined;

  /** @param limits of the voice; without them its level is not judged */
  constructor(limits?: SpeechLimits) {
    this.limits = limits;
  }

  get clippedRuns(): number {
    return this.clips.runs;
  }

  /** Take the take's next codes. */
  push(codes: Int16Array): void {
    this.clips.push(codes);
  }

  /** What is to be told after 100 ms more. */
  step(reading: Reading): Note[] {
    this.speech.push(reading);
    return this.fresh([this.clipped(), this.loudness(SURE_S)]);
  }

  /** What is to be told of the whole take; `hum_db` where it is one of the room. */
  end(hum_db: number | null): Note[] {
    const hum: Note | null = hum_db === null ? null : { code: "audio.hum", measured: hum_db };
    return this.fresh([this.clipped(), this.loudness(LEAST_S), hum]);
  }

  private clipped(): Note | null {
    const measured = this.clips.fullScaleRuns;
    return measured > 0 ? { code: "audio.clipped", measured } : null;
  }

  private loudness(least_s: number): Note | null {
    const measured = this.speech.level(least_s);
    if (measured === null || this.limits === undefined) return null;
    if (measured < this.limits.speech_min_dbfs) return { code: "audio.too-quiet", measured };
    return measured > this.limits.speech_max_dbfs ? { code: "audio.too-loud", measured } : null;
  }

  private fresh(notes: (Note | null)[]): Note[] {
    const found = notes.filter((note) => note !== null).filter(({ code }) => !this.told.has(code));
    for (const { code } of found) this.told.add(code);
    return found;
  }
}
