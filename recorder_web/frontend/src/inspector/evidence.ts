/** The span that is shown as evidence: to the millisecond, always inside the item. Pure. */

export interface Span {
  from_s: number;
  to_s: number;
}

const SHORTEST_S = 0.01;

function ms(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** The span between two times in either order; null where it is too short to be meant. */
export function spanOf(one_s: number, other_s: number, duration_s: number): Span | null {
  const [from, to] = [Math.min(one_s, other_s), Math.max(one_s, other_s)].map((at) => ms(Math.min(duration_s, Math.max(0, at)))) as [number, number];
  return to - from < SHORTEST_S ? null : { from_s: from, to_s: to };
}

/** The span with its start (or end) at a time; one that would turn round begins anew there. */
export function withEdge(span: Span | null, edge: "from_s" | "to_s", at_s: number, duration_s: number): Span | null {
  const other = edge === "from_s" ? (span === null || span.to_s <= at_s ? duration_s : span.to_s) : span === null || span.from_s >= at_s ? 0 : span.from_s;
  return spanOf(at_s, other, duration_s);
}

/** Where a press lands: on an edge of the span that may be dragged, or beside it. */
export function edgeAt(span: Span | null, at_s: number, reach_s: number): "from_s" | "to_s" | null {
  if (span === null) return null;
  const [before, after] = [Math.abs(at_s - span.from_s), Math.abs(at_s - span.to_s)];
  if (Math.min(before, after) > reach_s) return null;
  return before <= after ? "from_s" : "to_s";
}

/** The next (+1) or previous (−1) of spans in their order; at the ends it stays. */
export function stepped(at: number, by: 1 | -1, count: number): number {
  return count === 0 ? -1 : Math.min(count - 1, Math.max(0, at + by));
}
