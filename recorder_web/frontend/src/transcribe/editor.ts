/** The transcripts of a claim: checked as typed, saved two seconds later, never over somebody else's words. */

import { nextViolation, replaced, safelyFixed, type Violation } from "./text";
import type { Verdict } from "../data";

const CHECK_MS = 150;
const SAVE_MS = 2_000;
const RETRY_MS = 5_000;
const ROUNDS = 3;

export interface SegmentData {
  id: string;
  position: number;
  prompt_text: string | null;
  text: string;
  revision: number;
  audio: string;
  duration_s: number;
  verdict: Verdict | null;
}

export interface TranscribeData {
  api: string;
  csrf: string;
  locale: string;
  claim: { id: string; marks: string; variety: string };
  segments: SegmentData[];
  urls: { record: string; work: string };
}

export type Saving = "saved" | "changed" | "saving" | "offline" | "conflict" | "refused";

export interface Line extends SegmentData {
  violations: Violation[] | null; // null: not checked yet
  saving: Saving;
  refusal: string | null;
  theirs: { text: string; revision: number } | null;
}

export class Editor {
  readonly data: TranscribeData;
  readonly lines: Line[];
  at = 0;
  private readonly draw: () => void;
  private readonly checks = new Map<string, number>();
  private readonly saves = new Map<string, number>();

  constructor(data: TranscribeData, draw: () => void) {
    this.data = data;
    this.draw = draw;
    this.lines = data.segments.map((segment) => ({ ...segment, violations: null, saving: "saved", refusal: null, theirs: null }));
    this.at = Math.max(0, this.lines.findIndex((line) => line.text === ""));
    this.lines.forEach((line) => line.text !== "" && void this.check(line));
  }

  get current(): Line {
    return this.lines[this.at]!;
  }

  goTo(at: number): void {
    if (at < 0 || at >= this.lines.length) return;
    this.at = at;
    this.draw();
  }

  /** New words were typed; never called while an input method is composing. */
  type(line: Line, text: string): void {
    line.text = text;
    line.saving = "changed";
    line.violations = null;
    this.later(this.checks, line, CHECK_MS, () => this.check(line));
    this.later(this.saves, line, SAVE_MS, () => this.save(line));
    this.draw();
  }

  /** Take one candidate for a violation. */
  fix(line: Line, violation: Violation, by: string): void {
    this.type(line, replaced(line.text, violation, by));
  }

  /** Everything that changes no speech, until nothing of it is left. */
  async fixSafe(line: Line): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const fixed = safelyFixed(line.text, line.violations ?? []);
      if (fixed === line.text) return;
      this.type(line, fixed);
      await this.check(line);
    }
  }

  /** Place of the next problem after the caret, as UTF-16 offsets. */
  nextProblem(caret: number): [number, number] | null {
    const { violations } = this.current;
    const next = nextViolation(violations ?? [], caret);
    return next === null ? null : [violations![next]!.start_utf16, violations![next]!.end_utf16];
  }

  async check(line: Line): Promise<void> {
    const { text } = line;
    const answer = await this.ask<{ violations: Violation[] }>("POST", `/segments/${line.id}/check`, { text });
    if (answer.body === null || line.text !== text) return; // typed on meanwhile: a newer check is coming
    line.violations = answer.body.violations;
    this.draw();
  }

  async save(line: Line): Promise<void> {
    if (line.saving === "saving" || line.saving === "conflict") return;
    const { text, revision } = line;
    line.saving = "saving";
    this.draw();
    const answer = await this.ask<{ revision: number; violations: Violation[]; verdict: Verdict | null }>("PUT", `/segments/${line.id}/transcript`, {
      text,
      base_revision: revision,
    });
    if (answer.body !== null) this.kept(line, text, answer.body);
    else if (answer.code === "transcript.revision-conflict") await this.showTheirs(line);
    else this.notKept(line, answer.status, answer.code);
    this.draw();
  }

  /** Settle a conflict: my words on top of theirs, or theirs. Both stay in the history. */
  settle(line: Line, whose: "mine" | "theirs"): void {
    const { theirs } = line;
    if (theirs === null) return;
    line.revision = theirs.revision;
    line.theirs = null;
    line.saving = "saved";
    if (whose === "mine") this.type(line, line.text);
    else {
      line.text = theirs.text;
      void this.check(line);
    }
    this.draw();
  }

  get unsaved(): boolean {
    return this.lines.some(({ saving }) => saving !== "saved");
  }

  private kept(line: Line, text: string, { revision, violations, verdict }: { revision: number; violations: Violation[]; verdict: Verdict | null }): void {
    line.revision = revision;
    line.verdict = verdict;
    line.refusal = null;
    const same = line.text === text;
    line.saving = same ? "saved" : "changed";
    if (same) line.violations = violations;
    else this.later(this.saves, line, SAVE_MS, () => this.save(line));
  }

  private notKept(line: Line, status: number, code: string): void {
    const again = status === 0 || status >= 500 || status === 429 || status === 401;
    line.saving = again ? "offline" : "refused";
    line.refusal = again ? null : code;
    if (again) this.later(this.saves, line, RETRY_MS, () => this.save(line));
  }

  private async showTheirs(line: Line): Promise<void> {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const fresh = JSON.parse(page.getElementById("data")?.textContent ?? "null") as TranscribeData | null;
    const theirs = fresh?.segments.find(({ id }) => id === line.id);
    line.saving = "conflict";
    line.theirs = theirs ? { text: theirs.text, revision: theirs.revision } : null;
  }

  private later(timers: Map<string, number>, line: Line, ms: number, work: () => Promise<void>): void {
    clearTimeout(timers.get(line.id));
    timers.set(line.id, window.setTimeout(() => void work(), ms));
  }

  private async ask<T>(method: string, path: string, body: object): Promise<{ status: number; code: string; body: T | null }> {
    const headers = { "Content-Type": "application/json", "X-CSRF-Token": this.data.csrf };
    try {
      const response = await fetch(this.data.api + path, { method, headers, body: JSON.stringify(body) });
      const answer = (await response.json()) as T & { code?: string };
      return { status: response.status, code: answer.code ?? "", body: response.ok ? answer : null };
    } catch {
      return { status: 0, code: "network", body: null };
    }
  }
}
