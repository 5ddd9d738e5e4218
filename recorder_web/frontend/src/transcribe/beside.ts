/** What lies beside my takes: asked for once, and again while something is awaited. */

import type { Beside, Server } from "./server";

const AGAIN_MS = 10_000;
const AWAITED = ["waiting", "measuring", "offline"];
const UNREAD: Beside = { state: "offline", who: null, off_ms: null, segments: [] };

export class BesideTakes {
  private readonly server: Pick<Server, "beside">;
  private readonly changed: (take: string, again: boolean) => void; // again: something was known before
  private readonly takes = new Map<string, Beside | null>(); // null: asked for

  constructor(server: Pick<Server, "beside">, changed: (take: string, again: boolean) => void) {
    this.server = server;
    this.changed = changed;
  }

  of(take: string): Beside | null {
    return this.takes.get(take) ?? null;
  }

  load(take: string): void {
    if (this.takes.has(take)) return;
    this.takes.set(take, null);
    void this.read(take);
  }

  /** Read anew: what was known stays while the line is down. */
  async read(take: string): Promise<void> {
    const { body } = await this.server.beside(take);
    const before = this.of(take);
    const now = body ?? before ?? UNREAD;
    this.takes.set(take, now);
    if (AWAITED.includes(now.state)) setTimeout(() => void this.read(take), AGAIN_MS);
    this.changed(take, before !== null);
  }
}
