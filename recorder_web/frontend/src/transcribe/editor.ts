/** The transcripts of a claim: checked as typed, kept on disk, saved two seconds later, never over somebody else's words. */

import type { Draft, Drafts } from "./drafts";
import { inHand, lineOf, type Line, type Made, type TranscribeData } from "./lines";
import { passing, type Kept, type Part, type Revision, type Server } from "./server";
import { caretAfter, caretAfterEdits, changed, nextViolation, shifted, violationAt, violationBefore, type Change, type Edit, type Violation } from "./text";

const CHECK_MS = 150;
const SAVE_MS = 2_000;
const RETRY_MS = 5_000;
const APART_MS = 120; // between checks of segments nobody writes in: far below the server's pace

/** The text box of the segment in hand, as far as the editor needs it. */
export interface Box {
  readonly composing: boolean;
  readonly caret: number;
  /** Write a text as one undo step and put the caret; false if it cannot be done now. */
  write(text: string, caret: number): boolean;
  select(from: number, to: number): void;
}

export class Editor {
  readonly data: TranscribeData;
  readonly lines: Line[];
  at = 0;
  lost: Draft[] = []; // words of segments that are no more
  private readonly draw: () => void;
  private readonly server: Server;
  private readonly drafts: Drafts;
  private readonly box: Box;
  private readonly checks = new Map<string, number>();
  private readonly saves = new Map<string, number>();
  private readonly running = new Map<string, Promise<void>>();
  private fixing = false;

  constructor(data: TranscribeData, { server, drafts, box, draw }: { server: Server; drafts: Drafts; box: Box; draw: () => void }) {
    this.data = data;
    this.server = server;
    this.drafts = drafts;
    this.box = box;
    this.draw = draw;
    this.lines = data.segments.map(lineOf);
    this.at = Math.max(0, this.lines.findIndex((line) => line.text === ""));
  }

  get current(): Line {
    return this.lines[this.at]!;
  }

  /** Bring back what an earlier visit could not save; before anything is drawn. */
  async recover(): Promise<void> {
    for (const draft of await this.drafts.of(this.data.claim.id)) {
      const { segment, text } = draft;
      const line = this.lines.find(({ id }) => id === segment);
      if ((line?.text ?? "") === text.normalize("NFC")) void this.drafts.drop(segment, text);
      else if (line === undefined) this.lost.push(draft); // joined to another since, on another device
      else this.bringBack(line, draft);
    }
    const back = this.lines.findIndex(({ restored }) => restored);
    if (back >= 0) this.at = back;
  }

  private bringBack(line: Line, { text, base, sent = [] }: Draft): void {
    line.text = text;
    line.revision = base; // written on this one: if another came since, both are shown
    Object.assign(line, { sequence: 1, saving: "changed", kept: true, restored: true });
    for (const words of [...sent, text.normalize("NFC")]) line.sent.add(words); // perhaps on their way when the page went
    this.later(this.saves, line, SAVE_MS, () => this.save(line));
  }

  /** Put words of a segment that is no more behind those of the one in hand. */
  async take(lost: Draft): Promise<void> {
    const line = this.current;
    const text = line.text + lost.text;
    this.put(line, text);
    if (line.text !== text) return;
    await this.keep(line);
    if (line.kept || line.saving === "saved") this.forget(lost);
  }

  forget(lost: Draft): void {
    this.lost = this.lost.filter((other) => other !== lost);
    void this.drafts.drop(lost.segment, lost.text);
    this.draw();
  }

  goTo(at: number): void {
    if (at < 0 || at >= this.lines.length) return;
    this.leave();
    this.turnTo(at);
    this.draw();
  }

  /** Another text box has no memory of what was mended in this one. */
  private turnTo(at: number): void {
    if (at !== this.at) this.current.made = null;
    this.at = at;
  }

