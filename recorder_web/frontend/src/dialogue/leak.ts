/**
 * How loud the partner leaks into the own track: a sweep is played as loud as they are heard, and looked for in the
 * track by its form (a matched filter), so that a voice or a noise beside it is not taken for it. Pure.
 */

export const SWEEP_S = 0.5;
const LOW_HZ = 300;
const HIGH_HZ = 4_000;
const FADE_S = 0.02;
const SEARCH_RATE_HZ = 12_000; // enough for what lies below 4 kHz, and a quarter of the work
const FULL_SCALE = 32_768;
const STANDS_OUT = 6; // times the median of what is found elsewhere

export const LEAK_DB = -20; // re the own voice: above it the other one is heard in the track

/** What is played: shape (0.5 s · rate), loudest 1. `quadrature` is the same a quarter of a turn later. */
export function sweep(rate_hz: number, quadrature = false): Float32Array<ArrayBuffer> {
  const size = Math.round(SWEEP_S * rate_hz);
  const slope = (HIGH_HZ - LOW_HZ) / SWEEP_S;
  return Float32Array.from({ length: size }, (_, n) => {
    const t = n / rate_hz;
    const phase = 2 * Math.PI * (LOW_HZ * t + (slope * t * t) / 2);
    const edge = Math.min(1, t / FADE_S, (SWEEP_S - t) / FADE_S);
    return Math.sin((Math.PI / 2) * Math.max(0, edge)) ** 2 * (quadrature ? Math.cos(phase) : Math.sin(phase));
  });
}

/** By what a sweep is to be multiplied so that it sounds as loud as a voice of this level at this volume. */
export function sweepGain(voice_dbfs: number, volume: number): number {
  return Math.min(0.9, Math.SQRT2 * 10 ** (voice_dbfs / 20) * volume);
}

export interface Leak {
  level_dbfs: number; // of the sweep in the track; if it does not stand out, no more than this
  heard: boolean;
  at_s: number; // where it begins
}

/** The sweep in `codes`; null for a track shorter than it. */
export function leakOf(codes: Int16Array, rate_hz: number): Leak | null {
  const step = Math.max(1, Math.floor(rate_hz / SEARCH_RATE_HZ));
  const track = thinned(Float32Array.from(codes, (code) => code / FULL_SCALE), step);
  const [sine, cosine] = [false, true].map((quadrature) => thinned(sweep(rate_hz, quadrature), step)) as [Float32Array, Float32Array];
  if (track.length <= sine.length) return null;
  const amplitudes = matched(track, sine, cosine);
  const at = amplitudes.indexOf(amplitudes.reduce((most, amplitude) => Math.max(most, amplitude), 0));
  const median = [...amplitudes].sort((one, other) => one - other)[amplitudes.length >> 1]!;
  const heard = amplitudes[at]! > STANDS_OUT * median;
  return { level_dbfs: 20 * Math.log10(Math.max(1e-6, amplitudes[at]!) / Math.SQRT2), heard, at_s: (at * step) / rate_hz };
}

/** Amplitude of the sweep at each place where it may begin, whatever its phase: a correlation, by Fourier transforms. */
function matched(track: Float32Array, sine: Float32Array, cosine: Float32Array): Float64Array {
  const size = 2 ** Math.ceil(Math.log2(track.length + sine.length));
  const [heard, form] = [complex(size, track), complex(size, sine, cosine)];
  transform(heard);
  transform(form);
  const both = complex(size);
  for (let k = 0; k < size; k++) {
    const [a, b, c, d] = [heard.re[k]!, heard.im[k]!, form.re[k]!, form.im[k]!];
    both.re[k] = a * c + b * d; // times the conjugate; the conjugate of it all goes back by a forward transform
    both.im[k] = -(b * c - a * d);
  }
  transform(both);
  const energy = sine.reduce((sum, value, n) => sum + value ** 2 + cosine[n]! ** 2, 0) / 2;
  return Float64Array.from({ length: track.length - sine.length + 1 }, (_, at) => Math.hypot(both.re[at]!, both.im[at]!) / (size * energy));
}

interface Complex {
  re: Float64Array;
  im: Float64Array;
}

function complex(size: number, re: Float32Array = new Float32Array(), im: Float32Array = new Float32Array()): Complex {
  const value = { re: new Float64Array(size), im: new Float64Array(size) };
  value.re.set(re);
  value.im.set(im);
  return value;
}

/** Radix-2 transform in place: natural order in, natural order out. */
function transform({ re, im }: Complex): void {
  const size = re.length;
  for (let n = 1, m = 0; n < size; n++) {
    let bit = size >> 1;
    for (; m & bit; bit >>= 1) m ^= bit;
    m ^= bit;
    if (n < m) [re[n], re[m], im[n], im[m]] = [re[m]!, re[n]!, im[m]!, im[n]!];
  }
  for (let half = 1; half < size; half *= 2) {
    for (let k = 0; k < half; k++) {
      const [c, s] = [Math.cos((Math.PI * k) / half), -Math.sin((Math.PI * k) / half)];
      for (let a = k; a < size; a += 2 * half) {
        const b = a + half;
        const x = re[b]! * c - im[b]! * s;
        const y = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a]! += x;
        im[a]! += y;
      }
    }
  }
}

/** Every n-th sample behind a low-pass (a windowed sinc): both sides go through the same one, so its gain cancels. */
function thinned(samples: Float32Array, step: number): Float32Array {
  if (step === 1) return samples;
  const half = 8 * step;
  const taps = Float32Array.from({ length: 2 * half + 1 }, (_, n) => {
    const x = (n - half) / step;
    return (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)) * Math.cos((Math.PI * (n - half)) / (2 * half + 2)) ** 2 / step;
  });
  return Float32Array.from({ length: Math.floor(samples.length / step) }, (_, n) => {
    let sum = 0;
    for (let k = -half; k <= half; k++) sum += (samples[n * step + k] ?? 0) * taps[k + half]!;
    return sum;
  });
}
