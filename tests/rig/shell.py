"""What a page can tell of its offline shell."""

from playwright.sync_api import Page

CONTROLLED = "navigator.serviceWorker.controller !== null"
KEPT = """async () => {
  const cache = await caches.open("speechcorpus-pages");
  return (await cache.keys()).map(({ url }) => new URL(url).pathname);
}"""
CACHES = "caches.keys()"
WAITING = "async () => (await navigator.serviceWorker.getRegistration()).waiting !== null"
LOOK = "async () => void (await (await navigator.serviceWorker.getRegistration()).update())"


def until(page: Page, holds: str, *, timeout_s: float = 60) -> None:
    """Wait until an expression holds on the page; the policy of the pages forbids to wait inside of it."""
    for _ in range(int(timeout_s * 10)):
        if page.evaluate(holds):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"never: {holds}")


def until_kept(page: Page, path: str) -> None:
    """Wait until the shell keeps a page."""
    until(page, f"async () => await (await caches.open('speechcorpus-pages')).match({path!r}) !== undefined")


def kept(page: Page) -> list[str]:
    """The pages the shell keeps."""
    found: list[str] = page.evaluate(KEPT)
    return found


def builds(page: Page) -> set[str]:
    """The builds whose assets the shell keeps."""
    names: list[str] = page.evaluate(CACHES)
    return {name.rpartition("-")[2] for name in names if name.startswith("speechcorpus-assets-")}
