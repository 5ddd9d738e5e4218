/** Plays own takes: from this device where they are here, else from the server. */

import { Player } from "./player";
import { contributorFolder, fileIn, folderAt, PCM } from "./store/opfs";
import type { Line, View } from "./view";

export interface Span {
  segment: string;
  from_s: number;
  to_s: number;
}

export class Listening {
  private readonly player = new Player();

  stop(): void {
    this.player.stop();
  }

  /** Play a take, or a span of it; a second press stops it. `tell` hears what plays, null at its end. */
  async play({ data, playing }: View, line: Line, span: Span | null, tell: (playing: string | null, of: string) => void): Promise<void> {
    const key = span === null ? line.take! : `${span.segment}/${span.from_s}`;
    if (playing === key) return this.player.stop();
    const address = span === null ? `${data.api}/takes/${line.take}/audio` : `${data.api}/segments/${span.segment}/audio`;
    const own = span === null ? await this.ownBuffer(data.contributor_ref, line) : null;
    const buffer = own ?? (await this.player.fromAddress(address));
    if (buffer === null) return;
    tell(key, key);
    await this.player.play(buffer, span?.from_s, span?.to_s);
    tell(null, key);
  }

  private async ownBuffer(contributor: string, { take, here }: Line): Promise<AudioBuffer | null> {
    if (here === null || take === null) return null;
    const folder = await folderAt(await contributorFolder(contributor), [here.sitting, take]);
    const pcm = await fileIn(folder, PCM);
    return pcm === null ? null : this.player.fromCodes(new Int16Array(await pcm.arrayBuffer()), here.rate_hz);
  }
}
