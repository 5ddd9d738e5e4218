/** The level over time: all of it faint, the background between speech strong, the band shaded, what leaves it filled. */

import type { Stretch } from "../transcribe/window";
import { density, sheetOf, type Sheet } from "./canvas";
import { NO_LEVEL, rowsPerSecond, type PictureData, type Scale } from "./data";
import { levelFor } from "./stretch";
import type { Tiles } from "./tiles";

const ALL = 0;
const BACKGROUND = 1;
const LONGEST_STEP_S = 10;

export interface Range {
  bottom: number; // dB
  top: number;
}

/** Whole tens around what is drawn, the band's edges among it. Pure. */
export function rangeOf(levels: Iterable<number>, { low, high, level }: Scale): Range {
  const all = [...[...levels].filter(Number.isFinite), low, high, level].filter((each): each is number => each !== null);
  if (all.length === 0) return { bottom: 20, top: 80 };
  const [least, most] = all.reduce(([a, b], each) => [Math.min(a, each), Math.max(b, each)], [Infinity, -Infinity]);
  const bottom = Math.floor((least - 3) / 10) * 10;
  return { bottom, top: Math.max(bottom + 20, Math.ceil((most + 3) / 10) * 10) };
}

/** Levels of a tile in the unit of the scale; NaN where nobody knows. */
function levels(bytes: ArrayBuffer, which: number, { offset_db }: Scale): Float32Array {
  const codes = new Int16Array(bytes);
  return Float32Array.from({ length: codes.length / 2 }, (_, row) => (codes[2 * row + which] === NO_LEVEL ? NaN : codes[2 * row + which]! / 100 + offset_db));
}

export class Curve {
  range: Range | null = null; // once known it stays: a scale that moves misleads
  step_s = 0.1;

  private readonly tiles: Tiles;
  private readonly picture: PictureData;

  constructor(tiles: Tiles, picture: PictureData) {
    this.tiles = tiles;
    this.picture = picture;
  }

  /** Highest background level of what has come; null while nothing has. */
  highest(): number | null {
    const values = [...this.coarsest(BACKGROUND)].filter(Number.isFinite);
    return values.length === 0 ? null : values.reduce((a, b) => Math.max(a, b));
  }

  private *coarsest(which: number): Generator<number> {
    const { level } = this.picture.layers;
    const at = Math.min(level.levels - 1, this.picture.frames / this.picture.rate_hz > 600 ? 1 : 0);
    for (const { bytes } of this.tiles.over("level", at, 0, Infinity)) yield* levels(bytes, which, this.picture.scale);
  }

  paint(canvas: HTMLCanvasElement, stretch: Stretch): void {
    const { level } = this.picture.layers;
    const sheet = sheetOf(canvas, stretch);
    const known = [...this.coarsest(ALL), ...this.coarsest(BACKGROUND)];
    if (known.length > 0) this.range ??= rangeOf(known, this.picture.scale);
    const range = this.range ?? rangeOf([], this.picture.scale);
    const y = (db: number): number => sheet.height * (1 - (db - range.bottom) / (range.top - range.bottom));
    this.band(sheet, y);
    const per_s = rowsPerSecond("level", this.picture);
    const wanted = levelFor(per_s, level.factor, level.levels, density(canvas, stretch) / 3); // three pixels a step can be told apart
    this.step_s = Math.min(LONGEST_STEP_S, level.factor ** wanted / per_s);
    for (const { first, bytes } of this.tiles.over("level", wanted, stretch.from_s / this.step_s, stretch.to_s / this.step_s)) {
      this.line(sheet, y, first, levels(bytes, ALL, this.picture.scale), "--ink-3", 1);
      const background = levels(bytes, BACKGROUND, this.picture.scale);
      this.outside(sheet, y, first, background);
      this.line(sheet, y, first, background, "--ink", 2);
    }
  }

  private band({ pen, width, height, colour }: Sheet, y: (db: number) => number): void {
    const { band, low, high } = this.picture.scale;
    if (low === null && high === null) return;
    const [top, bottom] = [high === null ? 0 : y(high), low === null ? height : y(low)];
    pen.fillStyle = colour(`--band-${band}-soft`);
    pen.fillRect(0, top, width, bottom - top);
    pen.strokeStyle = colour(`--band-${band}`);
    pen.lineWidth = devicePixelRatio;
    pen.setLineDash([5 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const edge of [low, high]) {
      if (edge === null) continue;
      pen.beginPath();
      pen.moveTo(0, y(edge));
      pen.lineTo(width, y(edge));
      pen.stroke();
    }
    pen.setLineDash([]);
  }

  private line({ pen, x, colour }: Sheet, y: (db: number) => number, first: number, values: Float32Array, name: string, wide: number): void {
    pen.strokeStyle = colour(name);
    pen.lineWidth = wide * devicePixelRatio;
    pen.lineJoin = pen.lineCap = "round";
    pen.beginPath();
    let down = false;
    values.forEach((value, row) => {
      if (Number.isNaN(value)) return void (down = false);
      const at = x((first + row + 0.5) * this.step_s);
      if (down) pen.lineTo(at, y(value));
      else pen.moveTo(at - wide, y(value)); // a window alone is a dash
      pen.lineTo(at + 0.1, y(value));
      down = true;
    });
    pen.stroke();
  }

  /** What of the background lies beyond an edge is filled up to it. */
  private outside({ pen, x, colour }: Sheet, y: (db: number) => number, first: number, values: Float32Array): void {
    const { low, high } = this.picture.scale;
    pen.fillStyle = colour("--stop");
    pen.globalAlpha = 0.25;
    values.forEach((value, row) => {
      const edge = high !== null && value > high ? high : low !== null && value < low ? low : null;
      if (edge === null) return;
      const [left, right] = [x((first + row) * this.step_s), x((first + row + 1) * this.step_s)];
      pen.fillRect(left, Math.min(y(edge), y(value)), right - left, Math.abs(y(edge) - y(value)));
    });
    pen.globalAlpha = 1;
  }
}
