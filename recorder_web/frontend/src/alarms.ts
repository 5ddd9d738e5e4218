/** Watches that need nothing but packets: silence and zeros. The clock's is in `clock.ts`, the count in `ledger.ts`. Pure. */

const STALL_MS = 250;
const STALL_ENDS_MS = 1_000;
const ZEROS_S = 0.01;
const MUTED_S = 0.9; // told within a second
const SAME_S = 3;

/** How a silence of the reader is to be taken: `stall` from 250 ms, `ended` from a second. */
export function stallOf(last_packet_ms: number, now_ms: number): "none" | "stall" | "ended" {
  const silent_ms = now_ms - last_packet_ms;
  if (silent_ms > STALL_ENDS_MS) return "ended";
  return silent_ms > STALL_MS ? "stall" : "none";
}

export interface ZeroRun {
  at_sample: number;
  samples: number;
}

/** Finds runs of exact zeros: a muted or removed device, or a headset's gate. */
export class ZeroWatch {
  private run = 0;
  private position = 0;
  private readonly shortest: number;
  private readonly rate_hz: number;

  constructor(rate_hz: number) {
    this.rate_hz = rate_hz;
    this.shortest = Math.ceil(ZEROS_S * rate_hz);
  }

  /** Runs that ended within this block; their places count from the first block. */
  block(codes: Int16Array): ZeroRun[] {
    const found: ZeroRun[] = [];
    for (let i = 0; i < codes.length; i++) {
      if (codes[i] === 0) this.run++;
      else if (this.run > 0) this.finish(this.position + i, found);
    }
    this.position += codes.length;
    return found;
  }

  /** The run that is still open at the end, if it is long enough. */
  end(): ZeroRun[] {
    const found: ZeroRun[] = [];
    this.finish(this.position, found);
    return found;
  }

  /** Exact zeros for so long: the microphone is probably muted. */
  get muted(): boolean {
    return this.run >= MUTED_S * this.rate_hz;
  }

  private finish(end: number, found: ZeroRun[]): void {
    if (this.run >= this.shortest) found.push({ at_sample: end - this.run, samples: this.run });
    this.run = 0;
  }
}

/** Two channels that were one signal and are no longer: the first one goes on, and it is noted. */
export class ChannelWatch {
  private seen = 0;
  private differ = false;
  private readonly proven: number; // frames after which equal channels count as one

  constructor(rate_hz: number) {
    this.proven = SAME_S * rate_hz;
  }

  /** A packet came; `same` is null where there is one channel only. Returns whether they part here, once. */
  packet(frames: number, same: boolean | null): boolean {
    if (same === null || this.differ) return false;
    this.seen += frames;
    if (same) return false;
    this.differ = true;
    return this.seen - frames >= this.proven;
  }
}

export function areEqual(first: Float32Array, second: Float32Array): boolean {
  for (let i = 0; i < first.length; i++) if (first[i] !== second[i]) return false;
  return true;
}
