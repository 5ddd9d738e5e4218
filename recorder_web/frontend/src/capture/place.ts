/** Where a take lies on disk: made before its first sample, cleared where nothing came of it. Runs in the take worker. */

import { contributorFolder, folderAt, writeJson } from "../store/opfs";
import type { TakeRecord } from "../take";
import { TakeFile } from "./take-file";

/** Make a take's folder and open its files. Where that fails, nothing stays that could be taken for a take. */
export async function makePlace(contributor: string, record: TakeRecord): Promise<TakeFile> {
  try {
    const folder = await folderAt(await contributorFolder(contributor), [record.sitting, record.take]);
    await writeJson(folder, "take.json", record);
    return await TakeFile.open(folder, record.rate_hz);
  } catch (error) {
    await clearPlace(contributor, record).catch(() => undefined); // the first error is the one to tell
    throw error;
  }
}

export async function clearPlace(contributor: string, { sitting, take }: TakeRecord): Promise<void> {
  const above = await folderAt(await contributorFolder(contributor), [sitting]);
  await above.removeEntry(take, { recursive: true });
}
