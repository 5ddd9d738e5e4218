/**
 * Clipped runs of a take so far, counted as the measuring engine counts them over the same samples:
 * three or more at full scale, or as many equal ones at the highest value of a side that stays below it,
 * with a step into or out of the run. Pure.
 */

const FULL_SCALE = Math.ceil(0.999 * 32768);
const LOWEST_PEAK = 0.01 * 32768; // below −40 dBFS a few steps of noise look flat
const STEP = 8; // the rounded top of a clean low tone steps 5 at most
const SHORTEST_RUN = 3;

export class ClipWatch {
  private full = 0;
  private run = 0;
  private readonly sides = [new FlatTops(), new FlatTops()] as const;

  push(codes: Int16Array): void {
    const [above, below] = this.sides;
    for (let i = 0; i < codes.length; i++) {
      const code = codes[i]!;
      if (Math.abs(code) < FULL_SCALE) this.run = 0;
      else if (++this.run === SHORTEST_RUN) this.full++;
      above.push(code);
      below.push(-code);
    }
  }

  /** Runs at full scale: these are heard as clipped whatever comes later. */
  get fullScaleRuns(): number {
    return this.full;
  }

  get runs(): number {
    return this.full + this.sides[0].runs + this.sides[1].runs;
  }
}

/** Runs at the highest value of one side; forgotten as soon as a higher one comes. */
class FlatTops {
  private extreme = 0;
  private closed = 0;
  private length = 0; // of the open run
  private stepped = false; // a step led into it
  private last: number | null = null;

  push(value: number): void {
    if (value > this.extreme) this.rise(value);
    else if (value === this.extreme && value > LOWEST_PEAK) this.top();
    else if (this.length > 0) this.close(value);
    this.last = value;
  }

  get runs(): number {
    if (this.extreme >= FULL_SCALE) return 0;
    return this.closed + (this.length >= SHORTEST_RUN && this.stepped ? 1 : 0);
  }

  private rise(value: number): void {
    this.extreme = value;
    this.closed = this.length = 0;
    if (value > LOWEST_PEAK) this.top();
  }

  private top(): void {
    if (this.length++ === 0) this.stepped = this.last !== null && this.extreme - this.last >= STEP;
  }

  private close(after: number): void {
    if (this.length >= SHORTEST_RUN && (this.stepped || this.extreme - after >= STEP)) this.closed++;
    this.length = 0;
  }
}
