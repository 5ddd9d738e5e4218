/** Tiles of a picture: fetched when they are first asked for, the ones seen last kept. */

import { rowsOf, type LayerName, type PictureData } from "./data";

const KEPT = 160;

export class Tiles {
  private readonly kept = new Map<string, ArrayBuffer | null>(); // null: on its way, or not to be had

  coming = 0; // tiles on their way
  private readonly picture: PictureData;
  private readonly changed: () => void;

  constructor(picture: PictureData, changed: () => void) {
    this.picture = picture;
    this.changed = changed;
    for (const [key, text] of Object.entries(picture.near)) this.kept.set(key, Uint8Array.from(atob(text), (each) => each.charCodeAt(0)).buffer);
  }

  /** The bytes of a tile; null while they come, and asked for unless one only looks. */
  get(layer: LayerName, level: number, number: number, ask = true): ArrayBuffer | null {
    const key = `${layer}/${level}/${number}`;
    const known = this.kept.get(key);
    if (known !== undefined) {
      this.kept.delete(key);
      this.kept.set(key, known); // seen last
      return known;
    }
    if (ask && this.picture.state === "ready") void this.fetch(key);
    return null;
  }

  /** The tiles that hold rows `from` to `to` of a level, each with the number of its first row. */
  *over(layer: LayerName, level: number, from: number, to: number, ask = true): Generator<{ first: number; bytes: ArrayBuffer; number: number }> {
    const { tile } = this.picture.layers[layer];
    const rows = rowsOf(layer, level, this.picture);
    for (let number = Math.floor(Math.max(0, from) / tile); number * tile < Math.min(to, rows); number++) {
      const bytes = this.get(layer, level, number, ask);
      if (bytes !== null) yield { first: number * tile, bytes, number };
    }
  }

  private async fetch(key: string): Promise<void> {
    this.kept.set(key, null);
    this.coming++;
    const response = await fetch(`${this.picture.address}/${key}`).catch(() => null);
    const bytes = response?.ok ? await response.arrayBuffer().catch(() => null) : null;
    this.coming--;
    if (response === null) setTimeout(() => this.kept.delete(key), 2_000); // the line is down: asked again when drawn
    if (bytes === null) return;
    this.kept.set(key, bytes);
    for (const old of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(old);
    }
    this.changed();
  }
}
