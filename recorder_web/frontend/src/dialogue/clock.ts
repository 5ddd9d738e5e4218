/**
 * What the two pages tell each other about their clocks: a ping and its answer carry four moments, and the quickest of
 * a minute say best how far the clocks are apart. Only evidence is kept here; the server fits. Pure.
 *
 * Moments are whole microseconds of `performance.timeOrigin + performance.now()`: page and take worker share that
 * clock, and packets are stamped with it (`capture/house.ts`).
 */

const MINUTE_US = 60_000_000;
const BEST_SHARE = 0.1;
const MOST_A_MINUTE = 12; // of the 60 of a tenth: four hours of more would be too long a manifest
const AWAITED = 60; // pings

/** One exchange: `t0` and `t3` on the own clock, `t1` and `t2` on the other's. */
export interface Exchange {
  t0: number;
  t1: number;
  t2: number;
  t3: number;
}

export type ClockMessage = { k: "p"; i: number; t0: number } | ({ k: "q"; i: number } & Omit<Exchange, "t3">);

/**
 * How an exchange is written in a manifest: `sample` of the own take at `t0`, moments in µs as text, the call, and the
 * page whose clock `t1` and `t2` are: one that was loaded anew has another.
 */
export type Entry = { sample: number; t0_us: string; t1_us: string; t2_us: string; t3_us: string; peer: string; page: string };

/** A message of the channel, or null for anything else. */
export function clockMessage(text: string): ClockMessage | null {
  try {
    const message = JSON.parse(text) as Partial<Record<string, unknown>> | null;
    const wanted = message?.["k"] === "p" ? ["i", "t0"] : message?.["k"] === "q" ? ["i", "t0", "t1", "t2"] : null;
    return wanted?.every((key) => Number.isSafeInteger(message![key])) ? (message as ClockMessage) : null;
  } catch {
    return null;
  }
}

/** Microseconds that an exchange was under way, less what the other side took to answer. */
export function rtt_us({ t0, t1, t2, t3 }: Exchange): number {
  return t3 - t0 - (t2 - t1);
}

/** The tenth that was under way for the shortest time, at least one and at most twelve, as they came. */
export function bestOf(exchanges: readonly Exchange[]): Exchange[] {
  const count = Math.min(MOST_A_MINUTE, Math.ceil(exchanges.length * BEST_SHARE));
  const quickest = [...exchanges].sort((one, other) => rtt_us(one) - rtt_us(other)).slice(0, count);
  return quickest.sort((one, other) => one.t0 - other.t0);
}

export function entryOf({ t0, t1, t2, t3 }: Exchange, sample: number, peer: string, page: string): Entry {
  return { sample, t0_us: String(t0), t1_us: String(t1), t2_us: String(t2), t3_us: String(t3), peer, page };
}

/** Pings that wait for their answer, and the exchanges of the minute. */
export class Exchanges {
  private sent = new Map<number, number>(); // number of a ping -> t0
  private minute: Exchange[] = [];
  private next = 0;

  /** The next ping. */
  ping(t0: number): ClockMessage {
    this.sent.set(this.next, t0);
    this.sent.delete(this.next - AWAITED); // lost long ago: the channel repeats nothing
    return { k: "p", i: this.next++, t0 };
  }

  /** An answer has come. One that nobody waits for, or that came before it was asked for, says nothing. */
  answered({ i, t0, t1, t2 }: Extract<ClockMessage, { k: "q" }>, t3: number): void {
    const asked = this.sent.get(i);
    this.sent.delete(i);
    const exchange = { t0, t1, t2, t3 };
    if (asked === t0 && t2 >= t1 && rtt_us(exchange) >= 0) this.minute.push(exchange);
  }

  /** The best of a minute once it is over, else none. */
  due(now_us: number): Exchange[] {
    return this.minute.length > 0 && now_us - this.minute[0]!.t0 >= MINUTE_US ? this.flush() : [];
  }

  /** The best of what there is: the take ends. */
  flush(): Exchange[] {
    const best = bestOf(this.minute);
    this.minute = [];
    return best;
  }

  /** Another take, or another clock: what came before is not its. */
  forget(): void {
    this.minute = [];
  }
}
