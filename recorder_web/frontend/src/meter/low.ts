/** The signal at about 1 kHz: where mains hum lies, and what tells a voice from a bang. Pure. */

/** Each sample is a triangular mean over two of its steps: −52 dB at 1 kHz, enough for a hint. */
export class Low {
  readonly rate_hz: number;
  private readonly factor: number;
  private count = 0;
  private sum = 0;
  private rising = 0; // weighted up to the middle of the triangle
  private before = 0; // and what the last block leaves for its falling side

  constructor(rate_hz: number) {
    this.factor = Math.round(rate_hz / 1_000);
    this.rate_hz = rate_hz / this.factor;
  }

  /** Take the next codes; returns the samples they complete, full scale 1. */
  push(codes: Int16Array): number[] {
    const { factor } = this;
    const low: number[] = [];
    for (let i = 0; i < codes.length; i++) {
      const x = codes[i]! / 32768;
      this.sum += x;
      this.rising += x * (++this.count / factor);
      if (this.count < factor) continue;
      low.push((this.before + this.rising) / factor);
      this.before = this.sum - this.rising;
      this.sum = this.rising = this.count = 0;
    }
    return low;
  }
}
