/**
 * Words about takes that are still on their way: a calibration's readings, a repeat check, a device's report. Kept in this
 * browser until the server has answered them, whichever page is open then; what somebody typed is never lost.
 */

import { placeOfErrands } from "./waiting";

const FIRST_MS = 1_000;
const SLOWEST_MS = 15_000;

export interface Errand {
  kind: "calibration" | "repeat" | "device-check";
  path: string; // below the API's root
  body: string; // canonical JSON
}

export type Outcome =
  | { state: "waiting"; why: "takes" | "server" | "sign-in" }
  | { state: "done"; answer: Record<string, unknown> }
  | { state: "refused"; code: string; facts: Record<string, unknown> };

export interface Server {
  api: string;
  csrf: string;
  contributor_ref: string;
}

export class Errands {
  private readonly server: Server;
  private readonly tell: (errand: Errand, outcome: Outcome) => void;
  private waiting: Errand[];
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wait_ms = FIRST_MS;
  private running = false;

  constructor(server: Server, tell: (errand: Errand, outcome: Outcome) => void) {
    this.server = { ...server };
    this.tell = tell;
    this.waiting = kept(server.contributor_ref);
    addEventListener("online", () => this.wake());
    this.wake();
  }

  /** Keep an errand, then run it; one to the same place is the same errand. */
  add(errand: Errand): void {
    this.keep([...this.waiting.filter(({ path }) => path !== errand.path), errand]);
    this.wake();
  }

  /** Try at once: something has changed. */
  wake(): void {
    this.wait_ms = FIRST_MS;
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    clearTimeout(this.timer);
    this.running = true;
    for (const errand of this.waiting) {
      const outcome = await this.send(errand);
      if (outcome.state !== "waiting") this.keep(this.waiting.filter((other) => other !== errand));
      this.tell(errand, outcome);
    }
    this.running = false;
    if (this.waiting.length === 0) return;
    this.timer = setTimeout(() => void this.run(), this.wait_ms);
    this.wait_ms = Math.min(SLOWEST_MS, this.wait_ms * 1.5);
  }

  private async send({ path, body }: Errand): Promise<Outcome> {
    let response: Response;
    try {
      response = await this.put(path, body);
      if (response.status === 403 && (await this.renewed(response.clone()))) response = await this.put(path, body);
    } catch {
      return { state: "waiting", why: "server" };
    }
    const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    return response.ok ? { state: "done", answer } : refusal(response.status, answer);
  }

  private put(path: string, body: string): Promise<Response> {
    return fetch(this.server.api + path, { method: "PUT", body, headers: { "Content-Type": "application/json", "X-CSRF-Token": this.server.csrf } });
  }

  /** After a new sign-in of the same person the token is another one. */
  private async renewed(refused: Response): Promise<boolean> {
    const { code } = (await refused.json().catch(() => ({}))) as { code?: string };
    if (code !== "auth.csrf") return false;
    const me = (await (await fetch(`${this.server.api}/me`)).json()) as { contributor_ref: string; csrf: string };
    if (me.contributor_ref !== this.server.contributor_ref || me.csrf === this.server.csrf) return false;
    this.server.csrf = me.csrf;
    return true;
  }

  private keep(waiting: Errand[]): void {
    this.waiting = waiting;
    try {
      localStorage.setItem(placeOfErrands(this.server.contributor_ref), JSON.stringify(waiting));
    } catch {
      // they are kept as long as the page is open
    }
  }
}

/** What a refusal means: wait, or tell the person. */
export function refusal(status: number, { code, facts }: { code?: unknown; facts?: unknown }): Outcome {
  const name = typeof code === "string" ? code : "unknown";
  if (status === 401 || name === "auth.csrf") return { state: "waiting", why: "sign-in" };
  if (status === 409 && name.endsWith("-missing")) return { state: "waiting", why: "takes" };
  if (status === 404) return { state: "waiting", why: "takes" }; // its sitting has not been told of yet
  if (status === 429 || status >= 500) return { state: "waiting", why: "server" };
  return { state: "refused", code: name, facts: (facts ?? {}) as Record<string, unknown> };
}

function kept(contributor: string): Errand[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(placeOfErrands(contributor)) ?? "[]");
    return Array.isArray(found) ? (found as Errand[]) : [];
  } catch {
    return [];
  }
}
