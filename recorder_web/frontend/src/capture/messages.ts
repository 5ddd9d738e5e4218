/** What page, take worker and upload worker say to each other. */

import type { Canonical } from "../canonical";
import type { Snapshot } from "../ledger";
import type { Reading } from "../meter/level";
import type { Interrupted } from "../store/recovery";
import type { BandMarker, EndedBy, SittingRecord, TakePlan } from "../take";

/** Where the packets come from; made by `openFeed`, read by the take worker. */
export type Feed =
  | { path: "mstp"; readable: ReadableStream<AudioData> }
  | { path: "worklet"; port: MessagePort; rate_hz: number };

/** Between which levels speech is neither too quiet nor too loud. */
export interface SpeechLimits {
  speech_min_dbfs: number;
  speech_max_dbfs: number;
}

/** What was heard in a take that its speaker should know at once; the stored sound decides. */
export type HeardCode = "audio.clipped" | "audio.too-quiet" | "audio.too-loud" | "audio.hum";

export type AlarmKind = "stall" | "clock" | "ledger" | "muted";

export type ToTakeWorker =
  | { type: "scan"; contributor: string; uploads: MessagePort }
  | { type: "keep-interrupted" }
  | { type: "discard-interrupted" }
  | { type: "open"; sitting: SittingRecord; settings: Canonical; feed: Feed; counts: boolean; limits?: SpeechLimits }
  | { type: "snapshot"; snapshot: Snapshot }
  | { type: "start"; plan: TakePlan; snapshot?: Snapshot | undefined } // the counters as the key was pressed
  | { type: "stop"; ended_by: EndedBy; snapshot?: Snapshot | undefined }
  | { type: "band"; kind: BandMarker }
  | { type: "event"; kind: string; facts?: Record<string, Canonical> };

export type FromTakeWorker =
  | { type: "scanned"; interrupted: Interrupted[]; others: boolean; handles: boolean } // handles: this browser has files a worker can write at once
  | { type: "settled-interrupted" }
  | { type: "opened"; rate_hz: number }
  | { type: "meter"; reading: Reading; take_frames: number; muted: boolean; burst: boolean; clipped_runs: number } // runs: of this take so far
  | { type: "heard"; code: HeardCode; measured: number } // once a code and take
  | { type: "live"; take: string } // the first packet after the press is on disk
  | { type: "ending"; take: string } // the last sample is in, its count is being settled
  | { type: "ended"; take: string; plan: TakePlan; frames: number; rate_hz: number; lost_frames: number; ended_by: EndedBy }
  | { type: "alarm"; kind: AlarmKind }
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
  | { type: "rest"; resting: boolean } // a break begins or ends: the sitting is paused, or goes on
  | { type: "scan" } // files may be there that were not sent
  | { type: "hold"; hold: boolean } // sound waits for Wi-Fi, or goes now
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
