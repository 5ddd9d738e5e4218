/** What an answer of the server means for a take that waits. Retries never end; nothing is ever overwritten. Pure. */

const FIRST_MS = 500;
const CAP_MS = 30_000;
const TRIES = 3;

export interface Answer {
  status: number; // 0: nobody answered
  code: string;
  retry_after_s: number | null;
  facts?: Record<string, unknown>;
}

export type Step =
  | { do: "retry"; ms: number }
  | { do: "sign-in"; ms: number } // recording goes on; wait for the person
  | { do: "renew" } // the sign-in is another one now: ask whose it is and take up its token
  | { do: "register" } // parents first, then again
  | { do: "ask-chunks" } // the server says which are missing
  | { do: "without-markers" }
  | { do: "stop" } // this take needs a person; it stays on the device
  | { do: "stop-all" };

/** Full jitter: any time up to the doubled limit, which ends at 30 s. */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** The next step after a refusal; `attempt` counts refusals in a row for the same reason, from 0. */
export function stepAfter({ status, code, retry_after_s }: Answer, attempt: number, random: number): Step {
  const retry: Step = { do: "retry", ms: waitMs(retry_after_s) ?? backoffMs(attempt, random) };
  if (status === 0 || status === 400 || status === 429 || status >= 500) return retry;
  if (status === 401) return { do: "sign-in", ms: CAP_MS };
  if (status === 403 && code === "auth.csrf") return { do: "renew" };
  if (code === "take.too-long") return retry; // it was spoken before the server knew of it; time mends that
  if (status === 403) return { do: code.startsWith("consent.") ? "stop-all" : "stop" };
  if (status === 404) return attempt === 0 ? { do: "register" } : { do: "stop" };
  if (code === "take.incomplete") return attempt < TRIES ? { do: "ask-chunks" } : retry;
  if (code === "sitting.other-open") return { do: "retry", ms: CAP_MS / 6 };
  if (code === "manifest.markers" && attempt === 0) return { do: "without-markers" };
  if (status === 422 && attempt < TRIES) return retry;
  return { do: "stop" };
}

/** What the server asked for, if it is a time at all; never so short that asking becomes a storm. */
function waitMs(retry_after_s: number | null): number | null {
  return retry_after_s === null || !Number.isFinite(retry_after_s) ? null : Math.max(FIRST_MS, retry_after_s * 1_000);
}

export interface Waiting {
  take: string;
  started: number; // order of recording
  stopped: boolean;
  work: boolean; // something of it can be sent now
}

/** The take to send next: the oldest first, so the newest last. */
export function nextTake<T extends Waiting>(takes: readonly T[]): T | null {
  const ready = takes.filter((take) => take.work && !take.stopped);
  return ready.reduce<T | null>((first, take) => (first === null || take.started < first.started ? take : first), null);
}

/** Chunk indices that are here and not yet there. */
export function missingChunks(here: number, there: ReadonlySet<number>): number[] {
  return Array.from({ length: here }, (_, index) => index).filter((index) => !there.has(index));
}
