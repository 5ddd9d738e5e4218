/** Events of a take, kept on the server at once; what moved out of the text goes back when the text does. */

import type { Line } from "./lines";
import { passing, type Mark, type Server } from "./server";

export const KINDS = ["laugh", "noise", "unintelligible", "breath", "cough", "lip", "music", "overlap", "code-switch", "private"] as const;
const AT_CURSOR_S = 0.5; // how long an event is that is set at one point
const LANGUAGES: Record<string, string> = { "cmn-TW": "nan-TW" }; // what somebody switches to, by variety

export interface Span {
  from_s: number; // of the segment in hand
  to_s: number;
}

/** A note that left the text: the words with it and without it, and the event it became. */
interface Moved {
  line: string;
  before: string;
  after: string;
  mark: Mark;
  there: boolean;
}

export class Marks {
  chosen: string | null = null; // the event in hand
  span: Span | null = null; // chosen on the wave form for the next event
  open: number | null = null; // a span was begun here, by keys
  wanted: string | null = null; // the kind that was asked for last and is not kept yet
  refusal: string | null = null; // code of what was not done
  last: { done: "added" | "moved" | "removed"; mark: Mark } | null = null; // said aloud
  acted: (kind?: string) => unknown = () => undefined; // something was done: what was said before is over
  private readonly server: Server;
  private readonly changed: () => void;
  private readonly variety: string;
  private readonly kept = new Map<string, Mark[]>();
  private moves: Moved[] = [];
  private queue: Promise<void> = Promise.resolve();

  constructor(server: Server, variety: string, changed: () => void) {
    this.server = server;
    this.variety = variety;
    this.changed = changed;
  }

  /** Read the events of a take once, or again. */
  async load(take: string, again = false): Promise<void> {
    if (this.kept.has(take) && !again) return;
    this.kept.set(take, this.kept.get(take) ?? []);
    const { body } = await this.server.marks(take);
    if (body === null) this.kept.delete(take);
    else this.kept.set(take, body.events);
    if (body !== null) this.changed();
  }

  /** Those that reach into a stretch of a take, in samples. */
  of(take: string, from: number, to: number): Mark[] {
    return (this.kept.get(take) ?? []).filter(({ start_sample, end_sample }) => start_sample < to && end_sample > from);
  }

  get current(): Mark | null {
    return [...this.kept.values()].flat().find(({ id }) => id === this.chosen) ?? null;
  }

  choose(id: string | null): void {
    this.chosen = this.chosen === id ? null : id;
    this.wanted = this.refusal = null;
    this.changed();
  }

  /** Begin a span at the cursor, end it there, or let it go. */
  toggleSpan(at_s: number): void {
    if (this.span !== null) this.span = null;
    else if (this.open === null) this.open = at_s;
    else [this.span, this.open] = [spanBetween(this.open, at_s), null];
    this.changed();
  }

  /** Add an event over the span that was chosen, else at the cursor. */
  async add(line: Line, kind: string, at_s: number, note: string | null = null): Promise<Mark | null> {
    const { from_s, to_s } = this.span ?? atCursor(at_s, line.duration_s);
    const sample = (s: number): number => line.start_sample + Math.round(s * line.rate_hz);
    const language = kind === "code-switch" ? LANGUAGES[this.variety] ?? "cmn-TW" : null;
    const mark = { id: crypto.randomUUID(), version: 0, kind, start_sample: sample(from_s), end_sample: sample(to_s), speaker: null, language, note };
    const kept = await this.keep(line.take, mark);
    if (kept === null) return null;
    Object.assign(this, { span: null, open: null, chosen: kept.id });
    this.changed();
    return kept;
  }

  /** Change the event in hand; one change waits for the other, keys come faster than answers. */
  change(take: string, changes: Partial<Mark>): Promise<void> {
    this.wanted = changes.kind ?? this.wanted;
    const mine = (this.queue = this.queue.then(async () => {
      await this.changeNow(take, changes);
      if (this.queue !== mine) return; // somebody has asked for more
      this.wanted = null;
      this.changed();
    }));
    return mine;
  }

