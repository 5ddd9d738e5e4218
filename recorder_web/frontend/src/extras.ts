/** What is wanted once something was recorded: fetched as soon as the page stands, so that it is here when the server is not. */

import type { Desk } from "./dialogue/desk";
import type { Page } from "./page";

export { Listening } from "./listening";
export { Pairing } from "./pairing";
export { Skipping } from "./skipping";
export { recovery } from "./ui/recover";
export { partnerCard, voicesCard } from "./ui/partner";
export { leaveCard, microphoneCard } from "./ui/side";
export { askSkip } from "./ui/skip-sheet";
export { takeList } from "./ui/take-list";
export { trace } from "./ui/trace";
export { VoiceCheck } from "./voices";

const AGAIN_MS = 5_000;

/** The part for two devices comes only where a claim has two, asked for until it is here; until then each records alone. */
export async function openDesk(page: Page): Promise<Desk | null> {
  if (page.view.data.call == null) return null;
  for (;;) {
    const found = await import("./dialogue/desk").catch(() => null);
    if (found !== null) return found.openDesk(page);
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
