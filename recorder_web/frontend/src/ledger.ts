/**
 * The count that proves nothing was lost: frames seen by the worker == delivered == total of the track.
 *
 * `delivered − seen` is packets in flight and never less than a constant, the frames delivered before the
 * worker's first packet. The smallest difference met while nothing is recorded is that constant; a smallest
 * difference above it after a take is loss. Both sides are stamped on one clock, so a late message is no fault.
 * A packet count alone cannot tell: a lost packet is passed by the next one, 10 ms later.
 *
 * An audio graph cuts the sound anew, so there the difference settles to some packets only (`slack`): within
 * that nothing is claimed, beyond it sound is missing. Pure.
 */

const REMEMBERED_MS = 2_000;
const ALARM_S = 1;

export interface Snapshot {
  delivered: number;
  total: number;
  at_ms: number; // monotonic, the clock packets are stamped with
}

export interface Count {
  seen: number;
  delivered: number | null; // null: this browser does not count frames
  total: number | null;
  lost_frames: number;
}

interface Boundary {
  seen: number;
  at_ms: number;
}

export class Ledger {
  seen = 0;
  private boundaries: Boundary[] = [{ seen: 0, at_ms: -Infinity }];
  private offset: number | null = null;
  private recording = false;
  private first: Snapshot | null = null; // the last snapshot before the take
  private last: Snapshot | null = null;
  private latest: number | null = null; // smallest difference since `settling`
  private previousLag = 0;
  private readonly slack: number;

  /** @param slack frames by which the smallest difference may vary without a loss: 0 where packets come as delivered */
  constructor(slack = 0) {
    this.slack = slack;
  }

  /** A packet has been read. */
  packet(frames: number, at_ms: number): void {
    this.seen += frames;
    this.boundaries.push({ seen: this.seen, at_ms });
    while (this.boundaries.length > 2 && this.boundaries[1]!.at_ms < at_ms - REMEMBERED_MS) this.boundaries.shift();
  }

  /** The track's own counters were read. Returns whether the reader falls behind by more than a second. */
  snapshot(snapshot: Snapshot, rate_hz: number): boolean {
    this.last = snapshot;
    const difference = snapshot.delivered - this.seenAt(snapshot.at_ms);
    if (!this.recording) this.offset = Math.min(this.offset ?? Infinity, difference);
    if (this.latest !== null) this.latest = Math.min(this.latest, difference);
    const lag = difference - (this.offset ?? difference);
    const behind = lag > ALARM_S * rate_hz && lag > this.previousLag;
    this.previousLag = lag;
    return behind;
  }

  /** How many frames of the stream had been delivered at a snapshot, whether read by now or not; null if unknown. */
  placeOf({ delivered }: Snapshot): number | null {
    return this.offset === null ? null : delivered - this.offset;
  }

  /** A take begins. */
  begin(): void {
    this.recording = true;
    this.first = this.last;
  }

  /** The take's last sample is in: from here on snapshots settle its count. */
  settle(): void {
    this.latest = Infinity;
  }

  /** Whether one snapshot since `settle` has shown every delivered frame as seen. */
  get settled(): boolean {
    return this.latest !== null && this.offset !== null && this.latest <= this.offset + this.slack;
  }

  /** The take of `frames` is over: what was seen, delivered and produced between its first and last sample. */
  end(frames: number): Count {
    this.recording = false;
    const { first, last, latest, offset } = this;
    this.latest = null;
    if (first === null || last === null || offset === null || latest === null || latest === Infinity) {
      return { seen: frames, delivered: null, total: null, lost_frames: 0 };
    }
    const dropped = last.total - first.total - (last.delivered - first.delivered);
    if (this.slack > 0 && dropped === 0 && Math.abs(latest - offset) <= this.slack) {
      return { seen: frames, delivered: null, total: null, lost_frames: 0 };
    }
    const delivered = frames + (latest - offset);
    this.offset = latest; // loss is charged to one take only
    const total = delivered + dropped;
    return { seen: frames, delivered, total, lost_frames: Math.max(0, total - frames) };
  }

  private seenAt(at_ms: number): number {
    const before = this.boundaries.findLast((boundary) => boundary.at_ms <= at_ms);
    return (before ?? this.boundaries[0]!).seen;
  }
}
