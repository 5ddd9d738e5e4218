/** Which of two tracks is heard: one may be alone, one may be silent. Pure. */

export const SIDES = ["mine", "theirs"] as const;
export type Side = (typeof SIDES)[number];
export type Way = "solo" | "mute";

export type Change = (hearing: Hearing) => void;
export type Caps = Record<Way, Record<Side, string>>; // what is pressed for it

export interface Hearing {
  solo: Side | null;
  mute: Record<Side, boolean>;
}

export const BOTH: Hearing = { solo: null, mute: { mine: false, theirs: false } };

/** One step: a track alone or not, silent or not. */
export function toggled({ solo, mute }: Hearing, way: Way, side: Side): Hearing {
  if (way === "mute") return { solo, mute: { ...mute, [side]: !mute[side] } };
  return { solo: solo === side ? null : side, mute };
}

/** How loud a track is, 0 or 1: who is alone is heard, muted before or not. */
export function gainOf({ solo, mute }: Hearing, side: Side): number {
  return Number(solo === null ? !mute[side] : solo === side);
}

/** By how many milliseconds the tracks may be off, with no digit that says nothing. */
export function offSaid(ms: number | null): string {
  return ms === null ? "" : ms.toFixed(ms < 10 ? 1 : 0);
}
