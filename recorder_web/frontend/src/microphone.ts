/** The open microphone of this page, and its own counters read while it delivers. */

import { openMicrophone, type Source } from "./capture/source";
import type { Snapshot } from "./ledger";

const POLL_MS = 1_000;
const CLOSE_POLL_MS = 50; // while a count is found or settled
const COUNT_FOUND_MS = 3_000;

export class Microphone {
  source: Source | null = null;
  private readonly tell: (snapshot: Snapshot) => void;
  private opened_ms = 0;
  private ending = false;
  private polling = 0;

  constructor(tell: (snapshot: Snapshot) => void) {
    this.tell = tell;
  }

  /** Open it; what the device does is told by name. */
  async open(contributor: string, note: (kind: string) => void): Promise<Source> {
    const source = await openMicrophone(contributor);
    for (const kind of ["mute", "unmute", "ended"]) source.track.addEventListener(kind, () => note(kind));
    this.source = source;
    return source;
  }

  close(): void {
    this.source?.track.stop();
  }

  /** Begin to read the counters: the stream is being read. */
  count(): void {
    this.opened_ms = performance.now();
    this.poll(this.source!.track);
  }

  /** Read them often while the count of a take is being settled. */
  settle(ending: boolean): void {
    this.ending = ending;
    if (ending) this.poll(this.source!.track);
  }

  /** The counters at this moment; undefined where the browser keeps none. */
  counters(): Snapshot | undefined {
    const stats = this.source?.track.stats;
    return stats && { delivered: stats.deliveredFrames, total: stats.totalFrames, at_ms: performance.timeOrigin + performance.now() };
  }

  private poll(track: MediaStreamTrack): void {
    if (this.source?.track !== track || track.readyState === "ended" || track.stats === undefined) return;
    this.tell(this.counters()!);
    const close = this.ending || performance.now() - this.opened_ms < COUNT_FOUND_MS;
    clearTimeout(this.polling);
    this.polling = window.setTimeout(() => this.poll(track), close ? CLOSE_POLL_MS : POLL_MS);
  }
}
