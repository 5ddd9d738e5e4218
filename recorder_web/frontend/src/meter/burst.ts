/**
 * Bursts as they happen: a door, a cough, a cup. The measuring engine's rule (stands alone for 0.1–1 s at 15 dB
 * over the background, rises at once, does not repeat itself like a voice), simplified to what is known live:
 * the background is the median of the last 10 s without what is 10 dB over LA90, and speech need not be near. Pure.
 */

import { percentile } from "../clock";
import { voicedShare } from "./voicing";

const OVER_GAP = 10 ** 1.5;
const SPEECH_DB = 10;
const APART_FRAMES = 5; // breaks of less are none
const [SHORTEST_FRAMES, LONGEST_FRAMES] = [5, 50];
const BEFORE_FRAMES = 3;
const QUIET = 0.1; // −10 dB re the limit: what bursts is not there yet
const SUDDEN = 0.4; // its first 100 ms are within 4 dB of its loudest: a breath swells
const MOST_VOICED = 0.15;
const FEWEST_STEPS = 10;
const LOWEST_DBFS = -90;
const KEPT_FRAMES = 80;

export class BurstWatch {
  private powers: number[] = []; // A, of the last frames of 20 ms
  private since: number | null = null; // frames since it began
  private quiet = 0; // frames since it was last loud
  private readonly low_rate_hz: number;

  constructor(low_rate_hz: number) {
    this.low_rate_hz = low_rate_hz;
  }

  /**
   * Whether a burst ended within the last 100 ms.
   *
   * @param powers A powers of the new frames, in order
   * @param low the signal at about 1 kHz that ends with them, 1.5 s or more
   * @param steps_dbfs A levels of the last steps of 100 ms, at most 10 s
   */
  push(powers: readonly number[], low: readonly number[], steps_dbfs: readonly number[]): boolean {
    if (steps_dbfs.length < FEWEST_STEPS) return false;
    const limit = 10 ** (backgroundDbfs(steps_dbfs) / 10) * OVER_GAP;
    return powers.map((power, i) => this.frame(power, limit, low, powers.length - 1 - i)).includes(true);
  }

  /** `later` frames of this push follow: `low` reaches up to their end. */
  private frame(power: number, limit: number, low: readonly number[], later: number): boolean {
    this.powers = [...this.powers, power].slice(-KEPT_FRAMES);
    if (this.since !== null) this.since++;
    if (power > limit) {
      this.since ??= 0;
      this.quiet = 0;
      return false;
    }
    if (this.since === null || ++this.quiet < APART_FRAMES) return false;
    const [start, end] = [this.powers.length - 1 - this.since, this.powers.length - this.quiet];
    this.since = null;
    return this.isBurst(start, end, limit) && this.share(start, end, low, later) <= MOST_VOICED;
  }

  private isBurst(start: number, end: number, limit: number): boolean {
    if (end - start < SHORTEST_FRAMES || end - start > LONGEST_FRAMES || start < BEFORE_FRAMES) return false;
    const highest = loudest(this.powers.slice(start - 2, end + 2));
    const before = Math.max(...this.powers.slice(start - BEFORE_FRAMES, start - 1));
    return highest > limit && before <= QUIET * limit && mean(this.powers.slice(start, start + SHORTEST_FRAMES)) >= SUDDEN * highest;
  }

  private share(start: number, end: number, low: readonly number[], later: number): number {
    const hop = this.low_rate_hz / 50;
    const place = (frame: number): number => Math.round(low.length - (this.powers.length + later - frame + 1) * hop);
    return voicedShare(low, this.low_rate_hz, Math.max(0, place(start)), place(end));
  }
}

/** The median of what is background: a voice is 10 dB above it for most of its time. */
function backgroundDbfs(steps_dbfs: readonly number[]): number {
  const la90 = percentile(steps_dbfs, 0.1);
  return Math.max(LOWEST_DBFS, percentile(steps_dbfs.filter((step) => step <= la90 + SPEECH_DB), 0.5));
}

function loudest(powers: readonly number[]): number {
  const means = powers.slice(4).map((_, i) => mean(powers.slice(i, i + 5)));
  return Math.max(...means);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
