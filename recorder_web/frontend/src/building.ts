/**
 * The progress of a build: while one is under way, the page is asked for again and its cards are exchanged.
 *
 * A card is `<section data-build="id">`; `data-under-way` stands on those that are being built. Without this
 * script the page has a link that loads it anew.
 */

const EVERY_MS = 1500;
const SLOWEST_MS = 30_000;

/** Exchanges every card that reads differently now; what a person opened stays open. Returns whether to ask again. */
export function exchange(page: Document, fresh: Document): boolean {
  for (const card of page.querySelectorAll<HTMLElement>("[data-build]")) {
    const now = fresh.querySelector<HTMLElement>(`[data-build="${CSS.escape(card.dataset["build"]!)}"]`);
    if (now === null || now.outerHTML === card.outerHTML) continue;
    const opened = card.querySelector("details")?.open ?? false;
    const focused = card.contains(page.activeElement);
    const put = page.importNode(now, true);
    card.replaceWith(put);
    const details = put.querySelector("details");
    if (details !== null) details.open = opened || details.open;
    if (focused) put.querySelector<HTMLElement>("a, button, summary")?.focus();
  }
  return page.querySelector("[data-under-way]") !== null;
}

/** Asks again and again while something is being built; a server that is away is asked less and less often. */
export function watch(page: Document): void {
  if (page.querySelector("[data-under-way]") === null) return;
  let wait_ms = EVERY_MS;
  const ask = async (): Promise<void> => {
    const offline = page.querySelector<HTMLElement>("[data-offline]");
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const again = exchange(page, new DOMParser().parseFromString(await answer.text(), "text/html"));
      if (offline) offline.hidden = true;
      wait_ms = EVERY_MS;
      if (!again) return;
    } catch {
      if (offline) offline.hidden = false;
      wait_ms = Math.min(2 * wait_ms, SLOWEST_MS);
    }
    setTimeout(() => void ask(), wait_ms);
  };
  setTimeout(() => void ask(), wait_ms);
}
