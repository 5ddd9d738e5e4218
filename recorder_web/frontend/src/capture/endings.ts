/** The last step of a take, its manifest: what finds no room now is written when there is some. Runs in the take worker. */

import { contributorFolder, folderAt, writeJson } from "../store/opfs";
import { manifestOf, type Heard, type TakeRecord } from "../take";
import type { ToUploads } from "./messages";

interface Ending {
  record: TakeRecord;
  heard: Heard;
}

export class Endings {
  private waiting: Ending[] = [];
  private readonly contributor: string;
  private readonly uploads: MessagePort;

  constructor(contributor: string, uploads: MessagePort) {
    this.contributor = contributor;
    this.uploads = uploads;
  }

  /** A take is whole on disk but for its manifest. */
  add(record: TakeRecord, heard: Heard): void {
    this.waiting.push({ record, heard });
  }

  /** Write all manifests that wait. Throws what the disk says; those not written go on waiting. */
  async write(): Promise<void> {
    for (let ending = this.waiting[0]; ending !== undefined; ending = this.waiting[0]) {
      await this.writeOne(ending);
      this.waiting = this.waiting.filter((other) => other !== ending);
    }
  }

  private async writeOne({ record, heard }: Ending): Promise<void> {
    const { sitting, take } = record;
    const folder = await folderAt(await contributorFolder(this.contributor), [sitting, take]);
    await writeJson(folder, "manifest.json", manifestOf(record, heard));
    this.uploads.postMessage({ type: "finished", sitting, take } satisfies ToUploads);
  }
}
