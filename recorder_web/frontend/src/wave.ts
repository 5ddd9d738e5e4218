/** A wave form from the file itself: peaks of a canonical PCM 16 WAV, drawn on a canvas. */

const HEADER_BYTES = 44;

export interface Wave {
  rate_hz: number;
  codes: Int16Array;
}

/** Samples of a WAV as our server writes it: 44 bytes of header, then PCM 16. */
export function readWave(file: ArrayBuffer): Wave {
  const view = new DataView(file);
  const frames = Math.floor(Math.min(view.getUint32(40, true), file.byteLength - HEADER_BYTES) / 2);
  return { rate_hz: view.getUint32(24, true), codes: new Int16Array(file, HEADER_BYTES, frames) };
}

/** Loudest sample of each of `count` equal parts, 0 to 1. */
export function peaksOf(codes: Int16Array, count: number): number[] {
  return Array.from({ length: count }, (_, part) => {
    let peak = 0;
    const end = Math.floor(((part + 1) * codes.length) / count);
    for (let i = Math.floor((part * codes.length) / count); i < end; i++) peak = Math.max(peak, Math.abs(codes[i]!));
    return peak / 32768;
  });
}

export interface Mark {
  from: number; // share of the width, 0 to 1
  to: number;
  colour: string; // name of a custom property
}

/** Draw peaks, coloured spans behind them and the play head; colours come from the page's tokens. */
export function drawWave(canvas: HTMLCanvasElement, peaks: readonly number[], marks: readonly Mark[], at: number | null, ink = "--accent"): void {
  const scale = devicePixelRatio;
  const [width, height] = [canvas.clientWidth * scale, canvas.clientHeight * scale];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  const style = getComputedStyle(canvas);
  const pen = canvas.getContext("2d")!;
  pen.clearRect(0, 0, width, height);
  for (const { from, to, colour } of marks) {
    pen.fillStyle = style.getPropertyValue(colour);
    pen.fillRect(from * width, 0, Math.max(2, (to - from) * width), height);
  }
  pen.fillStyle = style.getPropertyValue(ink);
  const step = width / peaks.length;
  peaks.forEach((peak, i) => {
    const tall = Math.max(scale, peak * height);
    pen.fillRect(i * step, (height - tall) / 2, Math.max(1, step * 0.6), tall);
  });
  if (at === null) return;
  pen.fillStyle = style.getPropertyValue("--stop");
  pen.fillRect(at * width - scale, 0, 2 * scale, height);
}
