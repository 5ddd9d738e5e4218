/** Asks for the verdicts of takes that have arrived, patiently and one at a time, until each has one. */

import type { TakeAnswer } from "./data";

const FIRST_MS = 700;
const SLOWEST_MS = 10_000;
const HUNG_MS = 30_000;
const NOT_CUT_MS = 60_000; // a take in which nothing was found to cut may stay so

interface Question {
  take: string;
  due_ms: number;
  wait_ms: number; // until it is asked again
}

export class Verdicts {
  private readonly api: string;
  private readonly tell: (take: string, answer: TakeAnswer) => void;
  private readonly asked = new Set<string>();
  private open: Question[] = []; // the newest last
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking = false;

  constructor(api: string, tell: (take: string, answer: TakeAnswer) => void) {
    this.api = api;
    this.tell = tell;
  }

  /** Follow a take until it is judged; asking twice is one question. */
  follow(take: string): void {
    if (this.asked.has(take)) return;
    this.asked.add(take);
    this.open.push({ take, due_ms: Date.now(), wait_ms: FIRST_MS });
    this.schedule();
  }

  /** Verdicts share the few connections of a browser with the sound: a thousand takes must not take them all. */
  private schedule(): void {
    clearTimeout(this.timer);
    if (this.asking || this.open.length === 0) return;
    const next_ms = this.open.reduce((first, { due_ms }) => Math.min(first, due_ms), Infinity);
    this.timer = setTimeout(() => void this.askOne(), Math.max(0, next_ms - Date.now()));
  }

  private async askOne(): Promise<void> {
    const question = this.open.findLast(({ due_ms }) => due_ms <= Date.now());
    if (question === undefined) return this.schedule();
    this.asking = true;
    const answer = await this.get(question.take);
    this.asking = false;
    if (answer !== null) this.tell(question.take, answer);
    if (answer !== null && isJudged(answer)) this.open = this.open.filter((other) => other !== question);
    else postpone(question, answer);
    this.schedule();
  }

  private async get(take: string): Promise<TakeAnswer | null> {
    try {
      const response = await fetch(`${this.api}/takes/${take}`, { signal: AbortSignal.timeout(HUNG_MS) });
      return response.ok ? ((await response.json()) as TakeAnswer) : null;
    } catch {
      return null; // the network is away; the next question comes by itself
    }
  }
}

function postpone(question: Question, answer: TakeAnswer | null): void {
  const slowest_ms = answer?.items.length === 0 ? NOT_CUT_MS : SLOWEST_MS;
  question.due_ms = Date.now() + question.wait_ms;
  question.wait_ms = Math.min(slowest_ms, question.wait_ms * 1.5);
}

/** Whether all is said: a take that is not cut into items yet has no verdict either. */
function isJudged({ items }: TakeAnswer): boolean {
  return items.length > 0 && items.every((item) => item.verdict !== null);
}
