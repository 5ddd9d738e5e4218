/** The spectrogram: each tile is coloured once and then stretched; a coarser copy shows until the fine one is there. */

import type { Stretch } from "../transcribe/window";
import { density, sheetOf } from "./canvas";
import { rowsPerSecond, type PictureData } from "./data";
import { pageColours } from "./palette";
import { levelFor } from "./stretch";
import type { Tiles } from "./tiles";

const HIGHEST_HZ = 8000;
const ROW_HZ = 50;

/** Frequency rows of a picture: 160, fewer where half the rate is below 8 kHz. */
export function frequencyRows(rate_hz: number): number {
  return Math.min(HIGHEST_HZ / ROW_HZ, Math.floor(Math.floor(rate_hz / ROW_HZ) / 2));
}

export class Spectrum {
  private readonly coloured = new Map<string, OffscreenCanvas>();
  private colours: Uint8ClampedArray | null = null;

  private readonly tiles: Tiles;
  private readonly picture: PictureData;

  constructor(tiles: Tiles, picture: PictureData) {
    this.tiles = tiles;
    this.picture = picture;
  }

  /** Colours changed with the light: colour again. */
  forget(): void {
    this.colours = null;
    this.coloured.clear();
  }

  paint(canvas: HTMLCanvasElement, stretch: Stretch): void {
    this.colours ??= pageColours(canvas);
    const { spectrum } = this.picture.layers;
    const sheet = sheetOf(canvas, stretch);
    const wanted = levelFor(rowsPerSecond("spectrum", this.picture), spectrum.factor, spectrum.levels, density(canvas, stretch));
    for (let level = spectrum.levels - 1; level >= wanted; level--) {
      const per_s = rowsPerSecond("spectrum", this.picture) / spectrum.factor ** level;
      for (const { first, bytes, number } of this.tiles.over("spectrum", level, stretch.from_s * per_s, stretch.to_s * per_s, level === wanted)) {
        const image = this.image(`${level}/${number}`, new Uint8Array(bytes));
        const left = sheet.x((first + 0.5) / per_s); // a frame is 40 ms long: its middle lies 20 ms after its start
        sheet.pen.drawImage(image, left, 0, sheet.x((first + image.width + 0.5) / per_s) - left, sheet.height);
      }
    }
  }

  private image(key: string, codes: Uint8Array): OffscreenCanvas {
    const known = this.coloured.get(key);
    if (known !== undefined) return known;
    const height = frequencyRows(this.picture.rate_hz);
    const width = codes.length / height;
    const image = new OffscreenCanvas(width, height);
    const pen = image.getContext("2d")!;
    const pixels = pen.createImageData(width, height);
    const [words, colours] = [new Uint32Array(pixels.data.buffer), new Uint32Array(this.colours!.buffer)];
    for (let x = 0; x < width; x++) {
      for (let row = 0; row < height; row++) words[(height - 1 - row) * width + x] = colours[codes[x * height + row]!]!;
    }
    pen.putImageData(pixels, 0, 0);
    if (this.coloured.size > 80) this.coloured.delete(this.coloured.keys().next().value!);
    this.coloured.set(key, image);
    return image;
  }
}
