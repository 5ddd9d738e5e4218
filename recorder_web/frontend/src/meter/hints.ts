/**
 * Hints about the room that no take waits for: bursts and mains hum. Loaded after the stream is open, so that
 * recording needs less; where they do not come, nothing else changes. Pure.
 */

import { BurstWatch } from "./burst";
import { humDb } from "./hum";
import { Low } from "./low";

const KEPT_S = 5; // as long as the room tone

export class Hints {
  private readonly low: Low;
  private readonly bursts: BurstWatch;
  private heard: number[] = []; // at about 1 kHz

  constructor(rate_hz: number) {
    this.low = new Low(rate_hz);
    this.bursts = new BurstWatch(this.low.rate_hz);
  }

  push(codes: Int16Array): void {
    this.heard.push(...this.low.push(codes));
    if (this.heard.length > 2 * KEPT_S * this.low.rate_hz) this.heard = this.kept;
  }

  /** Whether a burst ended within the last 100 ms; see `BurstWatch`. */
  burst(powers: readonly number[], steps_dbfs: readonly number[]): boolean {
    return this.bursts.push(powers, this.heard, steps_dbfs);
  }

  /** How far mains hum stands out of the last seconds, or null. */
  hum(): number | null {
    return humDb(this.kept, this.low.rate_hz);
  }

  private get kept(): number[] {
    return this.heard.slice(-KEPT_S * this.low.rate_hz);
  }
}
