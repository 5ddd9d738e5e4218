/** Radix-2 Fourier transform of one size, for the powers of real frames. Pure. */

export class Fft {
  private readonly size: number;
  private readonly cosine: Float64Array;
  private readonly sine: Float64Array;
  private readonly order: Uint32Array;
  private readonly re: Float64Array;
  private readonly im: Float64Array;
  private readonly power: Float64Array;

  /** @param size a power of two */
  constructor(size: number) {
    this.size = size;
    this.cosine = Float64Array.from({ length: size / 2 }, (_, k) => Math.cos((2 * Math.PI * k) / size));
    this.sine = Float64Array.from({ length: size / 2 }, (_, k) => -Math.sin((2 * Math.PI * k) / size));
    this.order = bitReversed(size);
    this.re = new Float64Array(size);
    this.im = new Float64Array(size);
    this.power = new Float64Array(size / 2 + 1);
  }

  /** `|X|²` of the windowed frame, zero-padded; the same array is filled again at the next call. */
  powers(frame: Float64Array, window: Float64Array): Float64Array {
    this.re.fill(0);
    this.im.fill(0);
    for (let n = 0; n < frame.length; n++) this.re[this.order[n]!] = frame[n]! * window[n]!;
    for (let half = 1; half < this.size; half *= 2) this.stage(half);
    for (let k = 0; k < this.power.length; k++) this.power[k] = this.re[k]! ** 2 + this.im[k]! ** 2;
    return this.power;
  }

  private stage(half: number): void {
    const { re, im, cosine, sine, size } = this;
    const stride = size / (2 * half);
    for (let start = 0; start < size; start += 2 * half) {
      for (let k = 0; k < half; k++) {
        const a = start + k;
        const b = a + half;
        const c = cosine[k * stride]!;
        const s = sine[k * stride]!;
        const x = re[b]! * c - im[b]! * s;
        const y = re[b]! * s + im[b]! * c;
        re[b] = re[a]! - x;
        im[b] = im[a]! - y;
        re[a] = re[a]! + x;
        im[a] = im[a]! + y;
      }
    }
  }
}

function bitReversed(size: number): Uint32Array {
  const order = new Uint32Array(size);
  for (let n = 1; n < size; n++) order[n] = (order[n >> 1]! >> 1) | (n & 1 ? size / 2 : 0);
  return order;
}
