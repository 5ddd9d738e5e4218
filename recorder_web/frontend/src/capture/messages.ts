/** What page, take worker and upload worker say to each other. */

import type { Canonical } from "../canonical";
import type { Snapshot } from "../ledger";
import type { Reading } from "../meter/level";
import type { Interrupted } from "../store/recovery";
import type { EndedBy, SittingRecord, TakePlan } from "../take";

export type ToTakeWorker =
  | { type: "scan"; contributor: string; uploads: MessagePort }
  | { type: "keep-interrupted" }
  | { type: "discard-interrupted" }
  | { type: "open"; sitting: SittingRecord; settings: Canonical; readable: ReadableStream<AudioData>; counts: boolean }
  | { type: "snapshot"; snapshot: Snapshot }
  | { type: "start"; plan: TakePlan }
  | { type: "stop"; ended_by: EndedBy }
  | { type: "event"; kind: string };

export type FromTakeWorker =
  | { type: "scanned"; interrupted: Interrupted[]; others: boolean }
  | { type: "settled-interrupted" }
  | { type: "opened"; rate_hz: number }
  | { type: "meter"; reading: Reading; take_frames: number; muted: boolean }
  | { type: "live"; take: string } // the first packet after the press is on disk
  | { type: "ending"; take: string } // the last sample is in, its count is being settled
  | { type: "ended"; take: string; plan: TakePlan; frames: number; rate_hz: number; lost_frames: number; ended_by: EndedBy }
  | { type: "alarm"; kind: "stall" | "clock" | "ledger" }
  | { type: "gone"; ended_by: EndedBy } // no more samples will come
  | { type: "failed"; name: string; detail: string }; // no take runs any more

/** What went wrong, for the page. */
export function failureOf(error: unknown): Extract<FromTakeWorker, { type: "failed" }> {
  const { name, message } = error instanceof Error || error instanceof DOMException ? error : new Error(String(error));
  return { type: "failed", name, detail: message };
}

export function isFull(error: unknown): boolean {
  return failureOf(error).name === "QuotaExceededError";
}

export type ToUploadWorker =
  | { type: "start"; api: string; csrf: string; contributor: string; uploads: MessagePort }
  | { type: "begin"; sitting: SittingRecord }
  | { type: "close"; sitting: string }
  | { type: "take-over" } // pause the sitting that is open elsewhere
  | { type: "scan" } // files may be there that were not sent
  | { type: "wake" }; // the network, the page or a sign-in is back

export interface UploadState {
  safe: Record<string, string>; // take -> take_sha256 of its receipt
  waiting_takes: number;
  waiting_s: number;
  problem: string | null; // code of what holds the queue up
  stopped: Record<string, string>; // take -> code that needs a person
  closed: string[];
}

export type FromUploadWorker = { type: "state"; state: UploadState };

/** On the port between the two workers. */
export type ToUploads =
  | { type: "take"; sitting: string; take: string }
  | { type: "chunk"; sitting: string; take: string; index: number }
  | { type: "finished"; sitting: string; take: string }
  | { type: "bytes"; id: number; bytes: Uint8Array<ArrayBuffer> | null };

export type ToTakes = { type: "read"; id: number; take: string; index: number };
