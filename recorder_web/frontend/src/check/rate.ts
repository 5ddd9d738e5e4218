/** How many samples a second really come. Pure. */

import { percentile } from "../clock";

/** The samples a second, from when counts of samples were heard of: the median slope, so that late ones count little. */
export function rateOf(points: readonly { sample: number; at_ms: number }[]): number | null {
  const half = points.length >> 1;
  if (half < 10) return null;
  const slopes = points.slice(0, points.length - half).map(({ sample, at_ms }, i) => {
    const later = points[i + half]!;
    return ((later.sample - sample) / (later.at_ms - at_ms)) * 1_000;
  });
  return percentile(slopes, 0.5);
}
