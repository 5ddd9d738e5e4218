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
  private readonly csrf: string;

  constructor({ api, csrf }: { api: string; csrf: string }) {
    this.api = api;
    this.csrf = csrf;
  }

  check(segment: string, text: string, sequence: number): Promise<Answer<Checked>> {
    return this.ask("POST", `/segments/${segment}/check`, { text, sequence });
  }

  /** `leaving`: the page goes away, the request may outlive it. */
  save(segment: string, text: string, base_revision: number, leaving: boolean): Promise<Answer<Kept>> {
    return this.ask("PUT", `/segments/${segment}/transcript`, { text, base_revision }, leaving);
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

  private async ask<T>(method: string, path: string, body?: object, keepalive = false): Promise<Answer<T>> {
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
