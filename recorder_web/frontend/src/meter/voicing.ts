/** Whether a stretch repeats itself at the pitch of a voice, as the measuring engine asks it of a burst. Pure. */

const [FIRST_LAG, LAST_LAG] = [3, 12]; // of about 1 ms: 83 to 333 Hz
const VOICED = 0.5;
const SILENCE = 1e-12;

/** Share of the hops of 20 ms in `low[from, to)` that repeat themselves, each heard with its neighbours. */
export function voicedShare(low: readonly number[], low_rate_hz: number, from: number, to: number): number {
  const hop = Math.round(low_rate_hz / 50);
  const first = Math.max(0, from - hop - LAST_LAG - 1);
  const steps = low.slice(first, to + 2 * hop).map((x, n, all) => (n === 0 ? 0 : x - all[n - 1]!)); // the rumble of a room changes little in 3 ms
  let [hops, voiced] = [0, 0];
  for (let at = from; at < to; at += hop) {
    hops++;
    if (repeats(steps, at - first - hop, at - first + 2 * hop) >= VOICED) voiced++;
  }
  return hops === 0 ? 0 : voiced / hops;
}

/** The highest correlation with itself, half a millisecond between two lags included. */
function repeats(steps: readonly number[], from: number, to: number): number {
  const energy = product(steps, from, to, 0, 0) + SILENCE;
  const ofMean = Math.max(2 * (energy + product(steps, from, to, 0, 1)), 0.1 * energy);
  let highest = 0;
  let before: number | null = null;
  for (let lag = FIRST_LAG; lag <= LAST_LAG; lag++) {
    const earlier = product(steps, from, to, lag, lag) + SILENCE;
    const shared = product(steps, from, to, 0, lag);
    highest = Math.max(highest, Math.max(0, shared) ** 2 / (energy * earlier));
    if (before !== null) highest = Math.max(highest, Math.max(0, before + shared) ** 2 / (ofMean * earlier));
    before = shared;
  }
  return Math.sqrt(highest);
}

function product(steps: readonly number[], from: number, to: number, a: number, b: number): number {
  let sum = 0;
  for (let n = Math.max(from, LAST_LAG); n < Math.min(to, steps.length); n++) sum += steps[n - a]! * steps[n - b]!;
  return sum;
}
