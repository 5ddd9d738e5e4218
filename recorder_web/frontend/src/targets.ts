/** How far the work is: prompts done and to do, seconds spoken against what is wished for. Pure. */

import type { View } from "./view";

/** Whether the prompts are topics: spoken about freely, every take counts. */
export function isFree({ data }: Pick<View, "data">): boolean {
  return data.claim.style !== "read";
}

/** Prompts with a recording, skipped ones without, and what is left. */
export function counts({ lines, skips, data }: View): { done: number; skipped: number; left: number; owed: number } {
  const done = lines.filter(({ take }) => take !== null).length;
  const skipped = data.prompts.filter(({ id }, at) => skips[id] !== undefined && lines[at]?.take == null).length;
  return { done, skipped, left: lines.length - done - skipped, owed: lines.length - skipped };
}

const WARNED_S = 180;

/** Minutes, begun ones too, until what is set aside for the claim is used up; 0 when it is, null while that is far. */
export function paidMinutes(view: View): number | null {
  const left_s = (view.data.claim.quota_s ?? Infinity) - spoken(view);
  return left_s > WARNED_S ? null : Math.ceil(Math.max(0, left_s) / 60);
}

/** Seconds spoken about a topic, in all its takes and in the one that runs. */
export function spokenAbout(view: View, at: number): number {
  const earlier = view.earlier.filter((line) => line.at === at);
  const kept = [...earlier, view.lines[at]!].reduce((sum, { seconds }) => sum + (seconds ?? 0), 0);
  const runs = view.at === at && (view.state === "recording" || view.state === "closing");
  return kept + (runs ? view.take_s : 0);
}

/** Seconds spoken for the whole claim. */
export function spoken(view: View): number {
  return view.lines.reduce((sum, _, at) => sum + spokenAbout(view, at), 0);
}
