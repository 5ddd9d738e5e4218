/** What an answer of the server means for a take that waits. Retries never end; nothing is ever overwritten. Pure. */

const FIRST_MS = 500;
const CAP_MS = 30_000;
const TRIES = 3;
const LONGEST_MS = 600_000; // whatever a server asks for: asking again costs nothing, and a timer of months rings at once

export interface Answer {
  status: number; // 0: nobody answered
  code: string;
  retry_after_s: number | null;
  facts?: Record<string, unknown>;
}

export type Step =
  | { do: "retry"; ms: number }
  | { do: "pass"; ms: number } // it is this take's own trouble: others go first meanwhile
  | { do: "sign-in"; ms: number } // recording goes on; wait for the person
  | { do: "renew" } // the sign-in is another one now: ask whose it is and take up its token
  | { do: "register" } // parents first, then again
  | { do: "ask-chunks" } // the server says which are missing
  | { do: "without-markers" }
  | { do: "without-exchanges" }
  | { do: "stop" } // this take needs a person; it stays on the device
  | { do: "stop-all" };

/** Full jitter: any time up to the doubled limit, which ends at 30 s. */
export function backoffMs(attempt: number, random: number): number {
  return random * Math.min(CAP_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
}

/** The next step after a refusal; `attempt` counts refusals in a row for the same reason, from 0. */
export function stepAfter({ status, code, retry_after_s }: Answer, attempt: number, random: number): Step {
  const ms = waitMs(retry_after_s) ?? backoffMs(attempt, random);
  const retry: Step = { do: "retry", ms };
  const pass: Step = { do: "pass", ms };
  if (code === "take.too-long" || code === "quota.take") return pass; // spoken before the server knew of it: time mends that
  if (status === 0 || status === 400 || status === 429 || status >= 500) return retry;
  if (status === 401) return { do: "sign-in", ms: CAP_MS };
  if (status === 403 && code === "auth.csrf") return { do: "renew" };
  if (status === 403) return { do: code.startsWith("consent.") ? "stop-all" : "stop" };
  if (status === 404) return attempt === 0 ? { do: "register" } : { do: "stop" };
  if (code === "take.incomplete") return attempt < TRIES ? { do: "ask-chunks" } : pass;
  if (code === "sitting.other-open") return { do: "retry", ms: CAP_MS / 6 };
  if (code === "manifest.markers" && attempt === 0) return { do: "without-markers" };
  if (status === 413 && attempt === 0) return { do: "without-exchanges" };
  if (status === 422 && attempt < TRIES) return pass;
  return { do: "stop" };
}

/** What the server asked for, if it is a time at all; never so short that asking becomes a storm, never out of reach. */
function waitMs(retry_after_s: number | null): number | null {
  return retry_after_s === null || !Number.isFinite(retry_after_s) ? null : Math.min(LONGEST_MS, Math.max(FIRST_MS, retry_after_s * 1_000));
}

export interface Waiting {
  take: string;
  started: number; // when it was recorded
  stopped: boolean;
  work: boolean; // something of it can be sent now
  ready_ms: number; // not before this moment
}

/** The take to send next: the oldest first, so the newest last. */
export function nextTake<T extends Waiting>(takes: readonly T[], now_ms: number): T | null {
  const ready = takes.filter((take) => take.work && !take.stopped && take.ready_ms <= now_ms);
  return ready.reduce<T | null>((first, take) => (first === null || take.started < first.started ? take : first), null);
}

/** The first `most` chunk indices that are here and not yet there. */
export function missingChunks(here: number, there: ReadonlySet<number>, most: number): number[] {
  const missing: number[] = [];
  for (let index = 0; index < here && missing.length < most; index++) if (!there.has(index)) missing.push(index);
  return missing;
}
