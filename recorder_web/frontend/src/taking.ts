/** Sittings that begin and takes that end, as values of the page. */

import type { FromTakeWorker } from "./capture/messages";
import { checkToBegin } from "./check/matching";
import type { Calibration, DeviceKey } from "./data";
import type { SittingRecord } from "./take";
import { isFree } from "./targets";
import type { Line, View } from "./view";

type Ended = Extract<FromTakeWorker, { type: "ended" }>;

/** A sitting that begins now, under an id made here: the server may be away. */
export function newSitting({ data: { claim, device_checks }, path, partner }: Pick<View, "data" | "path" | "partner">, device: SittingRecord["device"], calibration: Calibration | null): SittingRecord {
  return {
    sitting: crypto.randomUUID(),
    claim: claim.id,
    band: claim.band,
    device,
    calibration: calibration?.id ?? null,
    device_check: checkToBegin(device_checks, device as unknown as DeviceKey, path)?.id ?? null,
    peers: claim.style === "dialogue" && partner !== null ? [partner.ref] : [],
    started_offline: !navigator.onLine, // the queue corrects it if the server turns out to be away
    began_ms: Date.now(),
  };
}

/** The lines after a take of a prompt, and what is to be said about it. Of a topic the takes before it count as well. */
export function withTake(view: View, ended: Ended, sitting: string): Partial<View> {
  const { data, lines, note, earlier } = view;
  const { take, plan, frames, rate_hz, lost_frames, ended_by } = ended;
  const at = data.prompts.findIndex(({ id }) => id === plan.prompt_id);
  const line: Line = { take, here: { rate_hz, frames, sitting }, item: null, seconds: frames / rate_hz, lost_frames };
  const about = ended_by === "band" ? "recorder.note.band" : lost_frames > 0 ? "recorder.note.ledger" : note;
  const before = lines[at];
  const counts = isFree(view) && before != null && before.take !== null;
  return {
    lines: lines.map((old, i) => (i === at ? line : old)),
    earlier: counts ? [...earlier, { ...before, at }] : earlier,
    since_rest_s: view.since_rest_s + line.seconds!,
    note: about,
  };
}
