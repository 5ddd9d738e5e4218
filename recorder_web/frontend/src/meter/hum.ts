/**
 * Mains hum in room tone, by the measuring engine's rule: five multiples of 50 or 60 Hz (±1.5 Hz) against
 * what lies 4–10 Hz beside each, in Hann windows of 1 s; two lines must stand out by 10 dB. Pure.
 */

const MAINS_HZ = [50, 60];
const HARMONICS = 5;
const LINE_HZ = [-1, 0, 1];
const NEAR_HZ = [-10, -9, -8, -7, -6, -5, -4, 4, 5, 6, 7, 8, 9, 10];
const STANDS_OUT_DB = 10;
const FEWEST_LINES = 2;

/** How far the lines stand out together, or null without a hum. `low` is the signal at about 1 kHz. */
export function humDb(low: readonly number[], low_rate_hz: number): number | null {
  const size = Math.round(low_rate_hz);
  if (low.length < size) return null;
  const found = MAINS_HZ.map((mains_hz) => standsOut(low, size, mains_hz)).filter((db) => db !== null);
  return found.length === 0 ? null : Math.max(...found);
}

function standsOut(low: readonly number[], size: number, mains_hz: number): number | null {
  const lines = Array.from({ length: HARMONICS }, (_, i) => sumAt(low, size, mains_hz * (i + 1), LINE_HZ));
  const near = lines.map((_, i) => (sumAt(low, size, mains_hz * (i + 1), NEAR_HZ) * LINE_HZ.length) / NEAR_HZ.length);
  const excess_db = lines.map((line, i) => ratioDb(line, near[i]!)).sort((a, b) => b - a);
  if (excess_db[FEWEST_LINES - 1]! <= STANDS_OUT_DB) return null;
  return ratioDb(total(lines), total(near));
}

function sumAt(low: readonly number[], size: number, hz: number, offsets: readonly number[]): number {
  return total(offsets.map((offset) => powerAt(low, size, hz + offset)));
}

/** Power of one bin over all windows of a second, which overlap by half. */
function powerAt(low: readonly number[], size: number, bin: number): number {
  const [cosine, sine] = [Math.cos, Math.sin].map((f) => Float64Array.from({ length: size }, (_, n) => f((2 * Math.PI * n) / size))) as [Float64Array, Float64Array];
  let power = 0;
  for (let first = 0; first + size <= low.length; first += size >> 1) {
    let [re, im] = [0, 0];
    for (let n = 0; n < size; n++) {
      const turn = (bin * n) % size;
      const x = low[first + n]! * (0.5 - 0.5 * cosine[n]!);
      re += x * cosine[turn]!;
      im += x * sine[turn]!;
    }
    power += re * re + im * im;
  }
  return power;
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function ratioDb(line: number, near: number): number {
  return 10 * Math.log10(Math.max(line, 1e-30) / Math.max(near, 1e-30));
}
