/** Room on this device: what the server has for certain makes way, and small files keep a place on a full disk. Fetched when wanted. */

import { contributorFolder, fileIn, isSafe, JOURNAL, PCM, readJson, readSittings, recordedMs, RESERVE, subfolderOf, type LocalTake, type Receipt } from "./opfs";
import type { View } from "../view";
import { enoughBytes, makesWay, mostAllowed, plannedSeconds, spaceFor, type Space } from "./space";

const USUAL_RATE_HZ = 48_000; // until the microphone says its own
const PROBE = "speechcorpus.probe";
const RESERVE_BYTES = 4_000_000; // the manifest and the receipt of a take of four hours

/** How a sitting that begins now fits; takes that the server has for certain make way for it, the oldest first. */
export async function roomToBegin(view: View): Promise<Space> {
  const { data, lines } = view;
  const open = lines.filter(({ take }) => take === null).length;
  const planned_s = plannedSeconds(data.claim.target_s, open, data.claim.style === "read");
  await keepReserve().catch(() => undefined); // on a full device only after room is made
  const space = await roomNow(view, planned_s);
  if (space.missing_bytes === 0) return space;
  await makeRoom(data.contributor_ref, space.missing_bytes);
  await keepReserve().catch(() => undefined);
  return roomNow(view, planned_s);
}

/** The room there is now. */
export async function roomNow({ microphone }: View, planned_s: number | null = null): Promise<Space> {
  const sound = { rate_hz: microphone?.rate_hz ?? USUAL_RATE_HZ, channels: 1 };
  return spaceFor(await freeBytes(enoughBytes(sound, planned_s)), sound, planned_s);
}

/**
 * Bytes that may still be written, not looked for beyond `enough`. An estimate is not to be trusted alone:
 * Chromium tells every site 10 GiB. What the browser allows is found by asking for it, which writes nothing.
 */
export async function freeBytes(enough: number): Promise<number> {
  const { quota = Infinity, usage = 0 } = await navigator.storage.estimate();
  return mostAllowed(Math.max(0, Math.min(enough, quota - usage)), allows);
}

async function allows(bytes: number): Promise<boolean> {
  const top = await navigator.storage.getDirectory();
  const stream = await (await top.getFileHandle(PROBE, { create: true })).createWritable();
  try {
    await stream.truncate(bytes);
    return true;
  } catch (error) {
    if ((error as Error).name === "QuotaExceededError") return false;
    throw error;
  } finally {
    await stream.abort();
    await top.removeEntry(PROBE).catch(() => undefined);
  }
}

/** Delete the sound of takes that have their receipt until so many bytes are free; the receipts stay. */
export async function makeRoom(contributor: string, missing_bytes: number): Promise<void> {
  const sittings = await readSittings(contributor);
  const takes = sittings.flatMap(({ record, takes }) => takes.map((take) => ({ take, began_ms: recordedMs(record, take.record), bytes: take.bytes, safe: isSafe(take) })));
  for (const { take } of makesWay(takes, missing_bytes)) await deleteSound(take);
}

async function deleteSound({ folder }: LocalTake): Promise<void> {
  for (const name of [PCM, JOURNAL]) if ((await fileIn(folder, name)) !== null) await folder.removeEntry(name);
}

/** Hold a place that a full disk gives back for the files without which a take cannot be sent. */
export async function keepReserve(): Promise<void> {
  const top = await navigator.storage.getDirectory();
  if ((await fileIn(top, RESERVE))?.size === RESERVE_BYTES) return;
  const stream = await (await top.getFileHandle(RESERVE, { create: true })).createWritable();
  await stream.write(new Uint8Array(RESERVE_BYTES)); // written, not only asked for: a disk knows no promises
  await stream.close();
}

/** Delete everything of a contributor that lies on this device. */
export async function deleteAll(contributor: string): Promise<void> {
  const folder = await contributorFolder(contributor);
  for await (const [name] of folder.entries()) await folder.removeEntry(name, { recursive: true });
}

/** The receipt of a take as it is kept here, or null. */
export async function receiptOf(contributor: string, take: string): Promise<Receipt | null> {
  const folder = await contributorFolder(contributor);
  for await (const [, sitting] of folder.entries()) {
    if (sitting.kind !== "directory") continue;
    const own = await subfolderOf(sitting, take);
    if (own !== null) return readJson<Receipt>(own, "receipt.json");
  }
  return null;
}
