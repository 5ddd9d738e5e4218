/** Everything the recorder page shows; pure values, filled by `page.ts`, drawn by `ui/`. */

import type { AlarmKind, HeardCode, UploadState } from "./capture/messages";
import type { Calibration, Partner, RecorderData, TakeAnswer, TakeItem } from "./data";
import { SHUT, SPEECH_HOLD_S, type Gate, type RoomLevel } from "./gate";
import type { Key } from "./messages";
import type { Reading } from "./meter/level";
import type { Repeat } from "./repeat";
import { FIRST, type State } from "./session";
import type { Interrupted } from "./store/recovery";
import type { Space } from "./store/space";
import type { CapturePath } from "./take";
import type { Voices } from "./voices";

export interface Line {
  take: string | null;
  here: { rate_hz: number; frames: number; sitting: string } | null; // its samples are on this device
  item: TakeItem | null;
  seconds: number | null;
  lost_frames: number;
  asked?: boolean; // its claims cannot be true: a person looks before it is used
}

export type Earlier = Line & { at: number };

export interface View {
  data: RecorderData;
  state: State;
  blocked: string | null; // why this page cannot record at all
  path: CapturePath | null; // by which way samples come; null until it is known
  problem: string | null; // what to do before the microphone can be used
  note: Key | null; // one sentence about what just happened
  at: number; // index of the prompt
  reading: boolean; // whether the reading is shown
  lines: Line[]; // the newest take of each prompt
  earlier: Earlier[]; // of topics: takes before the newest, they count as well
  skips: Record<string, string>; // prompt -> reason
  resting: boolean; // a break: nothing is recorded until one comes back
  since_rest_s: number; // recorded since the last break
  awake: "held" | "refused" | null; // the screen stays on
  opening: boolean;
  room_s: number | null; // seconds of room tone still to come
  live: boolean; // the first sample after the press is on disk
  take_s: number;
  meter: Reading | null;
  muted: boolean;
  room: RoomLevel | null;
  silent_s: number; // since someone spoke
  gate: Gate;
  trace: number[]; // background levels of the last 10 s, one each 100 ms
  bursts: boolean[]; // whether something banged in each of these steps
  alarm: AlarmKind | null;
  heard: HeardCode | null; // what the speaker should know of this take
  interrupted: Interrupted[];
  asking: boolean; // discard was pressed, the question is open
  others: boolean; // recordings of another account lie here
  microphone: { label: string; rate_hz: number | null; processing: "off" | "on" | "unknown" } | null;
  calibration: Calibration | null; // the one this sitting began with
  repeat: Repeat | null; // how its repeat check stands; null: none is due
  partner: Partner | null; // who has agreed to speak in a dialogue
  voices: Voices | null; // how the sound check of both stands; null: none is due
  upload: UploadState;
  space: Space | null; // room on this device, as it was last seen
  metered: boolean; // the network is paid for by the byte
  later: boolean; // then sound waits for another one
  clearing: "no" | "asked" | "done"; // what lies here is to be deleted
  leaving: boolean;
  playing: string | null;
}

export const REST_AFTER_S = 45 * 60; // of recording: a break is proposed

export const NOTHING_SENT: UploadState = { safe: {}, waiting_takes: 0, waiting_s: 0, problem: null, stopped: {}, closed: [] };

/** The page before anything happened: at the first prompt without a take. */
export function firstView(data: RecorderData): View {
  const lines = data.prompts.map(({ take, takes }) => lineOf(take?.take ?? null, takes?.at(-1)?.seconds ?? null));
  const earlier = data.prompts.flatMap(({ takes }, at) => (takes ?? []).slice(0, -1).map(({ take, seconds }) => ({ ...lineOf(take, seconds), at })));
  const skips = Object.fromEntries(data.prompts.flatMap(({ id, skip }) => (skip ? [[id, skip]] : [])));
  const open = lines.findIndex((line, at) => line.take === null && skips[data.prompts[at]!.id] === undefined);
  return {
    data,
    state: FIRST,
    blocked: null,
    path: null,
    problem: null,
    note: null,
    at: Math.max(0, open),
    reading: true,
    lines,
    earlier,
    skips,
    resting: false,
    since_rest_s: 0,
    awake: null,
    opening: false,
    room_s: null,
    live: false,
    take_s: 0,
    meter: null,
    muted: false,
    room: null,
    silent_s: SPEECH_HOLD_S,
    gate: SHUT,
    trace: [],
    bursts: [],
    alarm: null,
    heard: null,
    interrupted: [],
    asking: false,
    others: false,
    microphone: null,
    calibration: null,
    repeat: null,
    partner: data.partner ?? null,
    voices: null,
    upload: NOTHING_SENT,
    space: null,
    metered: false,
    later: false,
    clearing: "no",
    leaving: false,
    playing: null,
  };
}

