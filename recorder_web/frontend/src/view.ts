/** Everything the recorder page shows; pure values, filled by `page.ts`, drawn by `ui/`. */

import type { UploadState } from "./capture/messages";
import type { RecorderData, TakeAnswer, TakeItem } from "./data";
import { SHUT, type Gate, type RoomLevel } from "./gate";
import type { Key } from "./messages";
import type { Reading } from "./meter/level";
import { FIRST, type State } from "./session";
import type { Interrupted } from "./store/recovery";

export interface Line {
  take: string | null;
  here: { rate_hz: number; frames: number; sitting: string } | null; // its samples are on this device
  item: TakeItem | null;
  seconds: number | null;
  lost_frames: number;
}

export interface View {
  data: RecorderData;
  state: State;
  blocked: string | null; // why this page cannot record at all
  problem: string | null; // what to do before the microphone can be used
  note: Key | null; // one sentence about what just happened
  at: number; // index of the prompt
  reading: boolean; // whether the reading is shown
  lines: Line[];
  opening: boolean;
  room_s: number | null; // seconds of room tone still to come
  live: boolean; // the first sample after the press is on disk
  take_s: number;
  meter: Reading | null;
  muted: boolean;
  room: RoomLevel | null;
  gate: Gate;
  trace: number[]; // background levels of the last 10 s, one each 100 ms
  alarm: "stall" | "clock" | "ledger" | null;
  interrupted: Interrupted[];
  asking: boolean; // discard was pressed, the question is open
  others: boolean; // recordings of another account lie here
  microphone: { label: string; rate_hz: number | null; processing: "off" | "on" | "unknown" } | null;
  upload: UploadState;
  leaving: boolean;
  playing: string | null;
}

export const NOTHING_SENT: UploadState = { safe: {}, waiting_takes: 0, waiting_s: 0, problem: null, stopped: {}, closed: [] };

/** The page before anything happened: at the first prompt without a take. */
export function firstView(data: RecorderData): View {
  const lines = data.prompts.map(({ take }): Line => ({ take: take?.take ?? null, here: null, item: null, seconds: null, lost_frames: 0 }));
  const open = lines.findIndex((line) => line.take === null);
  return {
    data,
    state: FIRST,
    blocked: null,
    problem: null,
    note: null,
    at: Math.max(0, open),
    reading: true,
    lines,
    opening: false,
    room_s: null,
    live: false,
    take_s: 0,
    meter: null,
    muted: false,
    room: null,
    gate: SHUT,
    trace: [],
    alarm: null,
    interrupted: [],
    asking: false,
    others: false,
    microphone: null,
    upload: NOTHING_SENT,
    leaving: false,
    playing: null,
  };
}

/** Whether the microphone may be opened now: never a second time beside the one that is open. */
export function canOpen({ state, opening, room_s }: Pick<View, "state" | "opening" | "room_s">): boolean {
  return state === "checking" && !opening && room_s === null;
}

/** Put a take's answer to the line whose take it is. */
export function withAnswer(lines: Line[], take: string, answer: TakeAnswer): Line[] {
  return lines.map((line) => {
    if (line.take !== take) return line;
    const item = answer.items[0] ?? null;
    return { ...line, item, seconds: item?.duration_s ?? line.seconds };
  });
}

export type Chip = "ok" | "flag" | "fix" | "stop" | "held" | "wait" | "local";

/** What the chip of a line says. */
export function chipOf(line: Line, upload: UploadState): Chip | null {
  if (line.take === null) return null;
  const verdict = line.item?.verdict;
  if (verdict) {
    if (verdict.outcome === "repairable") return "fix";
    if (verdict.outcome === "rejected") return "stop";
    return verdict.findings.length > 0 ? "flag" : "ok";
  }
  if (upload.stopped[line.take] !== undefined) return "held";
  return line.here !== null && upload.safe[line.take] === undefined ? "local" : "wait";
}

/** What the page says about the sound already recorded. */
export function uploadKey({ safe, waiting_takes, problem, stopped }: UploadState): Key {
  if (problem === "auth.expired") return "recorder.upload.sign-in";
  if (problem === "auth.other-account") return "recorder.upload.other-account";
  if (problem === "consent.withdrawn") return "recorder.upload.withdrawn";
  if (problem === "sitting.other-open") return "recorder.upload.other-open";
  if (problem === "storage.full") return "recorder.upload.server-full";
  if (Object.keys(stopped).length > 0) return "recorder.upload.stopped";
  if (problem !== null && problem !== "take.assembling") return "recorder.upload.offline";
  if (waiting_takes > 0) return "recorder.upload.sending";
  return Object.keys(safe).length > 0 ? "recorder.upload.safe" : "recorder.upload.none";
}
