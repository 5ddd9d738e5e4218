/** Waits for the second person of a dialogue: they agree on a device of their own. Fetched with the extras. */

import type { Partner, RecorderData } from "./data";
import { needsPartner, type View } from "./view";

const ASK_MS = 3_000;
const HUNG_MS = 5_000;

export class Pairing {
  private readonly data: RecorderData;
  private readonly view: () => View;
  private readonly tell: (partner: Partner | null) => void;

  constructor(view: () => View, tell: (partner: Partner | null) => void) {
    this.data = view().data;
    this.view = view;
    this.tell = tell;
    if (this.data.claim.style === "dialogue") setInterval(() => void this.look(), ASK_MS);
  }

  /** Ask who has agreed; without an answer what is known stands: a sitting may begin with the server away. */
  async ask(): Promise<void> {
    if (this.data.claim.style !== "dialogue") return;
    try {
      const response = await fetch(`${this.data.api}/claims/${this.data.claim.id}/partner`, { signal: AbortSignal.timeout(HUNG_MS) });
      if (response.ok) this.told(((await response.json()) as { partner: Partner | null }).partner);
    } catch {
      // asked again by itself
    }
  }

  /** Of two devices the page itself is another one: it comes with the way to the call. */
  private told(partner: Partner | null): void {
    const other = partner?.agrees === true && partner.devices !== undefined && (partner.devices === "two") !== (this.data.call != null);
    if (other && this.view().microphone === null) location.reload();
    else this.tell(partner);
  }

  private async look(): Promise<void> {
    if (needsPartner(this.view()) && !document.hidden) await this.ask();
  }
}
