/** Asks for the verdicts of takes that have arrived, patiently, until each has one. */

import type { TakeAnswer } from "./data";

const FIRST_MS = 700;
const SLOWEST_MS = 10_000;
const NOT_CUT_MS = 60_000; // a take in which nothing was found to cut may stay so

export class Verdicts {
  private readonly api: string;
  private readonly tell: (take: string, answer: TakeAnswer) => void;
  private readonly asked = new Set<string>();

  constructor(api: string, tell: (take: string, answer: TakeAnswer) => void) {
    this.api = api;
    this.tell = tell;
  }

  /** Follow a take until it is judged; asking twice is one question. */
  follow(take: string): void {
    if (this.asked.has(take)) return;
    this.asked.add(take);
    void this.ask(take, FIRST_MS);
  }

  private async ask(take: string, wait_ms: number): Promise<void> {
    const answer = await this.get(take);
    if (answer !== null) this.tell(take, answer);
    if (answer !== null && isJudged(answer)) return;
    const slowest_ms = answer?.items.length === 0 ? NOT_CUT_MS : SLOWEST_MS;
    setTimeout(() => void this.ask(take, Math.min(slowest_ms, wait_ms * 1.5)), wait_ms);
  }

  private async get(take: string): Promise<TakeAnswer | null> {
    try {
      const response = await fetch(`${this.api}/takes/${take}`);
      return response.ok ? ((await response.json()) as TakeAnswer) : null;
    } catch {
      return null; // the network is away; the next question comes by itself
    }
  }
}

/** Whether all is said: a take that is not cut into items yet has no verdict either. */
function isJudged({ items }: TakeAnswer): boolean {
  return items.length > 0 && items.every((item) => item.verdict !== null);
}
