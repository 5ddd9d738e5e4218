/** A prompted dialogue: lines that belong to one side each. What has no such lines is a topic. Pure. */

export type Seat = 1 | 2;

export interface Line {
  seat: Seat;
  text: string;
}

const MARK = /^\s*(甲|乙|A|B)\s*[：:]\s*(.+)$/u;
const SEATS: Record<string, Seat> = { 甲: 1, A: 1, 乙: 2, B: 2 };

/** The lines of a text in which both sides have a part and nothing else stands; null: a topic to talk about. */
export function linesOf(text: string): Line[] | null {
  const rows = text.split("\n").filter((row) => row.trim() !== "");
  const found = rows.map((row) => MARK.exec(row));
  if (!found.every((match) => match !== null)) return null;
  const lines = found.map((match) => ({ seat: SEATS[match[1]!]!, text: match[2]!.trim() }));
  return new Set(lines.map(({ seat }) => seat)).size === 2 ? lines : null;
}

/** Where both are: which topic, which line of it. Whoever moved on last is right; of two at once the first seat. */
export interface Place {
  at: number;
  line: number;
  rev: number; // how often somebody moved
}

/** Whether a place that came from the other side is the one that holds. */
export function overrules(theirs: Place, mine: Place, seat: Seat): boolean {
  return theirs.rev > mine.rev || (theirs.rev === mine.rev && seat === 2);
}
