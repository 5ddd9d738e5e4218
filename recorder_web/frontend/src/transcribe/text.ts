/** A text and what is wrong with it: pieces to underline, changes to make, where the caret goes. Pure. */

import { stepAfter, stepBefore } from "./graphemes";

export interface Violation {
  rule: string;
  severity: "error" | "warning";
  start_utf16: number;
  end_utf16: number;
  found: string;
  codepoints: string[];
  fix: "safe" | "ask" | "none";
  replacement: string | null;
  candidates: string[];
  facts: Record<string, string>;
}

/** One safe fix the server made: a place, in code points, in the text as the edits before it left it. */
export interface Edit {
  rule: string;
  start: number;
  end: number;
  found: string;
  replacement: string;
}

export interface Piece {
  text: string;
  violations: number[]; // indexes of all that cover it
}

/** A part of a text and what stands there instead. */
export interface Change {
  from: number;
  to: number;
  by: string;
}

/** Where a violation is drawn: a point between two characters marks the one before it. */
export function drawnSpan(text: string, { start_utf16: start, end_utf16: end }: Violation): [number, number] {
  if (end > start) return [start, end];
  return start > 0 ? [stepBefore(text, start), start] : [0, stepAfter(text, 0)];
}

/** Whether a violation is about the text as a whole: there is no place in it to look at. */
export function isWhole(text: string, { start_utf16: start, end_utf16: end }: Violation): boolean {
  return start === 0 && end === text.length && stepAfter(text, 0) < end;
}

/** The text cut where underlines begin and end. */
export function piecesOf(text: string, violations: readonly Violation[]): Piece[] {
  const spans = violations.map((violation) => drawnSpan(text, violation));
  const cuts = [...new Set([0, text.length, ...spans.flat()])].filter((cut) => cut <= text.length).sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, i) => {
    const to = cuts[i + 1]!;
    const over = spans.flatMap(([start, end], n) => (start <= from && to <= end ? [n] : []));
    return { text: text.slice(from, to), violations: over };
  });
}

/** The smallest change that makes one text of another; never half a character of two units. */
export function changeBetween(before: string, after: string): Change {
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from++;
  if (inside(before, from) || inside(after, from)) from--;
  let tail = 0;
  while (tail < most - from && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  if (inside(before, before.length - tail) || inside(after, after.length - tail)) tail--;
  return { from, to: before.length - tail, by: after.slice(from, after.length - tail) };
}

function inside(text: string, at: number): boolean {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? "") && /[\udc00-\udfff]/.test(text[at] ?? "");
}

/** Places of a text after changes that do not overlap. */
export function changed(text: string, changes: readonly Change[]): string {
  return [...changes].sort((a, b) => b.from - a.from).reduce((so_far, { from, to, by }) => so_far.slice(0, from) + by + so_far.slice(to), text);
}

/** The caret at the same place in the text after changes that do not overlap. */
export function caretAfter(caret: number, changes: readonly Change[]): number {
  return [...changes].sort((a, b) => b.from - a.from).reduce((at, { from, to, by }) => moved(at, from, to, by.length), caret);
}

function moved(at: number, from: number, to: number, length: number): number {
  if (at >= to) return at + length - (to - from);
  return at <= from ? at : Math.min(at, from + length);
}

/** The same through the edits of the server, which come one after the other and count code points. */
export function caretAfterEdits(before: string, after: string, caret: number, edits: readonly Edit[]): number {
  const start = [...before.slice(0, caret)].length;
  const at = edits.reduce((place, { start: from, end: to, replacement }) => moved(place, from, to, [...replacement].length), start);
  return [...after].slice(0, at).join("").length;
}

/** Violations of a text that was typed over since: what was touched is gone, the rest keeps its place. */
export function shifted(violations: readonly Violation[], before: string, after: string): Violation[] {
  const { from, to, by } = changeBetween(before, after);
  const by_units = by.length - (to - from);
  return violations.flatMap((violation) => {
    const { start_utf16: start, end_utf16: end } = violation;
    if (end <= from && start < from) return [violation];
    return start >= to && end > to ? [{ ...violation, start_utf16: start + by_units, end_utf16: end + by_units }] : [];
  });
}

/** Violations that are the same safe fix at several places, as one. */
export interface Group {
  violation: Violation;
  indexes: number[];
}

export function grouped(violations: readonly Violation[]): Group[] {
  const groups: Group[] = [];
  violations.forEach((violation, index) => {
    const same = groups.find(({ violation: other }) => violation.fix === "safe" && other.fix === "safe" && sameFix(other, violation));
    if (same) same.indexes.push(index);
    else groups.push({ violation, indexes: [index] });
  });
  return groups;
}

function sameFix(a: Violation, b: Violation): boolean {
  return a.rule === b.rule && a.found === b.found && a.replacement === b.replacement;
}

/** The next violation after a place, from the start again when there is none behind it. */
export function nextViolation(violations: readonly Violation[], at: number): number | null {
  if (violations.length === 0) return null;
  const behind = violations.findIndex(({ start_utf16 }) => start_utf16 > at);
  return behind < 0 ? 0 : behind;
}

/** The last violation before a place, from the end again when there is none. */
export function violationBefore(violations: readonly Violation[], at: number): number | null {
  if (violations.length === 0) return null;
  const before = violations.findLastIndex(({ end_utf16 }) => end_utf16 < at);
  return before < 0 ? violations.length - 1 : before;
}

/** The violation the caret stands in or at the edge of. */
export function violationAt(text: string, violations: readonly Violation[], caret: number): number | null {
  const at = violations.findIndex((violation) => {
    const [from, to] = drawnSpan(text, violation);
    return from <= caret && caret <= to;
  });
  return at < 0 ? null : at;
}
