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

  private async ask<T>(method: string, path: string, body?: object, keepalive = false): Promise<Answer<T>> {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.csrf };
    try {
      const response = await fetch(this.api + path, { method, headers, keepalive, ...(body && { body: JSON.stringify(body) }) });
      const answer = (await response.json()) as T & { code?: string };
      return { status: response.status, code: answer.code ?? "", body: response.ok ? answer : null };
    } catch {
      return { status: 0, code: "network", body: null };
    }
  }
}
