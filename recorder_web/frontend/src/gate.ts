/** The record gate: open when the room has been in its band for 3 s, shut again after 5 s outside. Pure. */

import type { Band, Calibration } from "./data";

export const OPENS_AFTER_S = 3;
const PAUSES_AFTER_S = 5;
const QUIET_SE_DB = 1.0; // spread of one second of background
const SPEAKING_SE_DB = 2.0; // while someone speaks the room is judged from LA90 of 10 s
const ROUNDING_S = 1e-9; // thirty steps of 0.1 s must make 3 s

export type Place = "in" | "edge" | "out" | "uncalibrated";

export interface Gate {
  open: boolean;
  in_s: number; // how long in band without a break
  out_s: number; // how long out of it without a break
}

export interface RoomLevel {
  level_dba: number | null; // null: the microphone is not calibrated
  margin_db: number | null; // d: distance to the nearer edge, negative outside
  uncertainty_db: number | null; // U, k = 2
  place: Place;
}

export const SHUT: Gate = { open: false, in_s: 0, out_s: 0 };

/** Where the background stands against the band the task asks for. */
export function roomLevel(
  laeq_dbfs: number,
  la90_dbfs: number,
  speaking: boolean,
  band: Band,
  calibration: Pick<Calibration, "offset_db" | "u_db"> | null,
): RoomLevel {
  if (calibration === null) return { level_dba: null, margin_db: null, uncertainty_db: null, place: "uncalibrated" };
  const level_dba = (speaking ? la90_dbfs : laeq_dbfs) + Number(calibration.offset_db);
  const margin_db = Math.min(level_dba - (band.low ?? -Infinity), (band.high ?? Infinity) - level_dba);
  const se_db = speaking ? SPEAKING_SE_DB : QUIET_SE_DB;
  const uncertainty_db = 2 * Math.hypot(Number(calibration.u_db) / 2, se_db);
  return { level_dba, margin_db, uncertainty_db, place: placeOf(margin_db, uncertainty_db) };
}

/** The gate `elapsed_s` later. Without a calibration it is open unless the terms require one. */
export function nextGate(gate: Gate, room: RoomLevel, elapsed_s: number, calibration: "preferred" | "required"): Gate {
  if (room.place === "uncalibrated") return { ...SHUT, open: calibration === "preferred" };
  const in_s = room.place === "in" ? gate.in_s + elapsed_s : 0;
  const out_s = room.place === "out" ? gate.out_s + elapsed_s : 0;
  const opened = gate.open || in_s + ROUNDING_S >= OPENS_AFTER_S;
  return { open: opened && out_s + ROUNDING_S < PAUSES_AFTER_S, in_s, out_s };
}

function placeOf(margin_db: number, uncertainty_db: number): Place {
  if (margin_db >= 0) return "in";
  return margin_db < -uncertainty_db ? "out" : "edge";
}

/** Whether someone speaks, told from 100 ms levels: 10 dB over the background, held for a second. */
export function speaking(since_s: number, level_100ms: number, la90_dbfs: number, elapsed_s: number): number {
  return level_100ms > la90_dbfs + 10 ? 0 : since_s + elapsed_s;
}

export const SPEECH_HOLD_S = 1.0; // as long as LAeq 1 s still hears the last word: at 0.5 the gauge leapt after each sentence
