/**
 * Takes on this device: `speechcorpus/v1/<contributor>/<sitting>/<take>/` with `take.json`, `pcm.s16`,
 * `events.ndjson`, `manifest.json` and `receipt.json`; beside the takes `sitting.json`, `closed.json`.
 */

import type { Canonical } from "../canonical";
import type { Manifest, SittingRecord, TakeRecord } from "../take";

export const PCM = "pcm.s16";
export const JOURNAL = "events.ndjson";
export const RESERVE = "speechcorpus.reserve"; // beside all accounts' recordings: made in `room.ts`, given back here

export interface Receipt {
  take_sha256: string;
  receipt: Canonical;
  kept_ms: number;
}

export interface LocalTake {
  folder: FileSystemDirectoryHandle;
  record: TakeRecord;
  manifest: Manifest | null;
  receipt: Receipt | null;
  bytes: number;
}

export interface LocalSitting {
  folder: FileSystemDirectoryHandle;
  record: SittingRecord;
  closed: boolean;
  takes: LocalTake[];
}

const KEPT_AFTER_RECEIPT_MS = 7 * 24 * 3_600_000;

/** The folder of one contributor; another contributor's is neither read, sent nor deleted. */
export async function contributorFolder(contributor: string): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return folderAt(root, ["speechcorpus", "v1", contributor]);
}

/** A folder below another one, made where it is missing. */
export async function folderAt(top: FileSystemDirectoryHandle, names: string[]): Promise<FileSystemDirectoryHandle> {
  let folder = top;
  for (const name of names) folder = await folder.getDirectoryHandle(name, { create: true });
  return folder;
}

/** Whether recordings of somebody else lie on this device. */
export async function othersExist(contributor: string): Promise<boolean> {
  const root = await navigator.storage.getDirectory();
  const all = await folderAt(root, ["speechcorpus", "v1"]);
  for await (const [name] of all.entries()) if (name !== contributor) return true;
  return false;
}

/** All sittings of a contributor with their takes, in the order they were recorded. */
export async function readSittings(contributor: string): Promise<LocalSitting[]> {
  const folders = await subfolders(await contributorFolder(contributor));
  const sittings = await Promise.all(folders.map(readSittingIn));
  return sittings.filter((sitting) => sitting !== null).sort((a, b) => (a.record.began_ms ?? 0) - (b.record.began_ms ?? 0));
}

/** When a take began on this device's clock; of a sitting without a time, only the order is known. */
export function recordedMs({ began_ms }: SittingRecord, { first_sitting_sample, rate_hz }: TakeRecord): number {
  return (began_ms ?? 0) + (first_sitting_sample / rate_hz) * 1_000;
}

/** One sitting of a contributor with its takes. */
export async function readSitting(contributor: string, sitting: string): Promise<LocalSitting | null> {
  return readSittingIn(await folderAt(await contributorFolder(contributor), [sitting]));
}

async function readSittingIn(folder: FileSystemDirectoryHandle): Promise<LocalSitting | null> {
  const record = await readJson<SittingRecord>(folder, "sitting.json");
  if (record === null) return null;
  const closed = (await readJson(folder, "closed.json")) !== null;
  return { folder, record, closed, takes: await readTakes(folder) };
}

async function readTakes(sitting: FileSystemDirectoryHandle): Promise<LocalTake[]> {
  const takes = await Promise.all((await subfolders(sitting)).map(readTake));
  return takes.filter((take) => take !== null).sort((a, b) => a.record.sequence - b.record.sequence);
}

/** The take in a folder; null while it has no readable `take.json`. */
export async function readTake(folder: FileSystemDirectoryHandle): Promise<LocalTake | null> {
  const record = await readJson<TakeRecord>(folder, "take.json");
  if (record === null) return null;
  return {
    folder,
    record,
    manifest: await readJson<Manifest>(folder, "manifest.json"),
    receipt: await readJson<Receipt>(folder, "receipt.json"),
    bytes: (await fileIn(folder, PCM))?.size ?? 0,
  };
}

/** Delete takes whose receipt names their own hash and is a week old, and closed sittings left empty. */
export async function cleanUp(contributor: string, now_ms: number): Promise<void> {
  const top = await contributorFolder(contributor);
  for (const sitting of await readSittings(contributor)) {
    const over = sitting.takes.filter((take) => mayGo(take, now_ms));
    for (const take of over) await sitting.folder.removeEntry(take.record.take, { recursive: true });
    const empty = (await subfolders(sitting.folder)).length === 0; // a take that cannot be read stays
    if (sitting.closed && empty) await top.removeEntry(sitting.record.sitting, { recursive: true });
  }
}

/** Whether the server's receipt names the hash that was computed here. */
export function isSafe({ manifest, receipt }: LocalTake): boolean {
  return receipt !== null && manifest !== null && receipt.take_sha256 === manifest["take_sha256"];
}

function mayGo(take: LocalTake, now_ms: number): boolean {
  return isSafe(take) && now_ms - take.receipt!.kept_ms > KEPT_AFTER_RECEIPT_MS;
}

/** Write a small file whole: it is the old one or the new one, never half of it. A full disk gives back its reserve for it. */
export async function writeJson(folder: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  try {
    await write(folder, name, value);
  } catch (error) {
    if (!isQuota(error)) throw error;
    await (await navigator.storage.getDirectory()).removeEntry(RESERVE).catch(() => Promise.reject(error));
    await write(folder, name, value);
  }
}

async function write(folder: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(JSON.stringify(value));
  await stream.close();
}

/** Write a small file that can be made again; on a full device it is done without. */
export async function tryWriteJson(folder: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  try {
    await writeJson(folder, name, value);
  } catch (error) {
    if (!isQuota(error)) throw error;
  }
}

function isQuota(error: unknown): boolean {
  return (error as Error).name === "QuotaExceededError";
}

/** Copy a file that is damaged beside itself before anything else gets its name. */
export async function keepAside(folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const copy = await folder.getFileHandle(`${name}.damaged`, { create: true });
  const stream = await copy.createWritable();
  await stream.write((await fileIn(folder, name))!);
  await stream.close();
}

/** A small file's value, or null if it is missing, damaged or was never completed. */
export async function readJson<T>(folder: FileSystemDirectoryHandle, name: string): Promise<T | null> {
  const file = await fileIn(folder, name);
  if (file === null || file.size === 0) return null;
  const text = await file.text();
  try {
    return JSON.parse(text) as T;
  } catch {
    return null; // one damaged file must not hide the others
  }
}

/** A file's present content, or null. */
export async function fileIn(folder: FileSystemDirectoryHandle, name: string): Promise<File | null> {
  try {
    return await (await folder.getFileHandle(name)).getFile();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return null;
    throw error;
  }
}

/** A folder if it is there; never made by looking for it. */
export async function subfolderOf(folder: FileSystemDirectoryHandle, name: string): Promise<FileSystemDirectoryHandle | null> {
  return folder.getDirectoryHandle(name).catch(() => null);
}

async function subfolders(folder: FileSystemDirectoryHandle): Promise<FileSystemDirectoryHandle[]> {
  const found: FileSystemDirectoryHandle[] = [];
  for await (const [, entry] of folder.entries()) if (entry.kind === "directory") found.push(entry);
  return found;
}