  private async changeNow(take: string, changes: Partial<Mark>): Promise<void> {
    const mark = this.current;
    if (mark === null) return;
    const { start_sample, end_sample } = { ...mark, ...changes };
    if (start_sample < 0 || start_sample >= end_sample) return this.changed();
    if (changes.kind === undefined && changes.language === undefined) await this.keep(take, { ...mark, start_sample, end_sample });
    else await this.retype(take, mark, changes);
  }

  /** Another kind or language is another event. */
  private async retype(take: string, mark: Mark, changes: Partial<Mark>): Promise<void> {
    const kind = changes.kind ?? mark.kind;
    const language = kind === "code-switch" ? (changes.language ?? LANGUAGES[this.variety] ?? "cmn-TW") : null;
    const other = await this.keep(take, { ...mark, id: crypto.randomUUID(), version: 0, kind, language });
    if (other === null) return;
    this.chosen = other.id;
    await this.remove(take, mark);
    this.last = { done: "added", mark: other };
    this.changed();
  }

  async remove(take: string, mark: Mark): Promise<boolean> {
    const { id } = mark;
    const answer = await this.server.dropMark(take, id);
    if (answer.body === null) {
      this.refused(take, answer);
      return false;
    }
    this.kept.set(take, this.kept.get(take)!.filter((other) => other.id !== id));
    if (this.chosen === id) this.chosen = null;
    this.acted(mark.kind);
    this.last = { done: "removed", mark };
    this.changed();
    return true;
  }

  /** A note became an event: from now on the one follows the other. */
  follow(line: Line, before: string, mark: Mark): void {
    this.moves.push({ line: line.id, before, after: line.text, mark, there: true });
  }

  /** A step of the text was taken back or made again: where a note came back into it, its event goes, and the other way round. */
  async stepped(line: Line, again: boolean): Promise<void> {
    const moved = this.moves.findLast((move) => move.line === line.id && move.there !== again && line.text === (again ? move.after : move.before));
    if (moved === undefined) return;
    moved.there = again;
    if (!again) await this.remove(line.take, moved.mark);
    else moved.mark = (await this.keep(line.take, { ...moved.mark, id: crypto.randomUUID(), version: 0 })) ?? moved.mark;
  }

  private async keep(take: string, mark: Mark): Promise<Mark | null> {
    const answer = await this.server.keepMark(take, mark);
    if (answer.body === null) return this.refused(take, answer);
    const others = (this.kept.get(take) ?? []).filter(({ id }) => id !== mark.id);
    this.kept.set(take, [...others, answer.body].sort((a, b) => a.start_sample - b.start_sample));
    this.acted(mark.kind);
    Object.assign(this, { refusal: null, last: { done: mark.version === 0 ? "added" : "moved", mark: answer.body } });
    this.changed();
    return answer.body;
  }

  private refused(take: string, answer: { status: number; code: string }): null {
    this.acted();
    this.last = null;
    this.refusal = passing(answer) ? "offline" : answer.code;
    if (!passing(answer)) void this.load(take, true); // what is there now
    this.changed();
    return null;
  }
}

/** The span between two points, whichever came first. */
export function spanBetween(a_s: number, b_s: number): Span {
  return { from_s: Math.min(a_s, b_s), to_s: Math.max(a_s, b_s) };
}

/** Half a second from the cursor on; at the very end, up to it. */
export function atCursor(at_s: number, duration_s: number): Span {
  const from_s = Math.max(0, Math.min(at_s, duration_s - AT_CURSOR_S));
  return { from_s, to_s: Math.min(duration_s, from_s + AT_CURSOR_S) };
}

/** Events one under the other where they would cover each other: the row of each. Pure. */
export function rowsOf(places: readonly { from: number; to: number }[]): number[] {
  const ends: number[] = [];
  return places.map(({ from, to }) => {
    const free = ends.findIndex((end) => end <= from);
    const row = free < 0 ? ends.length : free;
    ends[row] = to;
    return row;
  });
}
