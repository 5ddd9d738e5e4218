/** Colours of a spectrogram: steps of equal lightness between the page's own, one for each code of two decibels. */

const STOPS = ["--spec-0", "--spec-1", "--spec-2", "--spec-3", "--spec-4"];
const CODES = 64;
const DARKEST = 12; // code: −96 dBFS and less in 50 Hz
const BRIGHTEST = 46; // −28 dBFS

/** Red, green, blue of a colour written as #rrggbb. */
export function rgbOf(colour: string): [number, number, number] {
  const value = Number.parseInt(colour.trim().slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** A colour for every code, as bytes red, green, blue, opaque. Pure. */
export function coloursOf(stops: readonly string[]): Uint8ClampedArray {
  const known = stops.map(rgbOf);
  const colours = new Uint8ClampedArray(4 * CODES);
  for (let code = 0; code < CODES; code++) {
    const at = Math.min(1, Math.max(0, (code - DARKEST) / (BRIGHTEST - DARKEST))) * (known.length - 1);
    const stop = Math.min(known.length - 2, Math.floor(at));
    for (let part = 0; part < 3; part++) colours[4 * code + part] = known[stop]![part]! + (at - stop) * (known[stop + 1]![part]! - known[stop]![part]!);
    colours[4 * code + 3] = 255;
  }
  return colours;
}

export function pageColours(element: Element): Uint8ClampedArray {
  const style = getComputedStyle(element);
  return coloursOf(STOPS.map((name) => style.getPropertyValue(name)));
}
