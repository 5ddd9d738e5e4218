"""The recorder page as a contributor's hands and eyes meet it."""

import base64
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from playwright.sync_api import Error, Page, Worker, expect

from tests.rig.noise import Codes

PATIENCE_S = 60  # a busy machine is slow and no worse: what waits is not what is tested
READ_OPFS = """async ([contributor, take]) => {
  const root = await navigator.storage.getDirectory();
  let folder = root;
  for (const name of ["speechcorpus", "v1", contributor]) folder = await folder.getDirectoryHandle(name);
  for await (const [, sitting] of folder.entries()) {
    for await (const [name, entry] of sitting.entries()) {
      if (name !== take) continue;
      const file = await (await entry.getFileHandle("pcm.s16")).getFile();
      const manifest = await (await entry.getFileHandle("manifest.json")).getFile();
      const bytes = new Uint8Array(await file.arrayBuffer());
      let text = "";
      for (let i = 0; i < bytes.length; i += 32768)
        text += String.fromCharCode(...bytes.subarray(i, i + 32768));
      return { pcm: btoa(text), manifest: JSON.parse(await manifest.text()) };
    }
  }
  return null;
}"""

TAKE_HAS = "seconds => window.rig.meter.take_frames >= seconds * window.rig.track.getSettings().sampleRate"

LIST_OPFS = """async (contributor) => {
  let folder = await navigator.storage.getDirectory();
  for (const name of ["speechcorpus", "v1", contributor]) folder = await folder.getDirectoryHandle(name);
  const found = [];
  for await (const [, sitting] of folder.entries())
    for await (const [, entry] of sitting.entries()) {
      if (entry.kind !== "directory") continue;
      const file = await (await entry.getFileHandle("take.json")).getFile();
      found.push(JSON.parse(await file.text()));
    }
  return found;
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTake:
    """A take as it lies on the contributor's device."""

    codes: Codes
    manifest: dict[str, object]


@dataclass(kw_only=True)
class RecorderPage:
    """Hands on the keys, eyes on the page."""

    page: Page
    contributor: str  # the name of their folder on the device

    def state(self, name: str, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the recorder is in a state."""
        self.page.locator(f'#recorder[data-state="{name}"]').wait_for(timeout=timeout_s * 1000)

    def switch_on(self) -> None:
        """Open the microphone and stay quiet for the room tone."""
        self.page.locator("#start").click()
        self.page.locator("#room-tone").wait_for()
        self.state("armed")

    def record(self, seconds: float) -> None:
        """Space, speak, Space."""
        self.begin()
        self.page.wait_for_timeout(seconds * 1000)
        self.stop()

    def begin(self, key: str = "Space") -> None:
        """Press Space, or Backspace to say it again, and wait until the first sample is on disk."""
        self.page.keyboard.press(key)
        self.page.locator('.recbar__state[data-live="true"]').wait_for()

    def stop(self) -> None:
        """Press Space and wait until the take is closed."""
        self.page.keyboard.press("Space")
        self.state("armed")

    def speak(self, seconds: float) -> None:
        """Let so much of a take that runs be recorded, however busy the machine is."""
        self.page.wait_for_function(TAKE_HAS, arg=seconds, timeout=60_000 + seconds * 4_000)

    def next(self) -> None:
        """Enter: the next prompt."""
        self.page.keyboard.press("Enter")

    def all_safe(self, count: int, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until so many takes have their receipt and nothing waits."""
        card = self.page.locator(f'#upload[data-safe="{count}"][data-waiting="0"]')
        card.wait_for(timeout=timeout_s * 1000)

    def nothing_waits(self, *, timeout_s: float = 60) -> None:
        """Wait until every take that was begun has its receipt."""
        self.page.locator('#upload[data-waiting="0"]').wait_for(timeout=timeout_s * 1000)

    def upload_says(self, key: str, *, timeout_s: float = PATIENCE_S) -> None:
        """Wait until the upload card shows a sentence, named by its key."""
        self.page.locator(f'#upload[data-key="{key}"]').wait_for(timeout=timeout_s * 1000)

    def network_is_back(self) -> None:
        """Tell the page what the system tells it: otherwise it tries again within 30 s."""
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def chip(self, take: str, *names: str, timeout_s: float = PATIENCE_S) -> str:
        """Wait for one of these verdicts of a take and return it."""
        row = self.page.locator(f'li[data-take="{take}"]')
        expect(row).to_have_attribute("data-chip", re.compile("|".join(names)), timeout=timeout_s * 1000)
        return row.get_attribute("data-chip") or ""

    def current_take(self) -> str:
        """Return the id of the take that counts for the prompt on the page."""
        return self.page.locator("#recorder").get_attribute("data-take") or ""

    def takes(self) -> list[dict[str, object]]:
        """Return what lies on the device: the records of all takes."""
        found = _while_it_is_written(lambda: self.page.evaluate(LIST_OPFS, self.contributor))
        return sorted(found, key=lambda take: int(str(take["sequence"])))

    @property
    def take_worker(self) -> Worker:
        """The worker of the sample path."""
        return next(worker for worker in self.page.workers if "take.worker" in worker.url)

    def local(self, take: str) -> LocalTake:
        """Return the samples and the manifest of a take from the browser's own disk."""
        found = _while_it_is_written(lambda: self.page.evaluate(READ_OPFS, [self.contributor, take]))
        codes = np.frombuffer(base64.b64decode(found["pcm"]), dtype="<i2")
        return LocalTake(codes=codes, manifest=found["manifest"])


def _while_it_is_written(look: Callable[[], Any]) -> Any:
    """Look again at a file that a worker was writing to: the browser then says that it cannot be read."""
    for _ in range(20):
        try:
            return look()
        except Error as error:
            if "NotReadableError" not in str(error):
                raise
            time.sleep(0.1)
    return look()
