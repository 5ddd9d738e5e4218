/** One segment in the editor: its words, what the server said of them, where they are kept. */

import type { Verdict } from "../data";
import type { Checked, Revision } from "./server";
import { isWhole, type Violation } from "./text";

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
export type Checking = "waiting" | "done" | "offline" | "refused";

/** One change that was made at once: what stood there, what stands there now, how often. */
export interface Made {
  rule: string;
  found: string;
  by: string;
  times: number;
}

export interface Line extends SegmentData {
  sequence: number; // grows with every change: an answer to older words is dropped
  violations: Violation[] | null; // null: never checked
  fixed: Pick<Checked, "fixed" | "edits" | "sequence"> | null;
  checking: Checking;
  selected: number | null; // the violation in hand
  made: Made[] | null; // what the last fix did
  saving: Saving;
  kept: boolean; // unsaved words lie on this disk as well
  sent: Set<string>; // words this person sent from here, whether or not an answer came
  restored: boolean; // words of an earlier visit came back
  saved_at: string | null;
  refusal: string | null; // code of a refused saving
  theirs: Revision | null;
}

export function lineOf(segment: SegmentData): Line {
  return {
    ...segment,
    sequence: 0,
    violations: null,
    fixed: null,
    checking: "waiting",
    selected: null,
    made: null,
    saving: "saved",
    kept: false,
    sent: new Set(),
    restored: false,
    saved_at: null,
    refusal: null,
    theirs: null,
  };
}

/** The violation the fix card is about: the one in hand, else the first that has a place, else the first. */
export function inHand({ text, violations, selected }: Line): number | null {
  if (violations === null || violations.length === 0) return null;
  if (selected !== null && selected < violations.length) return selected;
  return Math.max(0, violations.findIndex((violation) => !isWhole(text, violation)));
}