  /** New words were typed; never called while an input method is composing. */
  type(line: Line, text: string): void {
    if (text === line.text) return this.rest(line);
    line.violations = line.violations && shifted(line.violations, line.text, text);
    line.text = text;
    line.sequence += 1;
    Object.assign(line, { checking: "waiting", selected: null, refusal: null, restored: false, kept: false });
    if (!this.fixing) line.made = null;
    if (line.saving !== "conflict" && line.saving !== "saving") line.saving = "changed";
    void this.keep(line);
    this.rest(line);
    this.draw();
  }

  /** An input method begins: no rule runs and nothing is saved until it ends. */
  hold(line: Line): void {
    clearTimeout(this.checks.get(line.id));
    clearTimeout(this.saves.get(line.id));
    this.draw();
  }

  /** Ask and save in a while, if there is something to ask or save. */
  private rest(line: Line): void {
    if (line.checking !== "done") this.later(this.checks, line, CHECK_MS, () => this.check(line));
    if (line.saving === "changed") this.later(this.saves, line, SAVE_MS, () => this.save(line));
  }

  private async keep(line: Line): Promise<void> {
    const { id, text, revision, sent } = line;
    const kept = await this.drafts.put({ segment: id, claim: this.data.claim.id, text, base: revision, sent: [...sent] });
    if (line.text === text) line.kept = kept;
  }

  /** Take one candidate for a violation and for the same safe fix elsewhere: one undo step. */
  fix(line: Line, indexes: readonly number[], by: string): void {
    const violations = indexes.flatMap((index) => line.violations?.[index] ?? []).filter((violation) => isThere(line.text, violation));
    const changes = violations.map(({ start_utf16, end_utf16 }): Change => ({ from: start_utf16, to: end_utf16, by }));
    const [first] = violations;
    if (first === undefined) return;
    const made = { rule: first.rule, found: first.found, by, times: violations.length };
    this.write(line, changed(line.text, changes), caretAfter(this.box.caret, changes), [made]);
  }

  /** Take the n-th candidate of the violation in hand. */
  choose(nth: number): void {
    const [line, index] = [this.current, inHand(this.current)];
    const choice = index === null ? undefined : line.violations![index]!.candidates[nth - 1];
    if (index !== null && choice !== undefined) this.fix(line, [index], choice);
  }

  /** Everything that changes no speech, as the server mended it: one undo step, and a list of what it did. */
  async fixSafe(line: Line): Promise<void> {
    if (line.fixed?.sequence !== line.sequence) await this.check(line);
    const { fixed, text } = line;
    if (fixed?.sequence !== line.sequence || fixed.fixed === text) return;
    this.write(line, fixed.fixed, caretAfterEdits(text, fixed.fixed, this.box.caret, fixed.edits), madeBy(fixed.edits));
  }

  private write(line: Line, text: string, caret: number, made: Made[]): void {
    if (line !== this.current) return;
    this.fixing = true;
    if (this.box.write(text, caret)) line.made = made.length > 0 ? made : null;
    this.fixing = false;
    void this.check(line);
    this.draw();
  }

  /** Put other words into the box: an older revision, or theirs. */
  put(line: Line, text: string): void {
    if (line === this.current) this.box.write(text, text.length);
    else this.type(line, text);
    this.draw();
  }

  /** Put something else at a place, as one undo step. */
  replace(line: Line, change: Change): void {
    this.write(line, changed(line.text, [change]), change.from + change.by.length, []);
  }

  /** Whether everything written of a take is on the server; what is not is saved first. */
  async settled(take: string): Promise<boolean> {
    const lines = this.lines.filter((line) => line.take === take);
    for (const line of lines) await this.save(line);
    return lines.every(({ saving }) => saving === "saved");
  }

  /** A take was cut anew: its segments as they are now, in their place among the others. */
  recut(take: string, parts: readonly Part[], hand: string): void {
    const place = this.lines.findIndex((line) => line.take === take);
    const known = new Map(this.lines.map((line) => [line.id, line]));
    const lines = parts.map((part) => this.lineFor(part, known.get(part.id), this.lines[place]!));
    const others = this.lines.filter((line) => line.take !== take);
    const was = this.current;
    this.lines.splice(0, this.lines.length, ...others.slice(0, place), ...lines, ...others.slice(place));
    const find = (id: string): number => this.lines.findIndex((line) => line.id === id);
    this.at = Math.max(0, find(hand) >= 0 ? find(hand) : find(was.id));
    if (this.current !== was) was.made = null;
    for (const line of lines) if (line.text !== "" && line.checking === "waiting") this.rest(line);
    this.draw();
  }

