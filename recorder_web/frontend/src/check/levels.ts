/** Levels of a take that is whole: of its seconds, of a span, of a voice over its room. Pure. */

import { LevelMeter, levelOf } from "../meter/level";

const STEPS_PER_S = 10; // of 100 ms
const FRAMES_PER_S = 50;
const OVER_ROOM_DB = 10; // what speaks lies so far above the room
const FULL_SCALE = 32768;
const CLIPPED = Math.ceil(0.999 * FULL_SCALE);
const CLIP_RUN = 3; // samples in a row at full scale
const LOWEST_SNR_DB = -10;

/** Samples [from, to) of a take. */
export interface Span {
  from: number;
  to: number;
}

/** A-weighted level of each whole second, in dBFS; what is left over at the end belongs to none. */
export function secondLevels(codes: Int16Array, rate_hz: number): number[] {
  const steps = stepLevels(codes, rate_hz);
  const seconds = Math.floor(codes.length / rate_hz);
  return Array.from({ length: seconds }, (_, s) => energyMean(steps.slice(s * STEPS_PER_S, (s + 1) * STEPS_PER_S))).filter(Number.isFinite);
}

/** A-weighted level of a span in dBFS, null for less than 100 ms. */
export function spanLevel(codes: Int16Array, rate_hz: number, { from, to }: Span): number | null {
  const steps = stepLevels(codes.subarray(from, to), rate_hz);
  return steps.length === 0 ? null : energyMean(steps);
}

/** The level of several levels together. */
export function energyMean(levels: readonly number[]): number {
  return levelOf(levels.reduce((sum, level) => sum + 10 ** (level / 10), 0) / levels.length);
}

function stepLevels(codes: Int16Array, rate_hz: number): number[] {
  return new LevelMeter(rate_hz).push(codes).map((reading) => reading.leq_100ms);
}

export interface Voice {
  level_dbfs: number | null; // speech less the room, unweighted; null: nothing spoke
  snr_db: number | null;
  speech_s: number;
  clipped_runs: number;
}

/** How loud a voice is, and how far over its room: a foretaste of what the server will measure. */
export function voiceOf(codes: Int16Array, rate_hz: number, silence: Span, line: Span): Voice {
  const room = meanSquare(codes.subarray(silence.from, silence.to));
  const spoken = framesOf(codes, rate_hz, line).filter((power) => power > room * 10 ** (OVER_ROOM_DB / 10));
  const speech_s = spoken.length / FRAMES_PER_S;
  const clipped_runs = clippedRuns(codes.subarray(line.from, line.to));
  if (spoken.length === 0) return { level_dbfs: null, snr_db: null, speech_s, clipped_runs };
  const over = spoken.reduce((sum, power) => sum + power, 0) / spoken.length - room;
  const snr_db = Math.max(LOWEST_SNR_DB, Math.min(60, 10 * Math.log10(over / room)));
  return { level_dbfs: levelOf(over), snr_db, speech_s, clipped_runs };
}

/** Runs of three samples or more at full scale. */
export function clippedRuns(codes: Int16Array): number {
  let runs = 0;
  let run = 0;
  for (const code of codes) {
    run = Math.abs(code) >= CLIPPED ? run + 1 : 0;
    if (run === CLIP_RUN) runs++;
  }
  return runs;
}

/** Mean square of each frame of 20 ms. */
export function framesOf(codes: Int16Array, rate_hz: number, { from, to }: Span): number[] {
  const hop = Math.round(rate_hz / FRAMES_PER_S);
  const count = Math.max(0, Math.floor((to - from) / hop));
  return Array.from({ length: count }, (_, i) => meanSquare(codes.subarray(from + i * hop, from + (i + 1) * hop)));
}

/** Without the offset that some converters add. */
function meanSquare(codes: Int16Array): number {
  if (codes.length === 0) return 0;
  let [sum, squares] = [0, 0];
  for (const code of codes) {
    sum += code;
    squares += code * code;
  }
  const mean = sum / codes.length;
  return Math.max(squares / codes.length - mean * mean, 1 / 12) / FULL_SCALE ** 2; // no less than the rounding to codes
}
