/** One press of record as it lies on this device: the words that page, workers and disk share. */

import type { Canonical } from "./canonical";
import type { Count } from "./ledger";
import type { ClockWindow } from "./clock";
import { canonicalJson } from "./canonical";

export const RECORDER = "0.1.0";
export const CHUNK_S = 5;
export const EDGE_S = 0.3; // kept before the press and after the stop
export const BYTES_PER_FRAME = 2;

export type Track = "main" | "room" | "check";
export type CapturePath = "mstp" | "worklet";
export type EndedBy = "stop" | "band" | "stall" | "device" | "rate" | "full" | "crash";

export interface TakePlan {
  take: string;
  sequence: number;
  track: Track;
  prompt_id: string | null;
  topic?: boolean; // the prompt is something to speak about freely, not a sentence to read
  redo?: boolean; // the prompt had a take; this one counts
  voice?: boolean; // a check take of somebody who speaks: their level is judged
  leak?: boolean; // a check take of what the headphones let out
  dialogue?: { call: string; page: string; talk?: string }; // the other side of a talk begins a take of its own under the same name
}

/** `take.json`, written before the first sample. */
export interface TakeRecord extends TakePlan {
  sitting: string;
  rate_hz: number;
  channels: number;
  capture_path: CapturePath;
  first_sitting_sample: number;
  settings: Canonical;
  calibration: string | null;
}

/** `sitting.json`: what the server is told of a sitting; whole sittings may happen with the server off. */
export interface SittingRecord {
  sitting: string;
  claim: string | null; // null: a sound check
  band: string;
  device: Canonical;
  calibration: string | null;
  device_check?: string | null; // of this microphone, browser and path; files of earlier versions name none
  peers?: string[]; // who speaks beside the contributor; files of earlier versions name none
  started_offline: boolean;
  began_ms?: number; // device clock when the stream opened
  registered?: boolean; // the server holds it, with this `started_offline`
}

/** The room left its band while the take ran, or came back. */
export type BandMarker = "band-out" | "band-in";

export interface Marker {
  kind: "go" | "stop" | "prompt-start" | "prompt-end" | "gap" | "redo" | BandMarker;
  at_sample: number;
  prompt_id?: string | null;
  lost_ms?: number;
}

export type TakeEvent = { kind: string; at_sample: number } & Record<string, Canonical>;

/** Evidence of two clocks comes between the events, so that a crash leaves it; in the manifest it has a place of its own. */
const EXCHANGES = "exchanges";

export interface Heard {
  frames: number;
  chunks: string[];
  count: Count;
  ended_by: EndedBy;
  markers: Marker[];
  events: TakeEvent[];
  windows: ClockWindow[];
  meter: { sample: number; laeq_1s_dbfs: string; la90_10s_dbfs: string }[];
}

export type Manifest = Record<string, Canonical>;

const WINDOW = "clock-window";

/** A window of a dialogue's take, noted at once: after a crash its track must still be laid beside the other one. */
export function windowEvent(window: ClockWindow, at_sample: number): TakeEvent {
  return { kind: WINDOW, at_sample, window: window as unknown as Canonical };
}

/** The windows that were noted, and the events without them. */
export function withoutWindows(events: TakeEvent[]): Pick<Heard, "events" | "windows"> {
  const windows = events.flatMap(({ kind, window }) => (kind === WINDOW ? [window as unknown as ClockWindow] : []));
  return { events: events.filter(({ kind }) => kind !== WINDOW), windows };
}

/** The finish manifest; the upload worker adds `take_sha256` once it has read the whole file. */
export function manifestOf(record: TakeRecord, heard: Heard): Manifest {
  const markers = heard.markers.filter((marker) => marker.at_sample <= heard.frames);
  return {
    schema: "speechcorpus-take/1",
    take: record.take,
    sitting: record.sitting,
    rate_hz: record.rate_hz,
    channels: record.channels,
    frames: heard.frames,
    chunks: heard.chunks,
    capture: {
      path: record.capture_path,
      ...heard.count,
      recorder: RECORDER,
      settings: record.settings,
      ended_by: heard.ended_by,
    },
    markers: markers.sort((a, b) => a.at_sample - b.at_sample) as unknown as Canonical,
    events: heard.events.filter(({ kind }) => kind !== EXCHANGES),
    clock: {
      windows: heard.windows as unknown as Canonical,
      exchanges: heard.events.flatMap(({ kind, list }) => (kind === EXCHANGES ? (list as Canonical[]) : [])),
      ...record.dialogue,
    },
    meter: heard.meter,
    calibration: record.calibration,
    device_check: null,
  };
}

/** Body of `PUT /takes/{id}`. */
export function takeBody(record: TakeRecord): string {
  return canonicalJson({
    sitting: record.sitting,
    sequence: record.sequence,
    track: record.track,
    prompt_ids: record.prompt_id === null ? [] : [record.prompt_id],
    rate_hz: record.rate_hz,
    channels: record.channels,
    format: "s16le",
    capture_path: record.capture_path,
    first_sitting_sample: record.first_sitting_sample,
  });
}

/** Body of `PUT /sittings/{id}`. */
export function sittingBody({ claim, band, device, calibration, device_check = null, peers = [], started_offline }: SittingRecord): string {
  return canonicalJson({ claim, band, device, calibration, device_check, peers, started_offline });
}

export interface ChunkPlace {
  index: number;
  first_sample: number;
  frames: number;
}

/** Chunk bounds depend on the sample index only, so cutting again after a crash gives the same hashes. */
export function chunkPlaces(frames: number, rate_hz: number): ChunkPlace[] {
  const size = CHUNK_S * rate_hz;
  return Array.from({ length: Math.ceil(frames / size) }, (_, index) => ({
    index,
    first_sample: index * size,
    frames: Math.min(size, frames - index * size),
  }));
}

/** Markers and events of a take that was cut off: every whole line; a torn last one is dropped, damaged ones are counted. */
export function readJournal(text: string): { markers: Marker[]; events: TakeEvent[]; damaged: number } {
  const lines = text.split("\n").slice(0, -1).map(journalLine);
  return {
    markers: lines.flatMap((line) => line?.marker ?? []),
    events: lines.flatMap((line) => line?.event ?? []),
    damaged: lines.filter((line) => line === null).length,
  };
}

function journalLine(text: string): { marker?: Marker; event?: TakeEvent } | null {
  try {
    const line = JSON.parse(text) as { marker?: Marker; event?: TakeEvent };
    const { kind, at_sample } = (line.marker ?? line.event)!;
    return typeof kind === "string" && Number.isInteger(at_sample) ? line : null;
  } catch {
    return null; // a power cut may leave anything
  }
}
