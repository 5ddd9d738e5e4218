/** Everything the sound-check page shows; pure values, filled by `page.ts`, drawn by `ui/check-*.ts`. */

import type { UploadState } from "../capture/messages";
import type { Check } from "../capture/self-test";
import type { Offered } from "../capture/choice";
import type { Calibration } from "../data";
import { roomLevel, type RoomLevel } from "../gate";
import type { Reading } from "../meter/level";
import { NOTHING_SENT } from "../view";
import type { CheckData } from "./data";
import type { Voice } from "./levels";
import { calibrationFor, testedBefore, type Opened } from "./matching";

/** How a step stands; a problem always comes with one thing to do. */
export type StepState = "todo" | "running" | "good" | "note" | "problem";

export interface OpenMicrophone extends Opened {
  id: string;
  label: string;
  processing: "off" | "on" | "unknown";
}

/** What is being recorded now, and how long it still takes. */
export type Phase = "room" | "silence" | "line" | "quiet" | "loud" | "warm-up" | "calibrate" | "closing";

export type Method = "reference-meter" | "calibrated-phone" | "none";

export interface CalibrationTake {
  take: string;
  sitting: string;
  typed: string;
  moved_db: number | null; // too far for a steady sound
}

/** A calibration that is being made, or its answer. */
export interface Calibrating {
  method: Method | null;
  reference_class: string;
  takes: CalibrationTake[];
  second: boolean; // a second level is wanted
  anew: boolean; // although there is one that holds
  sent: "no" | "takes" | "server" | "sign-in" | "done" | "refused";
  refused: { code: string; facts: Record<string, unknown> } | null;
  answer: Record<string, unknown> | null;
}

export interface CheckView {
  data: CheckData;
  blocked: string | null;
  interrupted: number; // takes of an earlier visit that were cut off
  opening: boolean;
  problem: string | null; // what to do before the microphone can be used
  microphone: OpenMicrophone | null;
  offered: Offered[];
  phase: Phase | null;
  left_s: number;
  meter: Reading | null;
  room_dbfs: number | null;
  loudspeaker: boolean; // noise may be played
  again: boolean; // the self-test is wanted although it was passed before
  voice: Voice | null;
  checks: Check[] | null;
  report: "no" | "takes" | "server" | "sign-in" | "done" | "refused";
  found: { name: string; result: string }[] | null; // the same, as the server measured it
  calibrating: Calibrating;
  upload: UploadState;
}

export const NOT_CALIBRATING: Calibrating = { method: null, reference_class: "", takes: [], second: false, anew: false, sent: "no", refused: null, answer: null };

export function firstCheck(data: CheckData): CheckView {
  return {
    data,
    blocked: null,
    interrupted: 0,
    opening: false,
    problem: null,
    microphone: null,
    offered: [],
    phase: null,
    left_s: 0,
    meter: null,
    room_dbfs: null,
    loudspeaker: false,
    again: false,
    voice: null,
    checks: null,
    report: "no",
    found: null,
    calibrating: NOT_CALIBRATING,
    upload: NOTHING_SENT,
  };
}

/** The calibration that counts for the open microphone: none while the browser works on the sound. */
export function calibrationOf({ data, microphone }: CheckView, now = new Date()): Calibration | null {
  return microphone?.processing === "off" ? calibrationFor(data.calibrations, microphone, now) : null;
}

/** Whether this microphone's path was tested as it is. */
export function isTested({ data, microphone, again }: CheckView): boolean {
  return !again && microphone !== null && testedBefore(data.device_checks, microphone) !== null;
}

/** The room against the band, or null where it was not listened to, or nobody asks for a band. */
export function roomOf(view: CheckView): RoomLevel | null {
  const { data, room_dbfs } = view;
  const band = data.bands.find(({ name }) => name === data.claim?.band);
  if (room_dbfs === null || band === undefined) return null;
  return roomLevel(room_dbfs, room_dbfs, false, band, calibrationOf(view));
}

export function microphoneState({ microphone, opening, problem }: CheckView): StepState {
  if (problem !== null) return "problem";
  return microphone !== null ? "good" : opening ? "running" : "todo";
}

export function processingState({ microphone }: CheckView): StepState {
  if (microphone === null) return "todo";
  return ({ off: "good", on: "problem", unknown: "note" } as const)[microphone.processing];
}

export function rateState({ microphone, data }: CheckView): StepState {
  if (microphone === null) return "todo";
  return microphone.rate_hz < (data.capture?.rate_hz ?? 0) ? "problem" : "good";
}

export function roomState(view: CheckView): StepState {
  if (view.phase === "room") return "running";
  if (view.room_dbfs === null) return "todo";
  const room = roomOf(view);
  if (room === null || room.place === "uncalibrated") return "note";
  return ({ in: "good", edge: "note", out: "problem" } as const)[room.place];
}

export type VoiceProblem = "silent" | "quiet" | "loud" | "clipped" | "noisy";

/** What stands against the line that was said: the gravest first, each with one thing to do. */
export function voiceProblem({ voice, data }: CheckView): VoiceProblem | null {
  if (voice === null) return null;
  const { speech_min_dbfs, speech_max_dbfs, snr_min_db } = data.limits;
  if (voice.level_dbfs === null) return "silent";
  if (voice.clipped_runs > 0) return "clipped";
  if (voice.level_dbfs < speech_min_dbfs) return "quiet";
  if (voice.level_dbfs > speech_max_dbfs) return "loud";
  return voice.snr_db! < snr_min_db ? "noisy" : null;
}

export function voiceState(view: CheckView): StepState {
  if (isSpeaking(view)) return "running";
  if (view.voice === null) return "todo";
  return voiceProblem(view) === null ? "good" : "problem";
}

export function testState(view: CheckView): StepState {
  const { checks } = view;
  if (isSpeaking(view)) return "running";
  if (checks === null) return isTested(view) ? "good" : "todo";
  if (checks.some(({ result }) => result === "fail")) return "problem";
  return checks.every(({ result }) => result === "pass") ? "good" : "note";
}

export function calibrationState(view: CheckView): StepState {
  const { calibrating, phase } = view;
  if (phase === "warm-up" || phase === "calibrate") return "running";
  if (calibrating.sent === "refused") return "problem";
  if (calibrationOf(view) !== null) return "good";
  if (calibrating.takes.some(({ moved_db }) => moved_db !== null)) return "problem";
  if (calibrating.sent !== "no") return "note";
  return calibrating.method === "none" ? "note" : "todo";
}

function isSpeaking({ phase }: CheckView): boolean {
  return phase === "silence" || phase === "line" || phase === "quiet" || phase === "loud" || phase === "closing";
}

/** Whether nothing stands in the way of recording: problems are told, and never block. */
export function problems(view: CheckView): number {
  const states = [microphoneState, processingState, rateState, roomState, voiceState, testState, calibrationState].map((of) => of(view));
  return states.filter((state) => state === "problem").length;
}
