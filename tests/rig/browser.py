"""A real Chromium with a file for a microphone."""

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Error, Playwright, sync_playwright

PATIENCE_MS = 60_000  # a busy machine is slow and no worse
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--password-store=basic",
)


def chromium() -> str:
    """Return the path of the system's Chromium; without one the test is skipped, except in CI."""
    found = os.environ.get("SPEECHCORPUS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("no Chromium: run tools/ensure-chromium")
    return found


def kill(profile: Path, how: signal.Signals) -> int:
    """Send a signal to the browser of one profile, all its processes at once; returns how many there were."""
    mine = f"--user-data-dir={profile}".encode()
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if mine in arguments:
            os.kill(int(folder.name), how)
            found += 1
    return found


class _Driver:
    """A process can run one driver only; it lives as long as some browser does."""

    def __init__(self) -> None:
        self._running: Playwright | None = None
        self._users = 0

    @contextmanager
    def use(self) -> Iterator[Playwright]:
        if self._running is None:
            self._running = sync_playwright().start()
        self._users += 1
        try:
            yield self._running
        finally:
            self._users -= 1
            if self._users == 0:
                running, self._running = self._running, None
                running.stop()


driver = _Driver()


@contextmanager
def browser(
    profile: Path, microphone: Path | None = None, *flags: str, width: int = 1280, height: int = 1240
) -> Iterator[BrowserContext]:
    """Open a browser on a profile folder; opened again on the same folder it finds its files again.

    Parameters
    ----------
    microphone : a 44.1 kHz WAV file that loops from the moment the browser's audio starts
    """
    source = (f"--use-file-for-fake-audio-capture={microphone}",) if microphone else ()
    with driver.use() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium(),
            args=[*FLAGS, *source, *flags],
            ignore_default_args=["--mute-audio"],
            viewport={"width": width, "height": height},
            locale="zh-TW",
        )
        context.set_default_timeout(PATIENCE_MS)
        try:
            yield context
        finally:
            close(context)


def close(context: BrowserContext) -> None:
    """Close a browser, also one that was killed: the driver may hear of it only while it closes."""
    try:
        context.close()
    except Error as error:
        if "has been closed" not in str(error):
            raise
