"""Hasty keys lose no word. A killed browser and a server that is away: failures 2 and 3."""

from pathlib import Path

import pytest

from tests.rig.noise import RATE_HZ
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey

COUNT_MICROPHONES = """() => {
  const [devices, open] = [navigator.mediaDevices, navigator.mediaDevices.getUserMedia];
  window.microphones = 0;
  devices.getUserMedia = (...asked) => (window.microphones++, open.apply(devices, asked));
}"""


def test_space_in_the_room_tone_opens_no_second_microphone(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with web_server(studio.data) as server, studio.recorder(server.url) as recorder:
        recorder.page.evaluate(COUNT_MICROPHONES)
        recorder.page.locator("#start").click()
        recorder.page.locator("#room-tone").wait_for()
        for _ in range(2):
            recorder.page.keyboard.press("Space")
            recorder.page.wait_for_timeout(500)
        recorder.state("armed", timeout_s=60)
        recorder.record(6)
        assert recorder.page.evaluate("window.microphones") == 1
        local = recorder.local(recorder.current_take())
        recorder.all_safe(2)
        assert len({take["sitting"] for take in recorder.takes()}) == 1
    assert studio.is_unbroken(local.codes)
    assert local.codes.size / RATE_HZ > 6
