/** The last word on each prompt that the server has not heard, kept on this device. */

import type { RecorderData } from "./data";

const KEY = "speechcorpus-skips/";

export interface Skip {
  claim: string;
  prompt: string;
  reason: string | null; // null: the skip is taken back
  words: string | null;
}

/** Those of this claim. */
export function waitingSkips(data: RecorderData): Skip[] {
  return readSkips(data.contributor_ref).filter(({ claim }) => claim === data.claim.id);
}

/** Keep a word on a prompt of this claim; the one before it is of no interest any more. */
export function keepSkip({ contributor_ref, claim }: RecorderData, said: Omit<Skip, "claim">): void {
  const skip = { claim: claim.id, ...said };
  const others = readSkips(contributor_ref).filter(({ claim: of, prompt }) => of !== skip.claim || prompt !== skip.prompt);
  writeSkips(contributor_ref, [...others, skip]);
}

export function readSkips(contributor: string): Skip[] {
  return JSON.parse(localStorage.getItem(KEY + contributor) ?? "[]") as Skip[];
}

export function writeSkips(contributor: string, skips: readonly Skip[]): void {
  localStorage.setItem(KEY + contributor, JSON.stringify(skips));
}
