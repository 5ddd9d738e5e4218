/**
 * Samples against the clocks. Half the samples for some seconds, a silent source, a machine that slept: no event says
 * so. Only this watch tells a loss from a delay, so it alone says how long a gap is, and says it once. Pure.
 */

const OFF_MS = 100;
const STARTS_MS = 3_000;
const LINE_MS = 10_000;
const RECENT_MS = 1_000;
const SILENT_MS = 250;
const SLEPT_MS = 1_000; // what the wall clock must be ahead over a silence: less is its own correction

interface Residual {
  sample: number;
  on_ms: number; // time with packets: a silence does not age the line it is held against
  late_ms: number; // arrival less where the sample count says the stream should be
}

interface Packet {
  sample: number;
  at_ms: number;
  wall_ms: number;
}

/** From this sample on the stream is so much behind where it was; ahead, if negative. */
export interface Shift {
  at_sample: number;
  off_ms: number;
}

/** Finds where and by how much the stream falls behind the clock. */
export class ClockWatch {
  private history: Residual[] = [];
  private last: Packet | null = null;
  private on_ms = 0;
  private checked_ms = 0;
  private slept_ms = 0; // the monotonic clock of some systems stands still meanwhile
  private resumed_ms: number | null = null; // when the last silence ended
  private readonly rate_hz: number;

  constructor(rate_hz: number) {
    this.rate_hz = rate_hz;
  }

  /** A packet that ends at `sample` has arrived. Returns a shift of the stream, once. */
  packet(sample: number, at_ms: number, wall_ms: number): Shift | null {
    this.keep({ sample, at_ms, wall_ms });
    if (this.on_ms - this.checked_ms < RECENT_MS / 2) return null;
    this.checked_ms = this.on_ms;
    const from = this.on_ms - RECENT_MS;
    if (this.resumed_ms !== null && from < this.resumed_ms) return null; // a second that holds a silence tells nothing yet
    this.history = this.history.filter((residual) => residual.on_ms >= from - LINE_MS);
    return this.compare(from);
  }

  /** A take ends: a silence just before must not wait for its second of packets. */
  settle(): Shift | null {
    const { resumed_ms } = this;
    this.resumed_ms = null;
    return resumed_ms === null ? null : this.compare(resumed_ms - 1);
  }

  /** How long no packet has come, the machine's sleep included. */
  silence(at_ms: number, wall_ms: number): number {
    const { last } = this;
    if (last === null) return 0;
    const silent_ms = at_ms - last.at_ms;
    const slept_ms = wall_ms - last.wall_ms - silent_ms;
    // a wall clock that was set while packets came is no sleep
    return silent_ms > SILENT_MS && slept_ms > SLEPT_MS ? silent_ms + slept_ms : silent_ms;
  }

  private keep(packet: Packet): void {
    const last = this.last ?? packet;
    const step_ms = packet.at_ms - last.at_ms;
    this.slept_ms += this.silence(packet.at_ms, packet.wall_ms) - (this.last === null ? 0 : step_ms);
    this.on_ms += Math.min(step_ms, SILENT_MS);
    if (step_ms > SILENT_MS) this.resumed_ms = this.on_ms;
    // packets that waited in a queue come at once: only the last of them tells the time
    if (step_ms < (packet.sample - last.sample) / this.rate_hz * 500) this.history.pop();
    const late_ms = packet.at_ms + this.slept_ms - (packet.sample / this.rate_hz) * 1_000;
    this.history.push({ sample: packet.sample, on_ms: this.on_ms, late_ms });
    this.last = packet;
  }

  /** Holds what came after `from` against the line before it; after a report the line starts anew. */
  private compare(from: number): Shift | null {
    const line = this.history.filter((residual) => residual.on_ms <= from);
    const recent = this.history.filter((residual) => residual.on_ms > from);
    if (this.on_ms < STARTS_MS || line.length === 0 || recent.length === 0) return null;
    const [was_ms, is_ms] = [lowestOne(line), lowestOne(recent)];
    const off_ms = is_ms - was_ms;
    if (Math.abs(off_ms) <= OFF_MS) return null;
    const before = this.history.findLast((residual) => residual.late_ms < was_ms + off_ms / 2) ?? line.at(-1)!;
    this.history = [{ ...recent.at(-1)!, late_ms: is_ms }, recent.at(-1)!]; // the second one may yet be replaced
    return { at_sample: before.sample, off_ms };
  }
}

export interface ClockWindow {
  sample: number;
  count: number;
  p5_us: string;
  lowest: [number, string][];
  wall_ms: string;
}

/** Residuals of every ten seconds of a take: evidence, from which the server fits the rate. */
export class ClockWindows {
  readonly windows: ClockWindow[] = [];
  private window: { sample: number; at_ms: number; late_ms: number }[] = [];
  private readonly rate_hz: number;

  constructor(rate_hz: number) {
    this.rate_hz = rate_hz;
  }

  /** Returns whether a window is whole by this packet. */
  packet(sample: number, at_ms: number, wall_ms: number): boolean {
    this.window.push({ sample, at_ms, late_ms: at_ms - (sample / this.rate_hz) * 1_000 });
    const whole = at_ms - this.window[0]!.at_ms >= LINE_MS;
    if (whole) this.close(wall_ms);
    return whole;
  }

  /** Keep what is left as the last window. */
  close(wall_ms: number): void {
    if (this.window.length === 0) return;
    const first = this.window.reduce((low, residual) => (residual.late_ms < low.late_ms ? residual : low));
    this.windows.push({
      sample: this.window[0]!.sample,
      count: this.window.length,
      p5_us: micro(lowest(this.window)),
      lowest: [[first.sample, micro(first.late_ms)]],
      wall_ms: String(Math.round(wall_ms)),
    });
    this.window = [];
  }
}

/** The robust lower edge: packets are late by chance and never early. */
function lowest(residuals: readonly { late_ms: number }[]): number {
  return percentile(residuals.map((residual) => residual.late_ms), 0.05);
}

/** The same as one of the values: between the last packet before a gap and the first one after it lies no truth. */
function lowestOne(residuals: readonly { late_ms: number }[]): number {
  const sorted = Float64Array.from(residuals, (residual) => residual.late_ms).sort();
  return sorted[Math.floor(0.05 * (sorted.length - 1))]!;
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
