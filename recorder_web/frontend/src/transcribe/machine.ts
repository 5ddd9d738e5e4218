/** A draft the operator's recogniser writes: asked for, waited for, shown beside; it enters the text only by hand. */

import type { Line } from "./lines";
import { passing, type Draft, type Server } from "./server";

const AGAIN_MS = 3_000;
const NONE: Draft = { state: "absent", text: null, engine: null, model: null, error_code: null };

export class Machine {
  private readonly server: Server;
  private readonly changed: () => void;
  private readonly drafts = new Map<string, Draft>(); // by segment and edges: other edges, another draft
  private readonly timers = new Map<string, number>();

  constructor(server: Server, changed: () => void) {
    this.server = server;
    this.changed = changed;
  }

  of(line: Line): Draft {
    return this.drafts.get(keyOf(line)) ?? NONE;
  }

  /** Read once where the draft of a segment stands. */
  load(line: Line): void {
    if (this.drafts.has(keyOf(line))) return;
    this.drafts.set(keyOf(line), NONE);
    void this.read(line, "GET");
  }

  ask(line: Line): Promise<void> {
    this.drafts.set(keyOf(line), { ...NONE, state: "queued" });
    this.changed();
    return this.read(line, "POST");
  }

  private async read(line: Line, method: "GET" | "POST"): Promise<void> {
    const answer = await this.server.draft(line.id, method);
    const draft = answer.body;
    const waits = this.of(line).state === "queued";
    if (draft !== null) this.drafts.set(keyOf(line), draft);
    else if (method === "POST" || (waits && !passing(answer))) this.drafts.set(keyOf(line), { ...NONE, state: "failed", error_code: answer.code });
    if (this.of(line).state === "queued") this.later(line);
    this.changed();
  }

  private later(line: Line): void {
    clearTimeout(this.timers.get(keyOf(line)));
    this.timers.set(keyOf(line), window.setTimeout(() => void this.read(line, "GET"), AGAIN_MS));
  }
}

function keyOf({ id, version }: Line): string {
  return `${id} ${version}`;
}
