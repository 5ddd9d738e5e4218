/** What the server hands to the sound-check page. */

import type { Band, Calibration, DeviceCheck } from "../data";

export interface CheckData {
  api: string;
  csrf: string;
  locale: string;
  contributor_ref: string;
  claim: { id: string; band: string; variety: string } | null; // null: no work is held now
  line: string | null; // a sentence of that work, to be said aloud
  capture: { rate_hz: number; path: string; calibration: "preferred" | "required" } | null;
  bands: Band[];
  limits: { speech_min_dbfs: number; speech_max_dbfs: number; snr_min_db: number };
  calibrations: Calibration[];
  device_checks: DeviceCheck[];
  urls: { record: string | null; home: string };
}