  private lineFor(part: Part, known: Line | undefined, origin: Line): Line {
    const { id, start_sample, end_sample, text, revision, version } = part;
    if (known?.version === version) return known;
    const { take, rate_hz, position, prompt_text } = origin;
    const audio = `${this.data.api}/segments/${id}/audio?v=${version}`; // other edges are other sound
    const duration_s = (end_sample - start_sample) / rate_hz;
    return lineOf({ id, take, start_sample, rate_hz, version, position, prompt_text, text, revision, audio, duration_s, verdict: null });
  }

  /** Take the next or the previous problem in hand, seen from the caret. */
  toProblem(direction: 1 | -1): void {
    const { violations } = this.current;
    const find = direction > 0 ? nextViolation : violationBefore;
    this.select(find(violations ?? [], this.box.caret));
  }

  select(index: number | null): void {
    const line = this.current;
    const violation = index === null ? undefined : line.violations?.[index];
    if (violation === undefined || this.box.composing) return;
    this.box.select(violation.start_utf16, violation.end_utf16);
    line.selected = index;
    this.draw();
  }

  /** The problem under the caret is the one in hand; where two meet, the one that already is. */
  caretAt(caret: number): void {
    const line = this.current;
    const found = line.violations ?? [];
    const now = line.selected === null ? undefined : found[line.selected];
    if (now !== undefined && violationAt(line.text, [now], caret) !== null) return;
    const under = violationAt(line.text, found, caret);
    if (under === null || under === line.selected) return;
    line.selected = under;
    this.draw();
  }

  async check(line: Line): Promise<void> {
    clearTimeout(this.checks.get(line.id));
    if (this.isComposing(line)) return;
    const { text, sequence } = line;
    const answer = await this.server.check(line.id, text, sequence);
    if (sequence !== line.sequence || this.isComposing(line)) return; // typed on: a newer check is coming
    if (answer.body !== null && answer.body.sequence === sequence) {
      const { violations, fixed, edits, unclear_syllables: count, unclear_limit: limit } = answer.body;
      const unclear = count !== null && count > limit ? { count, limit } : null;
      Object.assign(line, { violations, unclear, fixed: { fixed, edits, sequence }, checking: "done" });
      line.selected = null; // the first one is in hand, not the mark that is missing where somebody still writes
    } else this.notChecked(line, answer);
    this.draw();
  }

  private notChecked(line: Line, answer: { status: number }): void {
    line.checking = mayPass(answer) ? "offline" : "refused"; // why it was refused is said when it is saved
    if (line.checking === "offline") this.later(this.checks, line, RETRY_MS, () => this.check(line));
  }

  /** Ask about every text, the one in hand first. */
  async checkAll(): Promise<void> {
    for (const line of [this.current, ...this.lines]) {
      if (line.text === "" || line.checking !== "waiting") continue;
      await this.check(line);
      await new Promise((resolve) => setTimeout(resolve, APART_MS));
    }
  }

  /** The network is back: ask and save at once. */
  online(): void {
    for (const line of this.lines) {
      if (line.checking === "offline") void this.check(line);
      if (line.saving === "offline") void this.save(line);
    }
  }

  /** The text box or the page is left: save now what would be saved soon. */
  leave(leaving = false): void {
    for (const line of this.lines) {
      if (line.saving === "changed" || (leaving && line.saving === "offline")) void this.save(line, leaving);
    }
  }

  /** Save a text; while it is on its way, the same promise again. */
  save(line: Line, leaving = false): Promise<void> {
    clearTimeout(this.saves.get(line.id));
    const running = this.running.get(line.id);
    if (running !== undefined) return running;
    if (line.saving === "saved" || line.saving === "conflict" || this.isComposing(line)) return Promise.resolve();
    const saved = this.send(line, leaving).finally(() => this.running.delete(line.id));
    this.running.set(line.id, saved);
    return saved;
  }

