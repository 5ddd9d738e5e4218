/** What the page does about the files on this device: room for more, receipts, sound that waits for Wi-Fi, deletion. */

import type { Space } from "./store/space";
import type { View } from "./view";

const LOOK_MS = 30_000;
const LATER = "speechcorpus-later";

type Connection = EventTarget & { readonly type?: string };

export interface Kept {
  view(): View;
  set(change: Partial<View>): void;
  hold(hold: boolean): void; // sound waits, or goes
}

export class Keeping {
  private readonly page: Kept;
  private watch = 0;
  private looking: Promise<Space | null> = Promise.resolve(null);

  constructor(page: Kept) {
    this.page = page;
  }

  /** Say what is known before the first press, and fetch what will be wanted when the server may be away. */
  start(): void {
    connection()?.addEventListener("change", () => this.followNetwork());
    this.followNetwork();
    void this.prepare();
    void import("./ui/receipt").catch(() => undefined);
  }

  /** Whether a sitting can begin on this device. What is short is shown, and does not keep anybody from recording. */
  async before(): Promise<boolean> {
    void navigator.storage.persist?.().catch(() => false); // asked; the answer changes nothing
    if ((await this.prepare())?.full) return false;
    clearInterval(this.watch);
    this.watch = window.setInterval(() => void this.look((room) => room.roomNow(this.page.view())), LOOK_MS);
    return true;
  }

  private prepare(): Promise<Space | null> {
    return this.look((room) => room.roomToBegin(this.page.view()));
  }

  /** One at a time: looking writes a file of its own. Null where nothing can be known. */
  private look(into: (room: typeof import("./store/room")) => Promise<Space>): Promise<Space | null> {
    const look = async (): Promise<Space | null> => {
      const space = await import("./store/room").then(into).catch(() => null); // the server is away, or the browser has no such files
      if (space !== null) this.page.set({ space });
      return space;
    };
    return (this.looking = this.looking.then(look));
  }

  /** Sound waits for Wi-Fi, or goes now; remembered on this device. */
  later(later: boolean): void {
    localStorage.setItem(LATER, later ? "1" : "");
    this.followNetwork();
  }

  private followNetwork(): void {
    const metered = connection()?.type === "cellular";
    const later = localStorage.getItem(LATER) === "1";
    this.page.set({ metered, later });
    this.page.hold(metered && later);
  }

  /** Show the receipt of a take beside the page: nothing that records is interrupted. */
  async receipt(take: string): Promise<void> {
    const { showReceipt } = await import("./ui/receipt");
    await showReceipt(this.page.view(), take);
  }

  /** After consent is withdrawn: the first press asks, the second one deletes what lies here. */
  async clear(): Promise<void> {
    const { data, clearing } = this.page.view();
    if (clearing === "no") return this.page.set({ clearing: "asked" });
    const { deleteAll } = await import("./store/room");
    await deleteAll(data.contributor_ref);
    this.page.set({ clearing: "done" });
    location.assign(data.urls.home);
  }
}

/** What the browser says of its network, if it does. */
function connection(): Connection | undefined {
  return (navigator as { connection?: Connection }).connection;
}
