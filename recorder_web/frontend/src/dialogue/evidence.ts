/** What two pages tell each other about their clocks while a take runs, on its way into that take's manifest. */

import type { Canonical } from "../canonical";
import { clockMessage, entryOf, Exchanges, type Exchange } from "./clock";
import { now_us } from "./peer";

export interface EvidenceHost {
  send(message: object): void; // by the channel that repeats nothing
  peer(): { call: string; page: string }; // whose clock the other one is
  note(kind: string, facts: Record<string, Canonical>): void;
}

export class Evidence {
  private readonly exchanges = new Exchanges();
  private readonly host: EvidenceHost;
  private mark: { frames: number; at_us: number; rate_hz: number } | null = null; // how far the own take was, and when

  constructor(host: EvidenceHost) {
    this.host = host;
  }

  /** A take begins: what came before is not its. */
  begin(): void {
    this.exchanges.forget();
  }

  /** The own take has grown so far. */
  grown(frames: number, rate_hz: number): void {
    this.mark = { frames, at_us: now_us(), rate_hz };
  }

  /** A tenth of a second with both on the line: ask. */
  tick(): void {
    if (this.mark === null) return;
    this.host.send(this.exchanges.ping(now_us()));
    this.keep(this.exchanges.due(now_us()));
  }

  /** A message of the other page, and when it came. */
  hear(text: string, at_us: number): void {
    const message = clockMessage(text);
    if (message?.k === "p") this.host.send({ k: "q", i: message.i, t0: message.t0, t1: at_us, t2: now_us() });
    else if (message !== null && this.mark !== null) this.exchanges.answered(message, at_us);
  }

  /** The take ends: what there is goes into it. */
  end(): void {
    this.keep(this.exchanges.flush());
    this.mark = null;
  }

  private keep(best: readonly Exchange[]): void {
    const { mark } = this;
    if (mark === null || best.length === 0) return;
    const { call, page } = this.host.peer();
    const sampleAt = (t0: number): number => Math.max(0, Math.round(mark.frames + ((t0 - mark.at_us) * mark.rate_hz) / 1e6));
    this.host.note("exchanges", { list: best.map((exchange) => entryOf(exchange, sampleAt(exchange.t0), call, page)) });
  }
}
