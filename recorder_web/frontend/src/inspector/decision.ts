/** A decision that is held back for ten seconds, so that it can be taken back; then it is sent once. */

export type Kind = "accept" | "fix" | "reject";

export interface Held {
  kind: Kind;
  body: URLSearchParams;
  until_ms: number;
}

export type Sent = { ok: true } | { ok: false; said: string };
export type State = { at: "open"; said: string | null } | ({ at: "held" } & Held) | { at: "sending"; kind: Kind } | { at: "sent"; kind: Kind };

export const HOLD_MS = 10_000;

export interface Outside {
  now(): number;
  later(run: () => void, ms: number): number;
  forget(timer: number): void;
  send(body: URLSearchParams): Promise<Sent>;
  changed(): void;
}

export class Decision {
  state: State = { at: "open", said: null };
  private timer = 0;

  private readonly outside: Outside;

  constructor(outside: Outside) {
    this.outside = outside;
  }

  /** Hold a decision; another one in its place while one is held is the same wish changed. */
  hold(kind: Kind, body: URLSearchParams): void {
    if (this.state.at === "sending" || this.state.at === "sent") return;
    this.outside.forget(this.timer);
    this.timer = this.outside.later(() => void this.send(), HOLD_MS);
    this.become({ at: "held", kind, body, until_ms: this.outside.now() + HOLD_MS });
  }

  /** Take it back; true if there was something to take back. */
  undo(): boolean {
    if (this.state.at !== "held") return false;
    this.outside.forget(this.timer);
    this.become({ at: "open", said: null });
    return true;
  }

  /** Send what is held; true if nothing is left to send. A refusal leaves the page as it was, with the reason. */
  async send(): Promise<boolean> {
    if (this.state.at !== "held") return this.state.at !== "sending";
    const { kind, body } = this.state;
    this.outside.forget(this.timer);
    this.become({ at: "sending", kind });
    const sent = await this.outside.send(body);
    this.become(sent.ok ? { at: "sent", kind } : { at: "open", said: sent.said });
    return sent.ok;
  }

  /** What is left to send when the page goes away. */
  leftover(): URLSearchParams | null {
    return this.state.at === "held" ? this.state.body : null;
  }

  private become(state: State): void {
    this.state = state;
    this.outside.changed();
  }
}
