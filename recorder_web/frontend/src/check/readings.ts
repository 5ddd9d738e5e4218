/** What people type from a meter's display, and what can be said of a take before the server has measured it. Pure. */

const LOWEST_DBA = 50;
const HIGHEST_DBA = 102;
export const STEADY_DB = 0.5;
export const APART_DB = 15;
export const TAKES = 3;

/** A number as it was typed: full-width digits, a comma for the point, a unit behind it; null if it is none. */
export function readingOf(typed: string): string | null {
  const plain = typed.normalize("NFKC").trim().replace(/\s*dB\s*(\(?\s*A\s*\)?)?$/i, "").replace(",", ".");
  return /^\d{1,3}(\.\d{1,2})?$/.test(plain) ? String(Number(plain)) : null;
}

export type ReadingProblem = "number" | "low" | "high";

/** Why a reading cannot be one of a meter beside a steady noise. */
export function readingProblem(typed: string): ReadingProblem | null {
  const reading = readingOf(typed);
  if (reading === null) return "number";
  if (Number(reading) < LOWEST_DBA) return "low";
  return Number(reading) > HIGHEST_DBA ? "high" : null;
}

/** How far the seconds of a take lie apart, if that is too far for a steady noise. */
export function unsteadyBy(seconds_dbfs: readonly number[]): number | null {
  const moved_db = Math.max(...seconds_dbfs) - Math.min(...seconds_dbfs);
  return moved_db > STEADY_DB ? moved_db : null;
}
