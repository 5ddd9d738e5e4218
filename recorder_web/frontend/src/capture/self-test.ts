/**
 * Whether the path from microphone to file is raw: seven verdicts on one take of silence, a spoken line and, where the
 * person allowed it, two levels of noise 15 dB apart (recorder.md §10). What they rest on goes with them: the server
 * computes them again from the same samples. Pure.
 */

import { ZeroWatch } from "../alarms";
import type { Canonical } from "../canonical";
import { spanLevel, type Span } from "../check/levels";
import { reachOf } from "../check/spectrum";

const RATE_SHARE = 0.005;
const LOWEST_CLIFF_HZ = 6_000;
const CODES_SHARE = 0.9;
const EXPECTED = 8; // how often a code must be expected before its absence says anything
const NEIGHBOURS = 16; // codes on each side that tell how often one is to be expected
const STEP_DB = 15;
const STEP_WITHIN_DB = 1.5;
const OVER_ROOM_DB = 10;
const SETTLES_S = 0.5; // a loudspeaker begins late
const ENDS_S = 0.3;

export type Result = "pass" | "fail" | "flag" | "not-tested";
export type CheckName = "ledger" | "rate" | "bandwidth" | "codes" | "gate" | "gain-control" | "settings";

export interface Check {
  name: CheckName;
  result: Result;
  facts: Record<string, Canonical>;
}

export interface Heard {
  codes: Int16Array;
  rate_hz: number;
  terms_rate_hz: number; // 0: no task asks for one
  measured_rate_hz: number | null; // samples against the page's clock
  lost_frames: number;
  alarms: string[];
  processing: "off" | "on" | "unknown";
  silence: Span;
  line: Span;
  quiet: Span | null; // the noise from the loudspeaker, if there was any
  loud: Span | null;
}

/** All verdicts, in the order in which they are shown and sent. */
export function selfTest(heard: Heard): Check[] {
  return [ledger(heard), rate(heard), bandwidth(heard), codes(heard), gate(heard), gainControl(heard), settings(heard)];
}

/** Whether anything stands against this microphone. */
export function passed(checks: readonly Check[]): boolean {
  return checks.every(({ result }) => result !== "fail");
}

function ledger({ lost_frames, alarms }: Heard): Check {
  return { name: "ledger", result: lost_frames === 0 && alarms.length === 0 ? "pass" : "fail", facts: { lost_frames, alarms } };
}

function rate({ rate_hz, terms_rate_hz, measured_rate_hz }: Heard): Check {
  const off = measured_rate_hz === null ? null : Math.abs(measured_rate_hz / rate_hz - 1);
  const facts = { rate_hz, terms_rate_hz, measured_rate_hz: text(measured_rate_hz, 1) };
  if (rate_hz < terms_rate_hz) return { name: "rate", result: "fail", facts };
  return { name: "rate", result: off === null ? "not-tested" : off <= RATE_SHARE ? "pass" : "fail", facts };
}

function bandwidth({ codes, rate_hz, silence, line }: Heard): Check {
  const spans = { line_from: line.from, line_to: line.to };
  const reach = reachOf(codes, rate_hz, silence, line);
  if (reach === null) return { name: "bandwidth", result: "not-tested", facts: spans };
  const { cliff_hz, upsampled_from_hz } = reach;
  const good = upsampled_from_hz === null && (cliff_hz === null || cliff_hz >= LOWEST_CLIFF_HZ);
  return { name: "bandwidth", result: good ? "pass" : "fail", facts: { ...spans, cliff_hz, upsampled_from_hz } };
}

/** A path that was scaled in numbers, or has fewer bits than it says, leaves out codes. */
function codes({ codes }: Heard): Check {
  const { used, expected } = codesUsed(codes);
  const share = expected === 0 ? null : used / expected;
  const result = share === null ? "not-tested" : share >= CODES_SHARE ? "pass" : "flag";
  return { name: "codes", result, facts: { used, expected, share: text(share, 3) } };
}

/** How many codes between the 5th and the 95th percentile should occur by their neighbours' counts, and do. */
export function codesUsed(codes: Int16Array): { used: number; expected: number } {
  const counts = new Uint32Array(65_536);
  for (const code of codes) counts[code + 32_768]!++;
  const below = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) below[i + 1] = below[i]! + counts[i]!;
  const [first, last] = [0.05, 0.95].map((share) => below.findIndex((count) => count > share * codes.length) - 1) as [number, number];
  let [used, expected] = [0, 0];
  for (let i = Math.max(0, first); i <= last; i++) {
    const [from, to] = [Math.max(0, i - NEIGHBOURS), Math.min(counts.length, i + NEIGHBOURS + 1)];
    if ((below[to]! - below[from]!) / (to - from) < EXPECTED) continue;
    expected++;
    if (counts[i]! > 0) used++;
  }
  return { used, expected };
}

function gate({ codes, rate_hz }: Heard): Check {
  const watch = new ZeroWatch(rate_hz);
  const runs = [...watch.block(codes), ...watch.end()];
  const longest = Math.max(0, ...runs.map(({ samples }) => samples));
  return { name: "gate", result: runs.length === 0 ? "pass" : "flag", facts: { runs: runs.length, longest } };
}

function gainControl(heard: Heard): Check {
  const { silence, quiet, loud } = heard;
  const facts: Check["facts"] = { silence_from: silence.from, silence_to: silence.to };
  if (quiet === null || loud === null) return { name: "gain-control", result: "not-tested", facts };
  Object.assign(facts, { quiet_from: quiet.from, quiet_to: quiet.to, loud_from: loud.from, loud_to: loud.to });
  const [room, low, high] = [silence, inside(quiet, heard.rate_hz), inside(loud, heard.rate_hz)].map((span) => spanLevel(heard.codes, heard.rate_hz, span));
  if (room == null || low == null || high == null || low - room < OVER_ROOM_DB || high - room < OVER_ROOM_DB) {
    return { name: "gain-control", result: "not-tested", facts };
  }
  const step_db = high - low;
  const result = Math.abs(step_db - STEP_DB) <= STEP_WITHIN_DB ? "pass" : "flag"; // a room may move it too: never held against anybody alone
  return { name: "gain-control", result, facts: { ...facts, step_db: text(step_db, 2) } };
}

function settings({ processing }: Heard): Check {
  const result = { off: "pass", on: "fail", unknown: "flag" } as const;
  return { name: "settings", result: result[processing], facts: { processing } };
}

/** The part of a noise that surely sounds. */
function inside({ from, to }: Span, rate_hz: number): Span {
  return { from: from + Math.round(SETTLES_S * rate_hz), to: to - Math.round(ENDS_S * rate_hz) };
}

function text(value: number | null, digits: number): string | null {
  return value === null ? null : value.toFixed(digits);
}
