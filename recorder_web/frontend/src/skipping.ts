/** Tells the server what is skipped, patiently, until it has answered. Fetched after the page stands. */

import type { RecorderData } from "./data";
import { readSkips, writeSkips, type Skip } from "./skips";

const FIRST_MS = 1_000;
const SLOWEST_MS = 30_000;

/** What an answer means: told, to be told again, or refused for good. Pure. */
export function meaning(status: number): "told" | "again" | "sign-in" | "refused" {
  if (status < 300) return "told";
  if (status === 401 || status === 403) return "sign-in";
  return status === 408 || status === 429 || status >= 500 ? "again" : "refused";
}

type Parts = Pick<RecorderData, "api" | "csrf" | "contributor_ref">;

export class Skipping {
  private readonly parts: Parts;
  private readonly refused: (prompt: string) => void; // the server will not have it
  private csrf: string;
  private wait_ms = FIRST_MS;
  private timer = 0;
  private sending = false;

  constructor(parts: Parts, refused: (prompt: string) => void) {
    this.parts = parts;
    this.refused = refused;
    this.csrf = parts.csrf;
  }

  /** Something is new, or back, perhaps: try at once. */
  wake(): void {
    this.wait_ms = FIRST_MS;
    void this.send();
  }

  private async send(): Promise<void> {
    const [skip] = readSkips(this.parts.contributor_ref);
    if (skip === undefined || this.sending) return;
    this.sending = true;
    const how = meaning(await this.put(skip).catch(() => 503));
    this.sending = false;
    if (how === "told" || how === "refused") this.done(skip, how === "refused");
    else await this.later(how === "sign-in");
  }

  private done(skip: Skip, refused: boolean): void {
    const { contributor_ref } = this.parts;
    const rest = readSkips(contributor_ref).filter((other) => JSON.stringify(other) !== JSON.stringify(skip)); // a newer word stays
    writeSkips(contributor_ref, rest);
    if (refused) this.refused(skip.prompt);
    this.wake();
  }

  private async later(renew: boolean): Promise<void> {
    if (renew) await this.renew().catch(() => undefined);
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.send(), this.wait_ms * (0.5 + Math.random() / 2));
    this.wait_ms = Math.min(SLOWEST_MS, this.wait_ms * 2);
  }

  /** A new sign-in has a token of its own; another person's is none of ours. */
  private async renew(): Promise<void> {
    const answer = await fetch(`${this.parts.api}/me`);
    const me = (await answer.json()) as { contributor_ref?: string; csrf: string };
    if (answer.ok && me.contributor_ref === this.parts.contributor_ref) this.csrf = me.csrf;
  }

  private async put({ claim, prompt, reason, words }: Skip): Promise<number> {
    const address = `${this.parts.api}/claims/${claim}/prompts/${encodeURIComponent(prompt)}/skip`;
    const headers = { "X-CSRF-Token": this.csrf };
    if (reason === null) return (await fetch(address, { method: "DELETE", headers })).status;
    const body = JSON.stringify(words === null ? { reason } : { reason, words });
    return (await fetch(address, { method: "PUT", headers: { ...headers, "Content-Type": "application/json" }, body })).status;
  }
}
