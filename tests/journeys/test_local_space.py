"""A device with little room says so before any work, sends what it took and makes way for what comes."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import CDPSession, Page, expect

from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

USED = "async () => (await navigator.storage.estimate()).usage"
NEEDED = 269_120_000  # ten minutes at 48 kHz and a fifth, and 200 MB
SOUNDS = """async (contributor) => {
  let folder = await navigator.storage.getDirectory();
  for (const name of ["speechcorpus", "v1", contributor]) folder = await folder.getDirectoryHandle(name);
  const found = {};
  for await (const [, sitting] of folder.entries())
    for await (const [take, files] of sitting.entries()) {
      if (files.kind !== "directory") continue;
      found[take] = [];
      for await (const [name] of files.entries()) found[take].push(name);
    }
  return found;
}"""


def leave_room(browser: CDPSession, page: Page, address: str, free_bytes: int) -> None:
    """Let the device have so much room from now on."""
    quota = page.evaluate(USED) + free_bytes
    browser.send("Storage.overrideQuotaForOrigin", {"origin": address, "quotaSize": quota})


def test_a_small_device_warns_before_and_a_full_one_sends_all_it_took_and_makes_way(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        page = recorder.page
        browser = page.context.new_cdp_session(page)
        leave_room(browser, page, server.url, NEEDED - 20_000_000)
        page.reload()
        page.locator('#space[data-space="short"]').wait_for()  # no microphone is open yet
        recorder.state("checking")

        recorder.switch_on()  # a warning, no refusal
        recorder.record(2)
        first = recorder.current_take()
        recorder.nothing_waits()
        kept = recorder.local(first).codes

        recorder.next()
        recorder.begin()
        leave_room(browser, page, server.url, 400_000)
        recorder.state("full", timeout_s=60)
        recorder.all_safe(3)  # while the device is full
        full = str(recorder.takes()[-1]["take"])
        cut = recorder.local(full)
        capture = cut.manifest["capture"]
        assert isinstance(capture, dict)
        assert capture["ended_by"] == "full"
        assert np.array_equal(studio.master(full), cut.codes)
        assert studio.is_unbroken(cut.codes)

        leave_room(browser, page, server.url, 8_000_000)
        page.locator("#start").click()
        recorder.state("armed", timeout_s=60)
        files = page.evaluate(SOUNDS, recorder.contributor)
        assert all("pcm.s16" not in files[take] and "receipt.json" in files[take] for take in (first, full))
        expect(page.locator("#space")).to_be_visible()
        recorder.record(2)
        recorder.nothing_waits()
        last = recorder.current_take()
        assert np.array_equal(studio.master(last), recorder.local(last).codes)
    assert np.array_equal(studio.master(first), kept)
