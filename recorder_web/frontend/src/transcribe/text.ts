/** A text and what is wrong with it: pieces to underline, fixes to apply. Pure. */

export interface Violation {
  rule: string;
  severity: "error" | "warning";
  start_utf16: number;
  end_utf16: number;
  found: string;
  fix: "safe" | "ask" | "none";
  replacement: string | null;
  candidates: string[];
  facts: Record<string, string>;
}

export interface Piece {
  text: string;
  violation: number | null; // index of the first violation that covers it
}

/** The text cut where underlines begin and end; a point between two characters marks the one before it. */
export function piecesOf(text: string, violations: readonly Violation[]): Piece[] {
  const spans = violations.map(({ start_utf16: start, end_utf16: end }) => (end > start ? [start, end] : [Math.max(0, start - 1), start]));
  const cuts = [...new Set([0, text.length, ...spans.flat()])].filter((cut) => cut <= text.length).sort((a, b) => a - b);
  return cuts.slice(0, -1).map((from, i) => {
    const to = cuts[i + 1]!;
    const over = spans.findIndex(([start, end]) => start! <= from && to <= end!);
    return { text: text.slice(from, to), violation: over < 0 ? null : over };
  });
}

/** The text with one violation replaced. */
export function replaced(text: string, { start_utf16, end_utf16 }: Violation, by: string): string {
  return text.slice(0, start_utf16) + by + text.slice(end_utf16);
}

/** The text with every fix that changes no speech, from the right so that places stay true; overlaps wait for the next check. */
export function safelyFixed(text: string, violations: readonly Violation[]): string {
  let [fixed, free] = [text, Infinity];
  for (const violation of [...violations].sort((a, b) => b.start_utf16 - a.start_utf16)) {
    if (violation.fix !== "safe" || violation.replacement === null || violation.end_utf16 > free) continue;
    fixed = replaced(fixed, violation, violation.replacement);
    free = violation.start_utf16;
  }
  return fixed;
}

/** The next violation after a place, from the start again when there is none behind it. */
export function nextViolation(violations: readonly Violation[], at: number): number | null {
  if (violations.length === 0) return null;
  const behind = violations.findIndex(({ start_utf16 }) => start_utf16 > at);
  return behind < 0 ? 0 : behind;
}
