/**
 * The live meter: A-weighted levels of the microphone's codes, as the measuring engine takes them.
 *
 * 20 ms hops, 40 ms sine window, three one-pole high-passes in time, weights per bin (acoustics.md §2).
 * The window is padded to a power of two; that differs by less than 0.00001 dB. Pure: no DOM, no clock.
 */

import { percentile } from "../clock";
import { A_GAIN_DB, A_POLES_HZ, FLOOR_DBFS, HIGH_PASS_POLES_HZ, HOPS_PER_S } from "./constants.gen";
import { Fft } from "./fft";

const FRAMES_PER_STEP = 5; // 100 ms
const FRAMES_PER_S = 50;
const FRAMES_PER_10_S = 500;
const STEPS_PER_10_S = 100;
const FULL_SCALE = 32768;

export interface Reading {
  last_sample: number; // samples of the stream up to and with the last frame
  laeq_1s: number; // dBFS, A-weighted
  laeq_10s: number;
  la90_10s: number;
  leq_100ms: number; // A-weighted, tells speech from background
  z_100ms: number; // unweighted: the speech meter
  peak: number; // linear, 0 to 1, of the last 100 ms
}

export class LevelMeter {
  private readonly hop: number;
  private readonly window: Float64Array;
  private readonly weights: Float64Array;
  private readonly fft: Fft;
  private readonly filter: HighPass;
  private frame: Float64Array;
  private filled = 0;
  private samples = 0;
  private powers: number[] = []; // A powers of the last 500 frames
  steps: readonly number[] = []; // levels of the last 100 steps of 100 ms
  private square = 0;
  private squares = 0;
  private peak = 0;

  constructor(rate_hz: number) {
    this.hop = Math.round(rate_hz / HOPS_PER_S);
    const size = 2 * this.hop;
    this.fft = new Fft(paddedSize(size));
    this.window = Float64Array.from({ length: size }, (_, n) => Math.sin((Math.PI * (n + 0.5)) / size));
    this.weights = binWeights(rate_hz);
    this.filter = new HighPass(rate_hz);
    this.frame = new Float64Array(size);
  }

  /** Take the next codes; returns a reading for each 100 ms they complete. */
  push(codes: Int16Array): Reading[] {
    const readings: Reading[] = [];
    for (let i = 0; i < codes.length; i++) {
      const x = codes[i]! / FULL_SCALE;
      this.square += x * x;
      this.squares++;
      this.peak = Math.max(this.peak, Math.abs(x));
      this.samples++;
      this.frame[this.filled++] = this.filter.next(x);
      if (this.filled === this.frame.length && this.frameDone()) readings.push(this.reading());
    }
    return readings;
  }

  /** A powers of the five frames of the last reading. */
  get recent(): readonly number[] {
    return this.powers.slice(-FRAMES_PER_STEP);
  }

  private frameDone(): boolean {
    this.powers.push(this.framePower());
    if (this.powers.length > FRAMES_PER_10_S) this.powers.shift();
    this.frame.copyWithin(0, this.hop);
    this.filled = this.hop;
    return (this.samples / this.hop - 1) % FRAMES_PER_STEP === 0;
  }

  private framePower(): number {
    const power = this.fft.powers(this.frame, this.window);
    let sum = 0;
    for (let k = 0; k < power.length; k++) sum += power[k]! * this.weights[k]!;
    return sum;
  }

  private reading(): Reading {
    const step = levelOf(mean(this.powers.slice(-FRAMES_PER_STEP)));
    this.steps = [...this.steps, step].slice(-STEPS_PER_10_S);
    const reading = {
      last_sample: this.samples,
      laeq_1s: levelOf(mean(this.powers.slice(-FRAMES_PER_S))),
      laeq_10s: levelOf(mean(this.powers)),
      la90_10s: percentile(this.steps, 0.1), // exceeded 90 % of the time, hence the 10th percentile
      leq_100ms: step,
      z_100ms: levelOf(this.square / this.squares),
      peak: this.peak,
    };
    this.square = this.squares = this.peak = 0;
    return reading;
  }
}

/** Weight of `|X|²` at each bin of the padded frame; with it the sum over bins is a mean square. */
export function binWeights(rate_hz: number): Float64Array {
  const hop = Math.round(rate_hz / HOPS_PER_S);
  const size = paddedSize(2 * hop);
  const weights = new Float64Array(size / 2 + 1);
  for (let k = 1; k < weights.length; k++) {
    const sides = k === size / 2 ? 1 : 2;
    weights[k] = (sides * binGain((k * rate_hz) / size, rate_hz)) / (size * hop);
  }
  return weights;
}

/** G: A-weighting less what the three digital high-passes have taken already, as a factor of power. */
export function binGain(frequency_hz: number, rate_hz: number): number {
  const [p1, p2, p3, p4] = A_POLES_HZ;
  const f2 = frequency_hz ** 2;
  const outer = (f2 + p1 ** 2) * (f2 + p4 ** 2);
  const inner = Math.sqrt((f2 + p2 ** 2) * (f2 + p3 ** 2));
  const a = ((p4 ** 2 * f2 ** 2) / (outer * inner)) * 10 ** (A_GAIN_DB / 20);
  const cosine = Math.cos((2 * Math.PI * frequency_hz) / rate_hz);
  const passed = radii(rate_hz).reduce(
    (power, r) => (power * ((1 + r) / 2) ** 2 * (2 - 2 * cosine)) / (1 - 2 * r * cosine + r ** 2),
    1,
  );
  return a ** 2 / passed;
}

/** The power of two that holds a frame. */
export function paddedSize(size: number): number {
  return 2 ** Math.ceil(Math.log2(size));
}

/** Level of a mean square, never below −120 dBFS. */
export function levelOf(power: number): number {
  return Math.max(FLOOR_DBFS, 10 * Math.log10(power));
}

function radii(rate_hz: number): number[] {
  return HIGH_PASS_POLES_HZ.map((pole_hz) => Math.exp((-2 * Math.PI * pole_hz) / rate_hz));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Three one-pole sections, begun as if the first sample had always been there: an offset makes no click. */
class HighPass {
  private readonly radius: number[];
  private readonly last = [0, 0, 0];
  private readonly out = [0, 0, 0];
  private begun = false;

  constructor(rate_hz: number) {
    this.radius = radii(rate_hz);
  }

  next(x: number): number {
    if (!this.begun) this.last[0] = x;
    this.begun = true;
    let value = x;
    for (let i = 0; i < this.radius.length; i++) {
      const r = this.radius[i]!;
      const y = ((1 + r) / 2) * (value - this.last[i]!) + r * this.out[i]!;
      this.last[i] = value;
      this.out[i] = y;
      value = y;
    }
    return value;
  }
}
