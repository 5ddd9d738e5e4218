/** Whether what comes fits on this device, and what may go for it. Pure: sizes arrive as numbers of bytes. */

import { BYTES_PER_FRAME } from "../take";

const SPARE = 1.2; // files beside the samples, and a sitting that lasts longer than planned
const RESERVE_BYTES = 200_000_000; // what a device needs to stay itself
const LOW_S = 600;
const LEAST_S = 60; // less than this is not worth beginning
const READ_S = 15; // a sentence, read and read again
const TOPIC_S = 600; // a topic, spoken about freely
const SHORTEST_S = 600;

export interface Sound {
  rate_hz: number;
  channels: number;
}

export interface Space {
  left_s: number; // sound that can still be written
  planned_s: number | null; // what the sitting that begins may need; null while it runs
  missing_bytes: number; // 0: it fits
  say: "short" | "low" | null; // too little for the plan, little in any case
  full: boolean; // so little that nothing should be begun
}

/** How long a sitting may last: as long as was agreed, else by what is left to be said. */
export function plannedSeconds(target_s: number | null, open: number, read: boolean): number {
  return target_s ?? Math.max(SHORTEST_S, open * (read ? READ_S : TOPIC_S));
}

/** What must be free before so many seconds are begun. */
export function needBytes(seconds: number, { rate_hz, channels }: Sound): number {
  return Math.ceil(seconds * rate_hz * BYTES_PER_FRAME * channels * SPARE) + RESERVE_BYTES;
}

/** What must be free so that nothing has to be said. */
export function enoughBytes(sound: Sound, planned_s: number | null): number {
  return needBytes(Math.max(planned_s ?? 0, LOW_S), sound);
}

/** How what is free meets a plan. */
export function spaceFor(free_bytes: number, sound: Sound, planned_s: number | null): Space {
  const left_s = free_bytes / (sound.rate_hz * BYTES_PER_FRAME * sound.channels * SPARE);
  const missing_bytes = planned_s === null ? 0 : Math.max(0, needBytes(planned_s, sound) - free_bytes);
  const say = missing_bytes > 0 ? "short" : left_s <= LOW_S ? "low" : null;
  return { left_s, planned_s, missing_bytes, say, full: left_s < LEAST_S };
}

/** The most bytes, up to `most`, that are allowed, to a thousandth; asks once where all of them are. */
export async function mostAllowed(most: number, allows: (bytes: number) => Promise<boolean>): Promise<number> {
  if (await allows(most)) return most;
  let [yes, no] = [0, most];
  while (no - yes > most / 1_000) {
    const middle = Math.floor((yes + no) / 2);
    if (await allows(middle)) yes = middle;
    else no = middle;
  }
  return yes;
}

export interface Keepable {
  began_ms: number;
  bytes: number;
  safe: boolean; // its receipt names the hash that was computed here
}

/** The takes whose sound goes so that so many bytes come free: the oldest first, and only what is safe elsewhere. */
export function makesWay<T extends Keepable>(takes: readonly T[], missing_bytes: number): T[] {
  const going: T[] = [];
  let left = missing_bytes;
  for (const take of [...takes].sort((a, b) => a.began_ms - b.began_ms)) {
    if (left <= 0) break;
    if (!take.safe || take.bytes === 0) continue;
    going.push(take);
    left -= take.bytes;
  }
  return going;
}
