/** How loud the voice of a take is: the mean of its steps of 100 ms that stand 10 dB over the background. Pure. */

import type { Reading } from "./level";

const SPEECH_DB = 10;
const STEP_S = 0.1;

export class SpeechLevel {
  private power = 0;
  private steps = 0;

  push({ leq_100ms, la90_10s, z_100ms }: Reading): void {
    if (leq_100ms <= la90_10s + SPEECH_DB) return;
    this.power += 10 ** (z_100ms / 10);
    this.steps++;
  }

  /** The level, or null before `least_s` of speech. */
  level(least_s: number): number | null {
    return this.steps * STEP_S < least_s ? null : 10 * Math.log10(this.power / this.steps);
  }
}
