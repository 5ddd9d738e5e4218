/** What one message of the meter changes in the view. Pure. */

import type { FromTakeWorker } from "./capture/messages";
import type { Calibration } from "./data";
import { nextGate, roomLevel, speaking, SPEECH_HOLD_S } from "./gate";
import type { View } from "./view";

const TRACE_STEPS = 100;
const STEP_S = 0.1; // between two messages

type Message = Extract<FromTakeWorker, { type: "meter" }>;

/** Level, gate and trace after a message. */
export function measured(view: View, { reading: meter, take_frames, muted, burst }: Message): Partial<View> {
  const { data, gate, trace, bursts, microphone } = view;
  const silent_s = speaking(view.silent_s, meter.leq_100ms, meter.la90_10s, STEP_S);
  const talks = silent_s < SPEECH_HOLD_S;
  const band = data.bands.find(({ name }) => name === data.claim.band)!;
  const room = roomLevel(meter.laeq_1s, meter.la90_10s, talks, band, calibrationOf(view));
  const shown = room.level_dba ?? (talks ? meter.la90_10s : meter.laeq_1s);
  return {
    meter,
    muted,
    room,
    silent_s,
    gate: nextGate(gate, room, STEP_S, data.capture.calibration),
    trace: [...trace, shown].slice(-TRACE_STEPS),
    bursts: [...bursts, burst].slice(-TRACE_STEPS),
    take_s: take_frames / (microphone?.rate_hz ?? 1),
  };
}

export interface Figures {
  unit: "dba" | "dbfs";
  leq_1s: number;
  leq_10s: number;
  l90: number;
}

/** The levels as figures: in dB(A) only with a calibration; null before the first reading. */
export function figures(view: View): Figures | null {
  const { meter, room } = view;
  if (meter === null || room === null) return null;
  const calibration = room.place === "uncalibrated" ? null : calibrationOf(view);
  const offset = Number(calibration?.offset_db ?? 0);
  return { unit: calibration ? "dba" : "dbfs", leq_1s: meter.laeq_1s + offset, leq_10s: meter.laeq_10s + offset, l90: meter.la90_10s + offset };
}

/**
 * The calibration that counts: none while the browser works on the sound, at another rate, or where the reference
 * differed; until a repeat check of this sitting agrees, a less certain one.
 */
export function calibrationOf({ calibration, microphone, repeat }: View): Calibration | null {
  if (calibration === null || microphone?.processing !== "off") return null;
  const other = microphone.rate_hz !== null && microphone.rate_hz !== calibration.rate_hz;
  if (other || repeat?.phase === "differs") return null;
  return calibration.fresh || repeat?.phase === "agrees" ? calibration : { ...calibration, u_db: calibration.u_unrepeated_db };
}
