/**
 * Takes on this device: `speechcorpus/v1/<contributor>/<sitting>/<take>/` with `take.json`, `pcm.s16`,
 * `events.ndjson`, `manifest.json` and `receipt.json`; beside the takes `sitting.json`, `closed.json`.
 */

import type { Canonical } from "../canonical";
import type { Manifest, SittingRecord, TakeRecord } from "../take";

export const PCM = "pcm.s16";
export const JOURNAL = "events.ndjson";

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
  const sittings: LocalSitting[] = [];
  for (const folder of await subfolders(await contributorFolder(contributor))) {
    const record = await readJson<SittingRecord>(folder, "sitting.json");
    if (record === null) continue;
    const closed = (await readJson(folder, "closed.json")) !== null;
    sittings.push({ folder, record, closed, takes: await readTakes(folder) });
  }
  return sittings;
}

async function readTakes(sitting: FileSystemDirectoryHandle): Promise<LocalTake[]> {
  const takes: LocalTake[] = [];
  for (const folder of await subfolders(sitting)) {
    const record = await readJson<TakeRecord>(folder, "take.json");
    if (record !== null) takes.push(await readTake(folder, record));
  }
  return takes.sort((a, b) => a.record.sequence - b.record.sequence);
}

async function readTake(folder: FileSystemDirectoryHandle, record: TakeRecord): Promise<LocalTake> {
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
    const empty = over.length === sitting.takes.length;
    if (sitting.closed && empty) await top.removeEntry(sitting.record.sitting, { recursive: true });
  }
}

function mayGo({ manifest, receipt }: LocalTake, now_ms: number): boolean {
  if (receipt === null || manifest === null) return false;
  return receipt.take_sha256 === manifest["take_sha256"] && now_ms - receipt.kept_ms > KEPT_AFTER_RECEIPT_MS;
}

/** Write a small file whole: it is the old one or the new one, never half of it. */
export async function writeJson(folder: FileSystemDirectoryHandle, name: string, value: unknown): Promise<void> {
  const file = await folder.getFileHandle(name, { create: true });
  const stream = await file.createWritable();
  await stream.write(JSON.stringify(value));
  await stream.close();
}

/** A small file's value, or null if it is missing or was never completed. */
export async function readJson<T>(folder: FileSystemDirectoryHandle, name: string): Promise<T | null> {
  const file = await fileIn(folder, name);
  if (file === null || file.size === 0) return null;
  return JSON.parse(await file.text()) as T;
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

async function subfolders(folder: FileSystemDirectoryHandle): Promise<FileSystemDirectoryHandle[]> {
  const found: FileSystemDirectoryHandle[] = [];
  for await (const [, entry] of folder.entries()) if (entry.kind === "directory") found.push(entry);
  return found;
}
