/** One segment in the editor: its words, what the server said of them, where they are kept. */

import type { Verdict } from "../data";
import type { Checked, Revision } from "./server";
import { isWhole, type Violation } from "./text";

export interface SegmentData {
  id: string;
  take: string;
  start_sample: number; // of the take, as events and cuts count
  rate_hz: number;
  version: number; // of its edges
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
  contributor_ref: string;
  claim: { id: string; fence: number; marks: string; variety: string; style: string };
  drafts: boolean; // a recogniser can be asked
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
  unclear: { count: number; limit: number } | null; // more is unclear than can be used
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
    unclear: null,
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

/** Where a segment begins in its take. */
export function startOf({ start_sample, rate_hz }: SegmentData): number {
  return start_sample / rate_hz;
}

/** Whether its takes are free speech, which is cut into segments by hand. */
export function isFree({ claim }: TranscribeData): boolean {
  return claim.style !== "read";
}

/** How a segment is called: by its prompt, or counted where one topic has many. */
export function numberOf(data: TranscribeData, lines: readonly Line[], line: Line): number {
  return isFree(data) ? lines.indexOf(line) + 1 : line.position;
}
