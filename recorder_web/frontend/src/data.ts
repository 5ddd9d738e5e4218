/** What the pages hand to their islands, as the server writes it. */

export interface Band {
  name: string;
  low: number | null;
  high: number | null;
}

/** What a calibration or a device check holds for. */
export interface DeviceKey {
  label_sha256: string | null;
  os: string | null;
  browser: string | null;
}

export interface Calibration {
  id: string;
  offset_db: string; // dB SPL = dBFS + offset
  u_db: string;
  u_unrepeated_db: string; // until a repeat check of the sitting agrees
  method: string;
  rate_hz: number;
  expires_at: string;
  fresh: boolean; // made, or repeated, so lately that it needs no repeat check
  device: DeviceKey & { gain_note: string | null };
}

export interface DeviceCheck extends DeviceKey {
  id: string;
  rate_hz: number;
  capture_path: string;
  passed: boolean;
}

export interface Finding {
  code: string;
  severity: string;
  measured: string | null;
  limit: string | null;
  unit: string | null;
  start_s: number | null;
  end_s: number | null;
  sentence: string;
}

export interface Verdict {
  outcome: "accepted" | "repairable" | "rejected";
  findings: Finding[];
}

export interface Prompt {
  id: string;
  text: string;
  reading: string | null;
  target_s: number | null; // of a topic
  skip: string | null; // the reason, where it is skipped
  takes: { take: string; seconds: number }[]; // of a topic, each counts
  take: { take: string; segment: string } | null;
}

/** The second person of a dialogue. */
export interface Partner {
  ref: string;
  agrees: boolean; // to all that the terms need, when it was asked
  devices?: "one" | "two"; // pages kept by earlier versions do not say
}

/** My place in a dialogue on two devices, where the other one is heard by a call. */
export interface CallSeat {
  api: string; // where the call is asked for
  seat: 1 | 2; // 1 holds the claim
  other: string;
}

export interface RecorderData {
  api: string;
  csrf: string;
  locale: string;
  contributor_ref: string;
  claim: { id: string; band: string; variety: string; style: string; lease_until: string; fence: number; target_s: number | null; quota_s?: number | null }; // pages kept by earlier versions know no quota
  capture: { rate_hz: number; path: string; calibration: "preferred" | "required" };
  bands: Band[];
  limits: { speech_min_dbfs: number; speech_max_dbfs: number };
  calibrations: Calibration[]; // mine that hold, the newest first
  device_checks: DeviceCheck[];
  partner?: Partner | null; // pages kept by earlier versions name none
  call?: CallSeat | null; // likewise
  prompts: Prompt[];
  urls: { transcribe: string; home: string };
}

export interface TakeItem {
  segment: string;
  prompt_id: string | null;
  chosen: boolean;
  measured: boolean;
  noise_laeq_dbfs: number | null;
  noise_laeq_dba: number | null;
  duration_s: number | null;
  verdict: Verdict | null;
}

export interface TakeAnswer {
  state: string;
  take_sha256: string | null;
  frames: number | null;
  items: TakeItem[];
  believed?: { row: string; says: "differs" | "ours" | "held"; sentence: string }[]; // where claims and samples differ
}

/** The value of a `<script type="application/json">` of this page. */
export function pageJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}
