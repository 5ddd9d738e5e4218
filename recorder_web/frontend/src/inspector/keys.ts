/** The Inspector's keys: one table, shown on the page and obeyed; nothing while somebody writes. Pure but for the event. */

import type { Side, Way } from "../tracks/hearing";

export type Act =
  | "play" | "next-span" | "previous-span" | "accept" | "fix" | "refuse" | "undo" | "next-item"
  | "start-here" | "end-here" | "loop" | "speed" | "closer" | "farther" | "whole" | "to-span" | "clear"
  | { reason: number } | { move_s: number } | { way: Way; side: Side };

const KEYS: Record<string, Act> = {
  " ": "play",
  j: "next-span",
  k: "previous-span",
  a: "accept",
  f: "fix",
  r: "refuse",
  u: "undo",
  n: "next-item",
  "[": "start-here",
  "]": "end-here",
  l: "loop",
  s: "speed",
  "+": "closer",
  "=": "closer",
  "-": "farther",
  "0": "whole",
  z: "to-span",
  Escape: "clear",
  ",": { move_s: -0.01 },
  ".": { move_s: 0.01 },
  ArrowLeft: { move_s: -0.1 },
  ArrowRight: { move_s: 0.1 },
};
const TRACKS: Record<string, Side> = { o: "mine", p: "theirs" }; // alone; with Shift silent
const LONG = 10; // times as far with Shift

/** What a key does; null for keys that are not ours. */
export function actOf({ key, shiftKey }: { key: string; shiftKey: boolean }): Act | null {
  if (/^[1-9]$/.test(key)) return { reason: Number(key) };
  const side = TRACKS[key.toLowerCase()];
  if (side !== undefined) return { way: shiftKey ? "mute" : "solo", side };
  const act = KEYS[key.length === 1 ? key.toLowerCase() : key] ?? null;
  if (act !== null && typeof act === "object" && "move_s" in act) return { move_s: act.move_s * (shiftKey ? LONG : 1) };
  return act;
}

/** Whether a press is meant for the page: not for a field, a composition or the browser; Space and Enter belong to a button in focus. */
export function isOurs(event: KeyboardEvent): boolean {
  if (event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return false;
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest("textarea, select, input:not([type=radio])")) return event.key === "Escape";
  if (target?.closest("[type=radio]") && event.key.startsWith("Arrow")) return false;
  return !(event.key === " " && target?.closest("button, a, summary"));
}
