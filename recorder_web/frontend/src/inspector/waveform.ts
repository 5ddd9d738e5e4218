/** The wave form: lowest and highest sample over every pixel, as tall as the loudest of the item allows. */

import type { Stretch } from "../transcribe/window";
import { density, sheetOf } from "./canvas";
import { rowsOf, rowsPerSecond, type PictureData } from "./data";
import { levelFor } from "./stretch";
import type { Tiles } from "./tiles";

const LOWEST_PEAK = 0.02; // of full scale: what is quieter is not drawn larger still
const FILLED = 0.94;

/** The loudest sample of the item, 0 to 1; null while it is not known. */
export function peakOf(tiles: Tiles, picture: PictureData): number | null {
  const level = picture.layers.wave.levels - 1;
  let [peak, known] = [0, false];
  for (const { bytes } of tiles.over("wave", level, 0, rowsOf("wave", level, picture))) {
    known = true;
    for (const value of new Int16Array(bytes)) peak = Math.max(peak, Math.abs(value));
  }
  return known ? peak / 32768 : null;
}

export function paintWave(canvas: HTMLCanvasElement, tiles: Tiles, picture: PictureData, stretch: Stretch): void {
  const { wave } = picture.layers;
  const sheet = sheetOf(canvas, stretch);
  const gain = FILLED / Math.max(LOWEST_PEAK, peakOf(tiles, picture) ?? 1);
  const wanted = levelFor(rowsPerSecond("wave", picture), wave.factor, wave.levels, density(canvas, stretch));
  sheet.pen.fillStyle = sheet.colour("--accent");
  sheet.pen.fillRect(0, Math.floor(sheet.height / 2), sheet.width, 1);
  for (let level = wave.levels - 1; level >= wanted; level--) {
    const per_s = rowsPerSecond("wave", picture) / wave.factor ** level;
    for (const { first, bytes } of tiles.over("wave", level, stretch.from_s * per_s, stretch.to_s * per_s, level === wanted)) {
      const rows = new Int16Array(bytes);
      const [left, right] = [first, first + rows.length / 2].map((row) => Math.min(sheet.width, Math.max(0, sheet.x(row / per_s)))) as [number, number];
      sheet.pen.clearRect(left, 0, right - left, sheet.height); // over what a coarser copy showed meanwhile
      for (let x = Math.floor(left); x < right; x++) {
        const at = stretch.from_s + (x / sheet.width) * (stretch.to_s - stretch.from_s);
        const row = Math.floor(at * per_s) - first;
        const last = Math.max(row + 1, Math.ceil((at + (stretch.to_s - stretch.from_s) / sheet.width) * per_s) - first);
        bar(sheet.pen, rows, Math.max(0, row), last, x, sheet.height, gain);
      }
    }
  }
}

function bar(pen: CanvasRenderingContext2D, rows: Int16Array, row: number, last: number, x: number, height: number, gain: number): void {
  let [low, high] = [32767, -32768];
  for (let at = row; at < last && 2 * at < rows.length; at++) {
    low = Math.min(low, rows[2 * at]!);
    high = Math.max(high, rows[2 * at + 1]!);
  }
  if (low > high) return;
  const [top, bottom] = [high, low].map((value) => (height / 2) * (1 - (value / 32768) * gain)) as [number, number];
  pen.fillRect(x, top, 1, Math.max(1, bottom - top));
}
