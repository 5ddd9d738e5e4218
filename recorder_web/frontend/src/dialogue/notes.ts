/**
 * What a call notes in the take that runs. Some of it is made by the other side: however much that does, the manifest
 * stays short enough to be taken. Pure.
 */

import type { Canonical } from "../canonical";

const A_SECOND = 3;
const A_TAKE = 5_000; // some 0.3 MB

export type Note = (kind: string, facts: Record<string, Canonical>) => void;

export class CallNotes {
  private left = A_TAKE;
  private second = 0;
  private made = 0; // in this second
  private readonly write: Note;
  private readonly now_ms: () => number;

  constructor(write: Note, now_ms: () => number) {
    this.write = write;
    this.now_ms = now_ms;
  }

  /** A take begins. */
  begin(): void {
    this.left = A_TAKE;
  }

  readonly note: Note = (kind, facts) => {
    const second = Math.floor(this.now_ms() / 1_000);
    if (second !== this.second) [this.second, this.made] = [second, 0];
    if (this.left === 0 || this.made === A_SECOND) return;
    this.left--;
    this.made++;
    this.write(kind, facts);
  };
}
