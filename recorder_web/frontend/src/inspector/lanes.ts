/** Lanes: where the speaker speaks, where a second person does (hatched), and flagged spans in as many rows as they need. */

import type { Stretch } from "../transcribe/window";
import { sheetOf } from "./canvas";
import type { Pair } from "./data";

const HATCH_PX = 5;

export function paintLane(canvas: HTMLCanvasElement, spans: readonly Pair[], stretch: Stretch, hatched: boolean): void {
  const { pen, x, height, width, colour } = sheetOf(canvas, stretch);
  const room = Math.round(height / 6);
  pen.fillStyle = pen.strokeStyle = colour(hatched ? "--ink-2" : "--accent");
  pen.lineWidth = 1.5 * devicePixelRatio;
  for (const [from_s, to_s] of spans) {
    const [left, right] = [x(from_s), Math.max(x(from_s) + 1, x(to_s))];
    if (right < 0 || left > width) continue;
    if (hatched) hatch(pen, left, right, room, height - room);
    else pen.fillRect(left, room, right - left, height - 2 * room);
  }
}

function hatch(pen: CanvasRenderingContext2D, left: number, right: number, top: number, bottom: number): void {
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, bottom - top);
  pen.stroke();
  pen.clip();
  pen.beginPath();
  for (let at = left - (bottom - top); at < right; at += HATCH_PX * devicePixelRatio) {
    pen.moveTo(at, bottom);
    pen.lineTo(at + bottom - top, top);
  }
  pen.stroke();
  pen.restore();
}

/** The row of each span, so that none covers another; both are as long as a label needs. Pure. */
export function rowsFor(spans: readonly { start_s: number; end_s: number }[], shortest_s: number): number[] {
  const ends: number[] = [];
  return spans.map(({ start_s, end_s }) => {
    const free = ends.findIndex((end) => end <= start_s);
    const row = free < 0 ? ends.length : free;
    ends[row] = Math.max(end_s, start_s + shortest_s);
    return row;
  });
}
