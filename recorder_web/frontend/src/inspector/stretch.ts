/** Which stretch of an item is shown: zooming, sliding, and how fine a copy of it is needed. Pure. */

import type { Stretch } from "../transcribe/window";

const SHORTEST_S = 0.2;
const ROOM = 0.15; // of the stretch, kept free around a place that is brought into it
const ENOUGH = 0.75; // rows a pixel; fewer look blurred
const STEPS_S = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800];

function bounded(from_s: number, length_s: number, duration_s: number): Stretch {
  const long = Math.min(duration_s, Math.max(SHORTEST_S, length_s));
  const from = Math.min(Math.max(0, from_s), duration_s - long);
  return { from_s: from, to_s: from + long };
}

/** The stretch made so many times as long; what is at `around_s` stays where it is. */
export function zoomed(stretch: Stretch, times: number, around_s: number, duration_s: number): Stretch {
  const length = Math.min(duration_s, Math.max(SHORTEST_S, (stretch.to_s - stretch.from_s) * times));
  const share = Math.min(1, Math.max(0, (around_s - stretch.from_s) / (stretch.to_s - stretch.from_s)));
  return bounded(around_s - share * length, length, duration_s);
}

/** The stretch moved by a share of its length. */
export function slid({ from_s, to_s }: Stretch, share: number, duration_s: number): Stretch {
  return bounded(from_s + share * (to_s - from_s), to_s - from_s, duration_s);
}

/** The stretch, moved or made longer as little as shows a whole place with some room around it. */
export function showing(stretch: Stretch, from_s: number, to_s: number, duration_s: number): Stretch {
  const length = Math.max(stretch.to_s - stretch.from_s, (to_s - from_s) * (1 + 2 * ROOM));
  if (from_s >= stretch.from_s && to_s <= stretch.to_s) return stretch;
  return bounded((from_s + to_s) / 2 - length / 2, length, duration_s);
}

/** The stretch of a place alone, with some room around it. */
export function closeTo(from_s: number, to_s: number, duration_s: number): Stretch {
  const length = (to_s - from_s) * (1 + 2 * ROOM);
  return bounded((from_s + to_s) / 2 - length / 2, length, duration_s);
}

/** The coarsest level of zoom that still has a row for about every pixel. */
export function levelFor(rows_per_s: number, factor: number, levels: number, pixels_per_s: number): number {
  let level = 0;
  while (level + 1 < levels && rows_per_s / factor ** (level + 1) >= ENOUGH * pixels_per_s) level++;
  return level;
}

/** Round times inside the stretch, at most `most` of them, and how many digits they need. */
export function ticks({ from_s, to_s }: Stretch, most: number): { times: number[]; digits: number } {
  const step = STEPS_S.find((each) => (to_s - from_s) / each <= most) ?? 3600;
  const first = Math.floor(from_s / step) + 1;
  const times = Array.from({ length: Math.max(0, Math.ceil(to_s / step) - first) }, (_, n) => (first + n) * step);
  return { times, digits: step >= 1 ? 0 : step >= 0.1 ? 1 : 2 };
}
