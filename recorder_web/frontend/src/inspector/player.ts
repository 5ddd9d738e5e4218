/** The sound: the whole item from where the head stands, or one span, once or in a loop; nothing else is ever heard. */

import type { Span } from "./evidence";

export const SPEEDS = [1, 0.75, 0.5];

export class Player {
  readonly audio: HTMLAudioElement;
  loop = false;
  private within: Span | null = null;

  private readonly changed: () => void;

  constructor(address: string, changed: () => void) {
    this.changed = changed;
    this.audio = new Audio();
    this.audio.preload = "none"; // the picture comes first; whoever plays earlier has the sound at once
    this.audio.src = address;
    this.audio.preservesPitch = true;
    for (const event of ["play", "pause", "ended", "ratechange"]) this.audio.addEventListener(event, changed);
  }

  /** Fetch the sound before it is asked for. */
  load(): void {
    this.audio.preload = "auto";
  }

  get at_s(): number {
    return this.audio.currentTime;
  }

  /** Play a span from its start, or on from the head; a second press stops. */
  toggle(span: Span | null): void {
    if (!this.audio.paused) return this.audio.pause();
    this.within = span;
    if (span !== null && (this.at_s < span.from_s || this.at_s >= span.to_s - 0.01)) this.audio.currentTime = span.from_s;
    void this.audio.play();
  }

  playSpan(span: Span): void {
    this.within = span;
    this.audio.currentTime = span.from_s;
    void this.audio.play();
  }

  goTo(at_s: number): void {
    this.within = null;
    this.audio.currentTime = at_s;
  }

  /** The span in hand changed: what plays now goes on in the new one. */
  keepTo(span: Span | null): void {
    if (this.within !== null) this.within = span;
  }

  nextSpeed(): void {
    this.audio.playbackRate = SPEEDS[(SPEEDS.indexOf(this.audio.playbackRate) + 1) % SPEEDS.length]!;
  }

  toggleLoop(): void {
    this.loop = !this.loop;
    this.changed();
  }

  /** Called with every frame that is drawn while it plays. */
  tick(): void {
    if (this.within === null || this.at_s < this.within.to_s) return;
    this.audio.currentTime = this.within.from_s;
    if (!this.loop) this.audio.pause();
  }
}
