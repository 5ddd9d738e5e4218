/**
 * Carries what the two pages must tell each other before they are connected, by short polls of our own server. Without
 * an answer it is patient; it never ends by itself unless the server says that there is no such call any more.
 */

import { backoffMs } from "../upload/policy";

const CONNECTING_MS = 1_000;
const CONNECTED_MS = 10_000;
const HUNG_MS = 10_000;
const SIGN_IN_MS = 30_000;

export type Kind = "hello" | "offer" | "answer" | "candidate" | "bye";

export interface Signal {
  n: number;
  from_me: boolean;
  kind: Kind;
  body: string;
}

export interface CallInfo {
  call: string;
  seat: 1 | 2;
  other: string;
  ice_servers: RTCIceServer[];
  relay: boolean;
  state: string;
  newest: number;
}

/** How the way to the server is. */
export type Line = "good" | "away" | "sign-in" | "gone";

/** What an answer of the server means for the next poll. Pure. */
export function lineOf(status: number): Line {
  if (status >= 200 && status < 300) return "good";
  if (status === 401) return "sign-in";
  return status === 403 || status === 404 || status === 409 || status === 410 ? "gone" : "away";
}

/** How long to wait before the next poll; `misses` counts polls without an answer, `random` is in [0, 1). Pure. */
export function pollMs(line: Line, connected: boolean, misses: number, random: number): number {
  if (line === "sign-in") return SIGN_IN_MS;
  const usual = connected ? CONNECTED_MS : CONNECTING_MS;
  return line === "away" ? Math.max(usual, backoffMs(misses, random)) : usual;
}

interface Parts {
  api: string; // of the whole server
  call: string; // of this claim's call
  csrf: string;
  contributor_ref: string;
}

interface Told {
  info(info: CallInfo): void;
  signal(signal: Signal): void;
  seen(other_s: number | null): void; // seconds since the other page last asked
  line(line: Line): void;
}

class Status extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

export class Signalling {
  private readonly parts: Parts;
  private readonly told: Told;
  private csrf: string;
  private info: CallInfo | null = null;
  private after = 0;
  private misses = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private waiting: { kind: Kind; body: string }[] = [];
  private works = false; // a request is under way
  private again = false;
  private open = false;
  private connected = false;

  constructor(parts: Parts, told: Told) {
    this.parts = parts;
    this.told = told;
    this.csrf = parts.csrf;
  }

  /** Ask for the call and go on asking. */
  start(): void {
    this.open = true;
    this.info = null; // credentials of a relay last an hour: each time anew
    this.wake();
  }

  /** No more polls; what waits is still sent once. */
  async stop(): Promise<void> {
    this.open = false;
    clearTimeout(this.timer);
    await this.post().catch(() => undefined);
    this.waiting = [];
  }

  send(kind: Kind, body: string): void {
    this.waiting.push({ kind, body });
    this.wake();
  }

  /** Once the pages are connected the server is asked rarely. */
  connect(connected: boolean): void {
    if (connected === this.connected) return;
    this.connected = connected;
    if (!connected) this.wake();
  }

  /** Network, page or sign-in are back, or there is something to send: at once. */
  wake(): void {
    if (!this.open) return;
    clearTimeout(this.timer);
    if (this.works) this.again = true;
    else void this.turn();
  }

  private async turn(): Promise<void> {
    this.works = true;
    this.again = false;
    const line = await this.work();
    this.works = false;
    if (!this.open) return;
    this.misses = line === "away" ? this.misses + 1 : 0;
    this.told.line(line);
    if (line === "gone") this.open = false;
    else if (this.again && line === "good") void this.turn();
    else this.timer = setTimeout(() => void this.turn(), pollMs(line, this.connected, this.misses, Math.random()));
  }

  private async work(): Promise<Line> {
    try {
      if (this.info === null) await this.ask();
      await this.post();
      if (this.open) await this.poll();
      return "good";
    } catch (error) {
      const status = error instanceof Status ? error.status : 0;
      if (status === 401 || status === 403) return await this.renew();
      return lineOf(status);
    }
  }

  private async ask(): Promise<void> {
    const info = await this.request<CallInfo>("GET", this.parts.call);
    this.info = info;
    this.after = Math.max(this.after, info.newest); // what was said to an earlier page is nothing to this one
    this.told.info(info);
  }

  private async post(): Promise<void> {
    for (let message = this.waiting[0]; message !== undefined && this.info !== null; message = this.waiting[0]) {
      await this.request("POST", this.messages, message);
      this.waiting.shift();
    }
  }

  private async poll(): Promise<void> {
    const { messages, other_seen_s } = await this.request<{ messages: Signal[]; other_seen_s: number | null }>("GET", `${this.messages}?after=${this.after}`);
    this.told.seen(other_seen_s);
    for (const message of messages) {
      this.after = Math.max(this.after, message.n);
      if (!message.from_me && this.open) this.told.signal(message);
    }
  }

  private get messages(): string {
    return `${this.parts.api}/calls/${this.info!.call}/messages`;
  }

  /** A new sign-in has a token of its own; another person's is none of ours. Refused with the right token is refused for good. */
  private async renew(): Promise<Line> {
    const answer = await fetch(`${this.parts.api}/me`, { signal: AbortSignal.timeout(HUNG_MS) }).catch(() => null);
    const me = (await answer?.json().catch(() => null)) as { contributor_ref?: string; csrf?: string } | null;
    if (answer === null || (!answer.ok && answer.status !== 401)) return "away";
    if (!answer.ok || me?.contributor_ref !== this.parts.contributor_ref) return "sign-in";
    if (me.csrf === this.csrf) return "gone";
    this.csrf = me.csrf!;
    this.again = true;
    return "good";
  }

  private async request<T>(method: string, address: string, body?: object): Promise<T> {
    const headers: Record<string, string> = { "X-CSRF-Token": this.csrf, ...(body && { "Content-Type": "application/json" }) };
    const answer = await fetch(address, { method, headers, signal: AbortSignal.timeout(HUNG_MS), ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Status(answer.status);
    return (await answer.json()) as T;
  }
}
