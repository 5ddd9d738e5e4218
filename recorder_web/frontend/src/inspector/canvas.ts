/** A canvas with as many pixels as the screen has, and colours by the names of the page's tokens. */

import type { Stretch } from "../transcribe/window";

export interface Sheet {
  pen: CanvasRenderingContext2D;
  width: number; // pixels of the screen
  height: number;
  colour(name: string): string;
  x(at_s: number): number;
}

export function sheetOf(canvas: HTMLCanvasElement, { from_s, to_s }: Stretch): Sheet {
  const [width, height] = [Math.round(canvas.clientWidth * devicePixelRatio), Math.round(canvas.clientHeight * devicePixelRatio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d")!;
  pen.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  return { pen, width, height, colour: (name) => style.getPropertyValue(name), x: (at_s) => ((at_s - from_s) / (to_s - from_s)) * width };
}

/** Pixels of the screen a second. */
export function density(canvas: HTMLCanvasElement, { from_s, to_s }: Stretch): number {
  return (canvas.clientWidth * devicePixelRatio) / (to_s - from_s);
}
