/** The segments of a take of free speech: cut, joined, moved and taken back on the server; nothing written is lost by it. */

import type { Editor } from "./editor";
import type { Line } from "./lines";
import { passing, type Answer, type Part, type Server, type TakeParts } from "./server";

export class Cuts {
  busy = false; // an edit is on its way: the texts rest until it is answered
  refusal: string | null = null; // code of an edit that was not done
  done: "split" | "merge" | "move" | "lane" | "undo" | null = null;
  private readonly server: Server;
  private readonly editor: Editor;
  private readonly changed: (take: string) => void;
  private readonly takes = new Map<string, TakeParts | null>();

  constructor(server: Server, editor: Editor, changed: (take: string) => void) {
    this.server = server;
    this.editor = editor;
    this.changed = changed;
  }

  take(id: string): TakeParts | null {
    return this.takes.get(id) ?? null;
  }

  /** Read a take once, or again. */
  async load(id: string, again = false): Promise<void> {
    if (this.takes.has(id) && !again) return;
    if (!again) this.takes.set(id, null);
    const { body } = await this.server.parts(id);
    if (body === null) this.takes.delete(id);
    else this.takes.set(id, body);
    if (body !== null) this.changed(id);
  }

  part({ take, id }: Line): Part | null {
    return this.take(take)?.segments.find((part) => part.id === id) ?? null;
  }

  /** The segment after this one in the same lane. */
  next(line: Line): Part | null {
    const [all, part] = [this.take(line.take)?.segments ?? [], this.part(line)];
    if (part === null) return null;
    return all.find((other) => other.speaker === part.speaker && other.start_sample > part.start_sample) ?? null;
  }

  /** Cut at a place of the sound and at a place of the text, in UTF-16 units. */
  split(line: Line, at_s: number, caret: number): Promise<void> {
    const at_sample = line.start_sample + Math.round(at_s * line.rate_hz);
    return this.edit(line, "split", "POST", () => {
      const text_at = [...line.text.slice(0, caret)].length; // the server counts code points
      return { path: `/segments/${line.id}/split`, body: { at_sample, text_at, snap: true } };
    });
  }

  merge(line: Line): Promise<void> {
    return this.edit(line, "merge", "POST", () => {
      const next = this.next(line)!;
      return { path: `/segments/${line.id}/merge`, body: { next: next.id, next_version: next.version, next_revision: this.revision(next) } };
    });
  }

  move(line: Line, start_sample: number, end_sample: number, snap: boolean): Promise<void> {
    return this.edit(line, "move", "PUT", () => ({ path: `/segments/${line.id}/edges`, body: { start_sample, end_sample, snap } }));
  }

  lane(line: Line, speaker: string | null): Promise<void> {
    return this.edit(line, "lane", "PUT", () => ({ path: `/segments/${line.id}/speaker`, body: { speaker } }));
  }

  undo(line: Line): Promise<void> {
    const number = this.take(line.take)?.undoable;
    return number == null ? Promise.resolve() : this.edit(line, "undo", "POST", () => ({ path: `/takes/${line.take}/edits/${number}/undo`, body: null }));
  }

  private revision({ id, revision }: Part): number {
    return this.editor.lines.find((line) => line.id === id)?.revision ?? revision;
  }

  private async edit(line: Line, kind: NonNullable<Cuts["done"]>, method: "POST" | "PUT", request: () => { path: string; body: object | null }): Promise<void> {
    if (this.busy) return;
    Object.assign(this, { busy: true, refusal: null, done: null });
    this.changed("");
    if (await this.editor.settled(line.take)) {
      const { path, body } = request();
      const seen = body && { ...body, version: line.version, revision: line.revision };
      await this.answered(line, kind, await this.server.cut(method, path, seen ?? {}));
    } else this.refusal = "unsaved";
    this.busy = false;
    this.changed(line.take);
  }

  private async answered(line: Line, kind: NonNullable<Cuts["done"]>, answer: Answer<TakeParts>): Promise<void> {
    const parts = answer.body;
    if (parts === null) this.refusal = passing(answer) ? "offline" : answer.code;
    if (parts === null && answer.code !== "segment.conflict") return;
    const now = parts ?? (await this.server.parts(line.take)).body; // changed elsewhere: shown as it is there
    if (now === null) return;
    this.takes.set(line.take, now);
    if (parts !== null) this.done = kind;
    this.editor.recut(line.take, now.segments, line.id);
  }
}
