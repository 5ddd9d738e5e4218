/** What the editor asks of the server. */

import type { Verdict } from "../data";
import type { Edit, Violation } from "./text";

export interface Answer<T> {
  status: number; // 0: no answer came
  code: string;
  body: T | null;
}

export interface Checked {
  sequence: number;
  violations: Violation[];
  fixed: string;
  edits: Edit[];
  unclear_syllables: number | null; // guessed; null: no event says so
  unclear_limit: number;
}

export interface Kept {
  revision: number;
  text: string;
  saved_at: string;
  violations: Violation[];
  verdict: Verdict | null;
}

export interface Revision {
  number: number;
  text: string;
  mine: boolean;
  created_at: string;
}

/** Whether the same request may go well later. */
export function passing({ status }: { status: number }): boolean {
  return status === 0 || status >= 500 || status === 429;
}

/** What stands on the time line of a take beside the words. */
export interface Mark {
  id: string;
  version: number;
  kind: string;
  start_sample: number;
  end_sample: number;
  speaker: string | null;
  language: string | null;
  note: string | null;
}

export interface Part {
  id: string;
  start_sample: number;
  end_sample: number;
  speaker: string | null;
  text: string;
  revision: number;
  version: number;
  measured: boolean;
}

export interface TakeParts {
  take: string;
  rate_hz: number;
  frames: number;
  segments: Part[];
  unwritten: [number, number][] | null; // null: nobody listened to the take
  undoable: number | null;
  peers: string[]; // who spoke beside the contributor, by the name of their lane
}

/** What the other person of a dialogue says at some time, on the time of my take. */
export interface BesidePart {
  id: string;
  start_sample: number;
  end_sample: number;
  text: string | null; // null: marked as private
}

export interface Beside {
  state: "none" | "waiting" | "measuring" | "apart" | "clock" | "aligned" | "gone" | "offline"; // offline: nobody could be asked
  who: string | null;
  off_ms: number | null; // how much the two may be off
  segments: BesidePart[];
}

export interface Offer {
  han: string;
  reading: string;
  prompts: number;
  accepted: number;
}

export interface OfferedWord {
  start_utf16: number;
  end_utf16: number;
  syllables: string[];
  candidates: Offer[];
}

export interface Draft {
  state: "absent" | "queued" | "ready" | "failed";
  text: string | null;
  engine: string | null;
  model: string | null;
  error_code: string | null;
}

export class Server {
  private readonly api: string;
  private readonly contributor: string;
  private csrf: string;
  private renewing: Promise<Answer<never> | null> | null = null;

  constructor({ api, csrf, contributor_ref }: { api: string; csrf: string; contributor_ref: string }) {
    this.api = api;
    this.csrf = csrf;
    this.contributor = contributor_ref;
  }

  check(segment: string, text: string, sequence: number): Promise<Answer<Checked>> {
    return this.ask("POST", `/segments/${segment}/check`, { text, sequence });
  }

  /** `leaving`: the page goes away, the request may outlive it. */
  save(segment: string, text: string, base_revision: number, leaving: boolean): Promise<Answer<Kept>> {
    return this.ask("PUT", `/segments/${segment}/transcript`, { text, base_revision }, leaving);
  }

  /** The claim is held as long as somebody writes; a miss changes nothing. */
  keepClaim(claim: string, fence: number): Promise<Answer<{ lease_until: string }>> {
    return this.ask("POST", `/claims/${claim}/heartbeat`, { fence });
  }

  revisions(segment: string, before: number | null = null): Promise<Answer<{ revisions: Revision[] }>> {
    return this.ask("GET", `/segments/${segment}/revisions${before === null ? "" : `?before=${before}`}`);
  }

  marks(take: string): Promise<Answer<{ events: Mark[] }>> {
    return this.ask("GET", `/takes/${take}/events`);
  }

  keepMark(take: string, { id, version, ...mark }: Mark): Promise<Answer<Mark>> {
    return this.ask("PUT", `/takes/${take}/events/${id}`, { ...mark, base_version: version });
  }

  dropMark(take: string, id: string): Promise<Answer<object>> {
    return this.ask("DELETE", `/takes/${take}/events/${id}`);
  }

  parts(take: string): Promise<Answer<TakeParts>> {
    return this.ask("GET", `/takes/${take}/segments`);
  }

  beside(take: string): Promise<Answer<Beside>> {
    return this.ask("GET", `/takes/${take}/beside`);
  }

  /** Cut, join, move or take back; the answer is the whole take as it is then. */
  cut(method: "POST" | "PUT", path: string, body: object): Promise<Answer<TakeParts>> {
    return this.ask(method, path, body);
  }

  candidates(segment: string, text: string): Promise<Answer<{ words: OfferedWord[] }>> {
    return this.ask("POST", `/segments/${segment}/candidates`, { text });
  }

  draft(segment: string, method: "GET" | "POST"): Promise<Answer<Draft>> {
    return this.ask(method, `/segments/${segment}/draft`);
  }

  /** A token that was refused is renewed once, and the request sent again. */
  private async ask<T>(method: string, path: string, body?: object, keepalive = false): Promise<Answer<T>> {
    const token = this.csrf;
    const answer = await this.send<T>(method, path, body, keepalive);
    if (answer.status !== 403 || answer.code !== "auth.csrf") return answer;
    const against = token === this.csrf ? await (this.renewing ??= this.renew().finally(() => (this.renewing = null))) : null;
    return against ?? this.send(method, path, body, keepalive);
  }

  /** Take up this browser's sign-in if it is the writer's own; a token goes with one sign-in only. */
  private async renew(): Promise<Answer<never> | null> {
    const { body: me, ...answer } = await this.send<{ contributor_ref: string; csrf: string }>("GET", "/me");
    if (me === null) return { ...answer, body: null };
    if (me.contributor_ref !== this.contributor) return { status: 401, code: "auth.other-account", body: null };
    if (me.csrf === this.csrf) return { status: 503, code: "auth.csrf", body: null }; // it is not the token that was refused
    this.csrf = me.csrf;
    return null;
  }

  private async send<T>(method: string, path: string, body?: object, keepalive = false): Promise<Answer<T>> {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.csrf };
    try {
      const response = await fetch(this.api + path, { method, headers, keepalive, ...(body && { body: JSON.stringify(body) }) });
      const answer = (response.status === 204 ? {} : await response.json()) as T & { code?: string };
      return { status: response.status, code: answer.code ?? "", body: response.ok ? answer : null };
    } catch {
      return { status: 0, code: "network", body: null };
    }
  }
}
