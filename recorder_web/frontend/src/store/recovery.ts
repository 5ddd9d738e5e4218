/** Takes that were cut off by a closed tab or a crash: counted, hashed again and made sendable. Runs in a worker. */

import { sha256Hex } from "../sha256";
import { BYTES_PER_FRAME, chunkPlaces, manifestOf, readJournal, withoutWindows } from "../take";
import { fileIn, JOURNAL, keepAside, PCM, readSittings, recordedMs, writeJson, type LocalTake } from "./opfs";

const MANIFEST = "manifest.json";

export interface Interrupted {
  sitting: string;
  take: string;
  prompt_id: string | null;
  began_ms: number | null; // on this device's clock
  rate_hz: number;
  frames: number;
}

/** What the scan found: takes without a manifest that hold sound. Empty ones are cleared away. */
export async function interruptedTakes(contributor: string): Promise<Interrupted[]> {
  const found: Interrupted[] = [];
  for (const sitting of await readSittings(contributor)) {
    for (const take of sitting.takes.filter((take) => take.manifest === null)) {
      const { record } = take;
      const frames = framesOf(take);
      if (frames === 0) await sitting.folder.removeEntry(record.take, { recursive: true });
      else found.push({ sitting: record.sitting, take: record.take, prompt_id: record.prompt_id, began_ms: sitting.record.began_ms ? recordedMs(sitting.record, record) : null, rate_hz: record.rate_hz, frames });
    }
  }
  return found;
}

/** Write the manifests that the crash prevented, so that the takes are sent. */
export async function keepInterrupted(contributor: string): Promise<void> {
  for (const sitting of await readSittings(contributor)) {
    for (const take of sitting.takes.filter((take) => take.manifest === null)) await complete(take);
  }
}

/** Delete interrupted takes from this device; the page has asked. */
export async function discardInterrupted(contributor: string): Promise<void> {
  for (const sitting of await readSittings(contributor)) {
    for (const take of sitting.takes.filter((take) => take.manifest === null)) {
      await sitting.folder.removeEntry(take.record.take, { recursive: true });
    }
  }
}

async function complete(take: LocalTake): Promise<void> {
  const { folder, record } = take;
  const pcm = (await fileIn(folder, PCM))!;
  const frames = framesOf(take);
  const chunks: string[] = [];
  for (const place of chunkPlaces(frames, record.rate_hz)) {
    const first = place.first_sample * BYTES_PER_FRAME;
    const bytes = await pcm.slice(first, first + place.frames * BYTES_PER_FRAME).arrayBuffer();
    chunks.push(sha256Hex(new Uint8Array(bytes)));
  }
  const { damaged, ...journal } = readJournal((await (await fileIn(folder, JOURNAL))?.text()) ?? "");
  if (damaged > 0) {
    await keepAside(folder, JOURNAL);
    journal.events.push({ kind: "journal-damaged", at_sample: frames, lines: damaged });
  }
  if ((await fileIn(folder, MANIFEST))?.size) await keepAside(folder, MANIFEST); // it was written and is unreadable
  const count = { seen: frames, delivered: null, total: null, lost_frames: 0 };
  const heard = { frames, chunks, count, ended_by: "crash" as const, ...journal, ...withoutWindows(journal.events), meter: [] };
  await writeJson(folder, MANIFEST, manifestOf(record, heard));
}

function framesOf({ bytes }: LocalTake): number {
  return Math.floor(bytes / BYTES_PER_FRAME);
}
