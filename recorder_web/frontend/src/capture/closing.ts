/** How a take ends: whole, or as much of it as the disk took; the page hears of it in any case. Runs in the take worker. */

import type { Count } from "../ledger";
import type { ChunkPlace, EndedBy, Heard, TakeRecord } from "../take";
import { failureOf, isFull, type ToUploads } from "./messages";
import { clearPlace } from "./place";
import type { Recording } from "./recording";
import { monotonic, type House } from "./house";

/** Write what is left and the manifest. `count` says what was seen and delivered, once the number of frames is known. */
export async function closeTake(house: House, recording: Recording, count: (frames: number) => Count): Promise<void> {
  try {
    const heard = heardOf(house, recording, count);
    if (heard.frames === 0) return await forget(house, recording.record, heard.ended_by);
    house.endings.add(recording.record, heard);
    const error = await house.endings.write().catch((error: unknown) => error);
    tellEnd(house, recording.record, heard, error === undefined ? heard.ended_by : endedBy(error));
  } catch (error) {
    count(0);
    house.tell(failureOf(error)); // its samples are on disk: the next visit finds them
  }
}

/** The disk takes no more: the take ends with the last packet it took. */
export function cut(recording: Recording, error: unknown): void {
  recording.file.cut();
  recording.breakOff(endedBy(error));
}

/** Chunks are whole on disk. */
export function tellChunks({ uploads }: House, { record: { sitting, take } }: Recording, places: ChunkPlace[]): void {
  for (const { index } of places) uploads.postMessage({ type: "chunk", sitting, take, index } satisfies ToUploads);
}

function heardOf(house: House, recording: Recording, count: (frames: number) => Count): Heard {
  const { file } = recording;
  try {
    writeRest(house, recording);
    return recording.heard(count(file.frames), Date.now());
  } finally {
    file.close();
  }
}

function writeRest(house: House, recording: Recording): void {
  try {
    tellChunks(house, recording, recording.file.finish(monotonic()));
  } catch (error) {
    cut(recording, error);
    tellChunks(house, recording, recording.file.finish(monotonic()));
  }
}

/** The disk took not one packet: that is no take. */
async function forget(house: House, record: TakeRecord, ended_by: EndedBy): Promise<void> {
  await clearPlace(house.contributor, record);
  house.tell({ type: "failed", name: ended_by === "full" ? "QuotaExceededError" : "Empty", detail: record.take });
}

function tellEnd(house: House, plan: TakeRecord, { frames, count }: Heard, ended_by: EndedBy): void {
  const { take, rate_hz } = plan;
  house.tell({ type: "ended", take, plan, frames, rate_hz, lost_frames: count.lost_frames, ended_by });
}

function endedBy(error: unknown): EndedBy {
  return isFull(error) ? "full" : "crash";
}
