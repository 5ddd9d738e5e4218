/** What happens around the page: network, sign-in, devices, other windows, leaving. */

import { SIGN_IN } from "./sign-in";

interface Told {
  wake(): void; // the network, the page or a sign-in is back
  note(kind: string): void; // goes into the take as evidence
  seen(): void; // the page is in front again
  unsent(): boolean; // leaving now deserves a question
}

export function watchPage(page: Told): void {
  addEventListener("online", () => page.wake());
  new BroadcastChannel(SIGN_IN).onmessage = () => page.wake();
  navigator.mediaDevices.addEventListener("devicechange", () => page.note("devicechange"));
  document.addEventListener("visibilitychange", () => {
    page.note(`page-${document.visibilityState}`);
    if (document.visibilityState !== "visible") return;
    page.wake();
    page.seen();
  });
  addEventListener("beforeunload", (event) => {
    if (page.unsent()) event.preventDefault();
  });
}
