/**
 * How high a sound path reaches: a codec, a telephone or a converter that doubled the rate leaves a cliff with nothing
 * beyond. The same rule as the measuring engine's, on a mean spectrum in cells of 100 Hz. Pure.
 */

import { percentile } from "../clock";
import { Fft } from "../meter/fft";
import { paddedSize } from "../meter/level";
import { framesOf, type Span } from "./levels";

const CELL_HZ = 100;
const FRAMES_PER_S = 50;
const OVER_ROOM = 10; // ten times the room's power speaks
const FEWEST_FRAMES = 25; // 0.5 s
const CLIFF_DB = 20;
const CLIFF_CELLS = 3;
const LOWEST_CLIFF_HZ = 2_000; // below it stand the formants, and the gaps between them
const BEFORE_CELLS = 6;
const EDGE_DB = 10;
const BEYOND_SHARE = 0.95; // a whistle may stand there
const HIGHEST_CLIFF = 0.42; // of the rate; converters' own filters begin above
const HIGHEST_FOREIGN_CLIFF = 0.46;
const FLOOR_DB = -130;
const STANDARD_RATES_HZ = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100];
const FOREIGN = [0.4, 0.5] as const; // where a recording at a standard rate ends, in parts of that rate

export interface Reach {
  cliff_hz: number | null;
  upsampled_from_hz: number | null;
}

/** Where the spectrum of what is spoken ends abruptly; null for less than half a second of speech. */
export function reachOf(codes: Int16Array, rate_hz: number, silence: Span, line: Span): Reach | null {
  const room = framesOf(codes, rate_hz, silence);
  const floor = room.reduce((sum, power) => sum + power, 0) / Math.max(1, room.length);
  const hop = Math.round(rate_hz / FRAMES_PER_S);
  const spoken = framesOf(codes, rate_hz, line).flatMap((power, i) => (power > OVER_ROOM * floor ? [line.from + i * hop] : []));
  if (spoken.length < FEWEST_FRAMES) return null;
  const edge_hz = cliffOf(cellsDb(codes, rate_hz, spoken), rate_hz);
  const cliff_hz = edge_hz !== null && edge_hz < HIGHEST_CLIFF * rate_hz ? edge_hz : null;
  return { cliff_hz, upsampled_from_hz: edge_hz === null ? null : upsampledFrom(edge_hz, rate_hz) };
}

/** Lower edge of the first cell 10 dB below the shelf before it, where all beyond stays 20 dB down. */
export function cliffOf(level_db: readonly number[], rate_hz: number): number | null {
  const last = Math.min(Math.trunc((HIGHEST_FOREIGN_CLIFF * rate_hz) / CELL_HZ), level_db.length - CLIFF_CELLS);
  for (let top = LOWEST_CLIFF_HZ / CELL_HZ; top < last; top++) {
    if (level_db[top]! - level_db[top + CLIFF_CELLS]! <= CLIFF_DB) continue;
    const shelf = percentile(level_db.slice(top + 1 - BEFORE_CELLS, top + 1), 0.5);
    const beyond = percentile(level_db.slice(top + CLIFF_CELLS), BEYOND_SHARE);
    if (shelf - Math.max(beyond, level_db[top + CLIFF_CELLS]!) <= CLIFF_DB) continue;
    const fallen = level_db.slice(top, top + CLIFF_CELLS + 1).findIndex((level) => level < shelf - EDGE_DB);
    return (top + fallen) * CELL_HZ;
  }
  return null;
}

/** The lowest standard rate that ends where a cliff is. */
export function upsampledFrom(edge_hz: number, rate_hz: number): number | null {
  const [low, high] = FOREIGN;
  return STANDARD_RATES_HZ.find((rate) => rate < rate_hz && low * rate <= edge_hz && edge_hz <= high * rate + CELL_HZ) ?? null;
}

/** Mean spectrum of frames of 40 ms, in dB a cell. */
function cellsDb(codes: Int16Array, rate_hz: number, starts: readonly number[]): number[] {
  const size = 2 * Math.round(rate_hz / FRAMES_PER_S);
  const padded = paddedSize(size);
  const fft = new Fft(padded);
  const window = Float64Array.from({ length: size }, (_, n) => Math.sin((Math.PI * (n + 0.5)) / size));
  const sums = new Float64Array(padded / 2 + 1);
  for (const start of starts) {
    const frame = Float64Array.from({ length: size }, (_, n) => (codes[start + n] ?? 0) / 32768);
    fft.powers(frame, window).forEach((power, k) => (sums[k]! += power));
  }
  const scale = 4 / (padded * size * starts.length); // both sides; the window halves the power
  return Array.from({ length: Math.floor(rate_hz / 2 / CELL_HZ) }, (_, cell) => cellDb(sums, (rate_hz / padded), cell, scale));
}

/** Bins do not fill cells evenly, hence their mean times what a cell holds of them. */
function cellDb(sums: Float64Array, bin_hz: number, cell: number, scale: number): number {
  const first = Math.ceil((cell * CELL_HZ) / bin_hz);
  const bins = sums.slice(first, Math.max(first + 1, Math.ceil(((cell + 1) * CELL_HZ) / bin_hz)));
  const mean = bins.reduce((sum, power) => sum + power, 0) / bins.length;
  return Math.max(FLOOR_DB, 10 * Math.log10(mean * scale * (CELL_HZ / bin_hz)));
}
