/** Three watches that need nothing but packets and a clock; the fourth is the ledger. All are independent. Pure. */

const STALL_MS = 250;
const STALL_ENDS_MS = 1_000;
const CLOCK_OFF_MS = 100;
const CLOCK_STARTS_MS = 3_000;
const LINE_MS = 10_000;
const RECENT_MS = 1_000;
const ZEROS_S = 0.01;
const MUTED_S = 1;

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

  /** Exact zeros for a second: the microphone is probably muted. */
  get muted(): boolean {
    return this.run >= MUTED_S * this.rate_hz;
  }

  private finish(end: number, found: ZeroRun[]): void {
    if (this.run >= this.shortest) found.push({ at_sample: end - this.run, samples: this.run });
    this.run = 0;
  }
}

interface Residual {
  sample: number;
  at_ms: number;
  late_ms: number; // arrival less where the sample count says the stream should be
}

export interface ClockWindow {
  sample: number;
  count: number;
  p5_us: string;
  lowest: [number, string][];
  wall_ms: string;
}

/** Compares samples with the monotonic clock: half the samples for some seconds, and no event says so. */
export class ClockWatch {
  private history: Residual[] = [];
  private window: Residual[] = [];
  private started_ms: number | null = null;
  private checked_ms = 0;
  readonly windows: ClockWindow[] = [];
  private readonly rate_hz: number;

  constructor(rate_hz: number) {
    this.rate_hz = rate_hz;
  }

  /** A packet that ends at `sample` has arrived. Returns how many milliseconds the stream has fallen behind, or 0. */
  packet(sample: number, at_ms: number, wall_ms: number): number {
    this.started_ms ??= at_ms;
    const residual = { sample, at_ms, late_ms: at_ms - (sample / this.rate_hz) * 1_000 };
    this.history.push(residual);
    this.window.push(residual);
    if (at_ms - this.window[0]!.at_ms >= LINE_MS) this.closeWindow(wall_ms);
    if (at_ms - this.checked_ms < RECENT_MS / 2) return 0;
    this.checked_ms = at_ms;
    return this.check(at_ms);
  }

  /** Keep what is left as the last window. */
  closeWindow(wall_ms: number): void {
    if (this.window.length === 0) return;
    const late = this.window.map((residual) => residual.late_ms);
    const lowest = this.window.reduce((low, residual) => (residual.late_ms < low.late_ms ? residual : low));
    this.windows.push({
      sample: this.window[0]!.sample,
      count: this.window.length,
      p5_us: micro(percentile(late, 0.05)),
      lowest: [[lowest.sample, micro(lowest.late_ms)]],
      wall_ms: String(Math.round(wall_ms)),
    });
    this.window = [];
  }

  private check(at_ms: number): number {
    const keep = this.history.findIndex((residual) => residual.at_ms >= at_ms - LINE_MS - RECENT_MS);
    this.history.splice(0, Math.max(0, keep));
    const recent = this.history.filter((residual) => residual.at_ms > at_ms - RECENT_MS);
    const line = this.history.filter((residual) => residual.at_ms <= at_ms - RECENT_MS);
    const spans = recent.length > 1 && at_ms - recent[0]!.at_ms >= RECENT_MS * 0.9; // a burst after a hang is no drift
    if (at_ms - this.started_ms! < CLOCK_STARTS_MS || line.length === 0 || !spans) return 0;
    const off_ms = percentile(lateOf(recent), 0.05) - percentile(lateOf(line), 0.05);
    return Math.abs(off_ms) > CLOCK_OFF_MS ? off_ms : 0;
  }
}

function lateOf(residuals: Residual[]): number[] {
  return residuals.map((residual) => residual.late_ms);
}

function micro(ms: number): string {
  return String(Math.round(ms * 1_000));
}

/** Linear percentile, as the measuring engine takes it. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = share * (sorted.length - 1);
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  return sorted[below]! + (place - below) * (sorted[above]! - sorted[below]!);
}
