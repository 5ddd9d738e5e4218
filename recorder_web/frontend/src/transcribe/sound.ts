/** The sound of the segment in hand: the whole of it in a loop, or one place; slower or faster at the same pitch. */

import { peaksOf, readWave } from "../wave";

export const SPEEDS = [0.5, 0.75, 1, 1.5, 2];
const BARS = 240;
const VOICED = 0.15; // of the loudest bar: quieter ones are taken for pauses
const ROUND_S = 0.4; // heard before and after a place

export interface Place {
  from_s: number;
  to_s: number;
}

/** About where some characters are spoken: their share of the text, laid over the bars that are not silent. Pure. */
export function placeOf(share: { from: number; to: number }, peaks: readonly number[], duration_s: number): Place {
  const loud = Math.max(0, ...peaks) * VOICED;
  const voiced = peaks.flatMap((peak, bar) => (peak > loud ? [bar] : []));
  const time = (part: number): number => {
    if (voiced.length === 0) return part * duration_s;
    const at = part * voiced.length;
    const bar = Math.min(voiced.length - 1, Math.floor(at));
    return ((voiced[bar]! + at - bar) / peaks.length) * duration_s;
  };
  return { from_s: Math.max(0, time(share.from) - ROUND_S), to_s: Math.min(duration_s, time(share.to) + ROUND_S) };
}

export class Sound {
  readonly audio = new Audio();
  private readonly other = new Audio();
  private readonly waves = new Map<string, number[]>();
  private readonly changed: () => void;
  private address = "";
  private own = ""; // of the segment in hand alone
  private stopAt: number | null = null;

  constructor(changed: () => void) {
    this.changed = changed;
    this.audio.preload = "auto";
    this.audio.loop = true;
    this.audio.preservesPitch = true;
    for (const event of ["play", "pause", "ended", "ratechange"]) this.audio.addEventListener(event, changed);
  }

  /** `both`: the same with another track beside it. */
  load({ audio }: { audio: string }, both: string | null = null): void {
    const address = both ?? audio;
    if (this.address === address) return;
    const { playbackRate, currentTime, paused } = this.audio;
    const goesOn = this.own === audio; // the other track has come: on from where it is
    [this.address, this.own, this.stopAt] = [address, audio, null];
    this.audio.src = address;
    this.audio.defaultPlaybackRate = this.audio.playbackRate = playbackRate;
    if (goesOn) this.audio.currentTime = currentTime;
    if (goesOn && !paused) void this.audio.play();
    if (!this.waves.has(audio)) void this.read(audio);
  }

  peaks({ audio }: { audio: string }): readonly number[] {
    return this.waves.get(audio) ?? [];
  }

  toggle(): void {
    this.stopAt = null;
    this.other.pause();
    if (this.audio.paused) void this.audio.play();
    else this.audio.pause();
  }

  playPlace({ from_s, to_s }: Place): void {
    this.audio.currentTime = from_s;
    this.stopAt = to_s;
    void this.audio.play();
  }

  /** Play a place of a whole take, beside the segment in hand. */
  playTake(address: string, { from_s, to_s }: Place): void {
    this.audio.pause();
    this.other.src = `${address}#t=${from_s.toFixed(2)},${to_s.toFixed(2)}`; // the browser ends it there
    void this.other.play();
  }

  /** Called with every frame that is drawn while it plays. */
  tick(): void {
    if (this.stopAt === null || this.audio.currentTime < this.stopAt) return;
    this.stopAt = null;
    this.audio.pause();
  }

  setSpeed(speed: number): void {
    this.audio.playbackRate = speed;
  }

  toggleLoop(): void {
    this.audio.loop = !this.audio.loop;
    this.changed();
  }

  goTo(at_s: number, duration_s: number): void {
    this.stopAt = null;
    this.audio.currentTime = Math.min(duration_s, Math.max(0, at_s));
  }

  private async read(address: string): Promise<void> {
    this.waves.set(address, []);
    const response = await fetch(address).catch(() => null);
    if (response?.ok) this.waves.set(address, peaksOf(readWave(await response.arrayBuffer()).codes, BARS));
    else this.waves.delete(address);
    this.changed();
  }
}
