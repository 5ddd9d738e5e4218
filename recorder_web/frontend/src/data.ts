/** What the pages hand to their islands, as the server writes it. */

export interface Band {
  name: string;
  low: number | null;
  high: number | null;
}

export interface Calibration {
  id: string;
  offset_db: number | string;
  u_db: number | string;
  method: string;
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
  take: { take: string; segment: string } | null;
}

export interface RecorderData {
  api: string;
  csrf: string;
  locale: string;
  contributor_ref: string;
  claim: { id: string; band: string; variety: string; style: string; lease_until: string; fence: number };
  capture: { rate_hz: number; path: string; calibration: "preferred" | "required" };
  bands: Band[];
  limits: { speech_min_dbfs: number; speech_max_dbfs: number };
  calibration: Calibration | null;
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
}

/** The value of a `<script type="application/json">` of this page. */
export function pageJson<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null") as T;
}
