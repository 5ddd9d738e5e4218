/** The stretch of a take that is drawn: a read item alone, free speech with what is around it. */

import { peaksOf } from "../wave";
import { startOf, type Line } from "./lines";

const AROUND_S = 8;
const BARS = 320;
const HEADER_BYTES = 44; // of our WAV files
const STEPS_S = [1, 2, 5, 10, 30, 60];
const MOST_TICKS = 8;
const AGAIN_MS = 5_000;

export interface Stretch {
  from_s: number; // of the take
  to_s: number;
}

/** The segment in hand; with a length of the take also what is before and after it. Pure. */
export function stretchOf(line: Line, length_s: number | null): Stretch {
  const from_s = startOf(line);
  const to_s = from_s + line.duration_s;
  if (length_s === null) return { from_s, to_s };
  return { from_s: Math.max(0, from_s - AROUND_S), to_s: Math.min(Math.max(length_s, to_s), to_s + AROUND_S) };
}

export function shareOf({ from_s, to_s }: Stretch, at_s: number): number {
  return (at_s - from_s) / (to_s - from_s);
}

export function timeAt({ from_s, to_s }: Stretch, share: number): number {
  return from_s + share * (to_s - from_s);
}

/** Round times within a stretch, few enough to be read. */
export function ticksOf({ from_s, to_s }: Stretch): number[] {
  const step = STEPS_S.find((each) => (to_s - from_s) / each <= MOST_TICKS) ?? 60;
  const first = Math.ceil(from_s / step);
  return Array.from({ length: Math.max(0, Math.floor(to_s / step) - first + 1) }, (_, n) => (first + n) * step);
}

/** The sound of a stretch as bars, fetched by its bytes: a take may last an hour. */
export class TakeWave {
  private readonly waves = new Map<string, number[]>();
  private readonly api: string;
  private readonly changed: () => void;

  constructor(api: string, changed: () => void) {
    this.api = api;
    this.changed = changed;
  }

  /** `what`: the sound of the take, or what is laid beside it. */
  peaks({ take, rate_hz }: Line, { from_s, to_s }: Stretch, what: "audio" | "beside/audio" = "audio"): readonly number[] {
    const [from, to] = [from_s, to_s].map((s) => HEADER_BYTES + 2 * Math.round(s * rate_hz)) as [number, number];
    const key = `${take}/${what} ${from} ${to}`;
    const known = this.waves.get(key);
    if (known === undefined) void this.read(key, `${this.api}/takes/${take}/${what}`, from, to);
    return known ?? [];
  }

  private async read(key: string, address: string, from: number, to: number): Promise<void> {
    this.waves.set(key, []);
    try {
      const response = await fetch(address, { headers: { Range: `bytes=${from}-${to - 1}` } });
      if (response.status !== 206) throw new Error(response.statusText);
      this.waves.set(key, peaksOf(new Int16Array(await response.arrayBuffer()), BARS));
      this.changed();
    } catch {
      setTimeout(() => this.waves.delete(key), AGAIN_MS); // whoever draws it then asks again
    }
  }
}