function lineOf(take: string | null, seconds: number | null): Line {
  return { take, here: null, item: null, seconds, lost_frames: 0 };
}

/** Whether the microphone may be opened now: never a second time beside the one that is open. */
export function canOpen({ state, opening, room_s, repeat }: Pick<View, "state" | "opening" | "room_s" | "repeat">): boolean {
  return state === "checking" && !opening && room_s === null && repeat === null;
}

/** Whether a second person has to agree before the microphone is opened. */
export function needsPartner({ data, partner }: Pick<View, "data" | "partner">): boolean {
  return data.claim.style === "dialogue" && partner?.agrees !== true;
}

/** Whether a break may begin: between takes, once the room is known. */
export function canRest(state: State): boolean {
  return state === "waiting" || state === "armed" || state === "paused";
}

/** What is skipped after some more words about it; without a reason a prompt is owed again. */
export function withSkips({ skips }: View, said: readonly { prompt: string; reason: string | null }[]): Pick<View, "skips"> {
  const after = { ...skips };
  for (const { prompt, reason } of said) {
    if (reason === null) delete after[prompt];
    else after[prompt] = reason;
  }
  return { skips: after };
}

/** The next prompt that is to be said, after this one or from the beginning; this one if there is none. */
export function nextOpen({ at, lines, skips, data }: View): number {
  const isOpen = (place: number): boolean => lines[place]?.take === null && skips[data.prompts[place]!.id] === undefined;
  const places = lines.map((_, n) => (at + 1 + n) % lines.length);
  return places.find(isOpen) ?? at;
}

/** Put a take's answer to the line whose take it is; of several items the one that needs most care speaks for it. */
export function withAnswer<L extends Line>(lines: L[], take: string, { items, believed = [] }: TakeAnswer): L[] {
  return lines.map((line) => {
    if (line.take !== take) return line;
    const item = [...items].sort((one, other) => care(other) - care(one))[0] ?? null;
    const asked = believed.some(({ says }) => says === "held");
    return { ...line, item, asked, seconds: (items.length === 1 ? item?.duration_s : null) ?? line.seconds };
  });
}

function care({ verdict }: TakeItem): number {
  if (verdict === null || verdict === undefined) return 3; // not judged yet: nobody knows
  if (verdict.outcome === "accepted") return verdict.findings.length > 0 ? 1 : 0;
  return verdict.outcome === "rejected" ? 5 : 4;
}

export type Chip = "ok" | "flag" | "fix" | "stop" | "held" | "wait" | "local" | "ours" | "look";

/** What the chip of a line says. */
export function chipOf(line: Line, upload: UploadState): Chip | null {
  if (line.take === null) return null;
  const verdict = line.item?.verdict;
  if (verdict) {
    if (verdict.findings.some(({ code }) => code.startsWith("platform."))) return "ours"; // paid, whatever else is said
    if (verdict.outcome === "repairable") return "fix";
    if (verdict.outcome === "rejected") return "stop";
    return verdict.findings.length > 0 ? "flag" : "ok";
  }
  if (line.asked) return "look";
  if (upload.stopped[line.take] !== undefined) return "held";
  return line.here !== null && upload.safe[line.take] === undefined ? "local" : "wait";
}

/** Whether leaving now leaves sound behind that only this device has; what the queue has not heard of yet is such, too. */
export function hasUnsent({ upload, lines, leaving, clearing }: Pick<View, "upload" | "lines" | "leaving" | "clearing">): boolean {
  if (leaving || clearing === "done") return false;
  return upload.waiting_takes > 0 || lines.some(({ take, here }) => here !== null && upload.safe[take!] === undefined);
}

/** Whether sound waits for another network, and nothing worse holds it up. */
export function isHeld({ metered, later, upload }: View): boolean {
  return metered && later && uploadKey(upload) === "recorder.upload.sending";
}

/** What the page says about the sound already recorded. */
export function uploadKey({ safe, waiting_takes, problem, stopped }: UploadState): Key {
  if (problem === "auth.expired") return "recorder.upload.sign-in";
  if (problem === "auth.other-account") return "recorder.upload.other-account";
  if (problem === "consent.withdrawn") return "recorder.upload.withdrawn";
  if (problem === "sitting.other-open") return "recorder.upload.other-open";
  if (problem === "storage.full") return "recorder.upload.server-full";
  if (problem?.startsWith("quota.")) return "recorder.upload.quota";
  if (Object.values(stopped).some((code) => code.startsWith("partner."))) return "recorder.upload.partner";
  if (Object.keys(stopped).length > 0) return "recorder.upload.stopped";
  if (problem !== null && problem !== "take.assembling") return "recorder.upload.offline";
  if (waiting_takes > 0) return "recorder.upload.sending";
  return Object.keys(safe).length > 0 ? "recorder.upload.safe" : "recorder.upload.none";
}
