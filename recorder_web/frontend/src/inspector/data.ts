/** What the server hands to a sound picture: plain data and an address, the same on every page that shows one. */

import type { Finding } from "../data";

export type LayerName = "wave" | "spectrum" | "level";
export type PictureState = "none" | "asked" | "ready" | "failed";
export type Pair = [number, number];

export interface Layer {
  step: number; // of the finest level: samples (wave) or frames of 20 ms
  factor: number;
  levels: number;
  tile: number; // rows
}

export interface Scale {
  unit: "dBA" | "dBFS";
  offset_db: number;
  band: string;
  low: number | null;
  high: number | null;
  level: number | null; // of the whole item
  uncertainty_db: number | null;
}

export interface PictureData {
  address: string;
  state: PictureState;
  rate_hz: number;
  frames: number;
  layers: Record<LayerName, Layer>;
  scale: Scale;
  speech_s: Pair[]; // empty until it is ready
  others_s: Pair[];
  near: Record<string, string>; // small tiles that are drawn first, in base64, by layer/level/number
}

/** The other person's track of a dialogue on two devices, in the time of the item. */
export interface BesideData {
  state: "waiting" | "measuring" | "apart" | "clock" | "aligned" | "gone";
  off_ms: number | null;
  speech_s: Pair[];
  audio: string; // the item on the left, theirs on the right
}

export interface InspectorData {
  review: { id: string; fence: number };
  audio: string;
  decide: string;
  duration_s: number;
  spans: (Finding & { name: string })[];
  codes: string[];
  picture: PictureData;
  beside: BesideData | null; // null: all who speak are on this track
}

export const FRAMES_PER_S = 50;
export const ROW_HZ = 50; // of the spectrogram
export const NO_LEVEL = -32768;

/** Rows a second of the finest level of a layer. */
export function rowsPerSecond(name: LayerName, picture: PictureData): number {
  return (name === "wave" ? picture.rate_hz : FRAMES_PER_S) / picture.layers[name].step;
}

/** Rows of a level: samples, or frames of two hops of 20 ms, in steps; a last short step counts. */
export function rowsOf(name: LayerName, level: number, picture: PictureData): number {
  const { step, factor } = picture.layers[name];
  const hop = Math.floor(picture.rate_hz / FRAMES_PER_S);
  const units = name === "wave" ? picture.frames : Math.max(0, Math.floor(picture.frames / hop) - 1);
  return Math.ceil(units / (step * factor ** level));
}