  private async send(line: Line, leaving: boolean): Promise<void> {
    const { text, revision } = line;
    line.saving = "saving";
    line.sent.add(text.normalize("NFC"));
    this.draw();
    const answer = await this.server.save(line.id, text, revision, leaving);
    if (answer.body !== null) this.saved(line, text, answer.body);
    else if (answer.code === "transcript.revision-conflict") await this.showTheirs(line, text);
    else this.notSaved(line, text, answer);
    this.draw();
  }

  private saved(line: Line, text: string, { revision, verdict, saved_at }: Kept): void {
    Object.assign(line, { revision, verdict, saved_at, refusal: null });
    line.sent.clear();
    line.saving = line.text === text ? "saved" : "changed";
    void this.drafts.drop(line.id, text);
    if (line.saving === "saved") return;
    void this.keep(line); // what was typed meanwhile is written on this revision
    this.rest(line);
  }

  private notSaved(line: Line, text: string, { status, code }: { status: number; code: string }): void {
    const again = mayPass({ status });
    line.saving = again ? "offline" : line.text === text ? "refused" : "changed";
    if (line.saving === "changed") return this.rest(line); // mended while it was on its way
    line.refusal = status !== 0 && !passing({ status }) ? code : null;
    if (again) this.later(this.saves, line, RETRY_MS, () => this.save(line));
  }

  private async showTheirs(line: Line, text: string): Promise<void> {
    const answer = await this.server.revisions(line.id);
    const theirs = answer.body?.revisions[0] ?? null;
    if (theirs === null) return this.notSaved(line, text, { status: 0, code: "network" });
    if (theirs.mine && line.sent.has(theirs.text)) return this.writeOn(line, theirs.number);
    line.saving = "conflict";
    line.theirs = theirs;
  }

  /** The newest text is an earlier one of mine whose answer was lost: mine go on from there. */
  private writeOn(line: Line, revision: number): void {
    Object.assign(line, { revision, saving: "changed" });
    void this.keep(line);
    this.later(this.saves, line, 0, () => this.save(line));
  }

  /** Settle a conflict: my words on top of theirs, or theirs again on top of mine. Both are in the history. */
  async settle(line: Line, whose: "mine" | "theirs"): Promise<void> {
    const { theirs } = line;
    if (theirs === null) return;
    Object.assign(line, { revision: theirs.number, theirs: null, saving: "changed" });
    await this.save(line);
    if (whose === "theirs" && (line.saving as string) === "saved") this.put(line, theirs.text);
  }

  /** Earlier texts, newest first; null if they cannot be read now. What was just written is among them. */
  async history(line: Line, before: number | null = null): Promise<Revision[] | null> {
    await this.save(line);
    return (await this.server.revisions(line.id, before)).body?.revisions ?? null;
  }

  private isComposing(line: Line): boolean {
    return line === this.current && this.box.composing;
  }

  private later(timers: Map<string, number>, line: Line, ms: number, work: () => Promise<void>): void {
    clearTimeout(timers.get(line.id));
    timers.set(line.id, window.setTimeout(() => void work(), ms));
  }
}

/** Whether it may go well later, perhaps once somebody has signed in anew. */
function mayPass({ status }: { status: number }): boolean {
  return passing({ status }) || status === 401;
}

function isThere(text: string, { start_utf16, end_utf16, found }: Violation): boolean {
  return text.slice(start_utf16, end_utf16) === found;
}

/** The edits of one fix, the same ones counted. */
function madeBy(edits: readonly Edit[]): Made[] {
  const made: Made[] = [];
  for (const { rule, found, replacement } of edits) {
    const same = made.find((other) => other.rule === rule && other.found === found && other.by === replacement);
    if (same) same.times += 1;
    else made.push({ rule, found, by: replacement, times: 1 });
  }
  return made;
}
