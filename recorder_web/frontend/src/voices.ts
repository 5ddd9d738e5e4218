/** The sound check of both voices at one device: a short line of each, kept as a take of the track `check`. */

import type { HeardCode } from "./capture/messages";
import { voicesWords } from "./ui/partner";
import type { View } from "./view";

const LINE_S = 4;

/** How one of the two was heard. */
export type Voice = "good" | "none" | HeardCode;

export interface Voices {
  who: number; // whose turn it is: 0 holds the claim, 1 is the partner, 2: both have spoken
  left_s: number | null; // of the line that is being recorded
  heard: Voice[];
  said?: string; // what is told to those who do not see it
}

interface Host {
  view(): View;
  set(change: Partial<View>): void;
  begin(): void;
  end(): void;
  done(): void; // the sitting may go on
}

export class VoiceCheck {
  private readonly host: Host;
  private loudest_dbfs = -Infinity;
  private ending = false;

  constructor(host: Host) {
    this.host = host;
  }

  ask(): void {
    this.set({ who: 0, left_s: null, heard: [] });
  }

  /** Record the line of whose turn it is. */
  speak(): void {
    const { voices } = this.host.view();
    if (voices === null || voices.left_s !== null || voices.who > 1) return;
    this.loudest_dbfs = -Infinity;
    this.ending = false;
    this.set({ ...voices, left_s: LINE_S });
    this.host.begin();
  }

  /** The take grows. */
  grown(): void {
    const { voices, meter, take_s, live } = this.host.view();
    if (voices === null || voices.left_s === null || this.ending || !live) return;
    this.loudest_dbfs = Math.max(this.loudest_dbfs, meter?.z_100ms ?? -Infinity);
    const left_s = Math.max(0, LINE_S - take_s);
    this.set({ ...voices, left_s });
    if (left_s > 0) return;
    this.ending = true;
    this.host.end();
  }

  /** The line is kept. */
  taken(): void {
    const { voices, heard, data } = this.host.view();
    if (voices === null) return;
    const voice: Voice = heard ?? (this.loudest_dbfs < data.limits.speech_min_dbfs ? "none" : "good");
    this.host.set({ heard: null });
    this.set({ who: data.call ? 2 : voices.who + 1, left_s: null, heard: [...voices.heard, voice] });
  }

  /** Both were heard, or go on as it is: what they see are notes, not verdicts. */
  done(): void {
    this.host.set({ voices: null });
    this.host.done();
  }

  private set(voices: Voices): void {
    this.host.set({ voices: { ...voices, said: voicesWords(voices, this.host.view()) } });
  }
}
