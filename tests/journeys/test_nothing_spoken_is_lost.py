"""A killed browser, a server that is away: what was said is kept, found again and sent."""

import signal
import time
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from tests.rig.browser import kill
from tests.rig.noise import RATE_HZ
from tests.rig.server import free_port, serving
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey

COUNT_MICROPHONES = """() => {
  const [devices, open] = [navigator.mediaDevices, navigator.mediaDevices.getUserMedia];
  window.microphones = 0;
  devices.getUserMedia = (...asked) => (window.microphones++, open.apply(devices, asked));
}"""


def test_a_browser_killed_while_recording_loses_a_tenth_of_a_second_at_most(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data) as address:
        with studio.recorder(address) as recorder:
            recorder.switch_on()
            recorder.begin()
            began = time.monotonic()
            recorder.page.wait_for_timeout(6_500)
            spoken_s = time.monotonic() - began
            assert kill(studio.profile, signal.SIGKILL) > 0
        with studio.recorder(address) as recorder:
            recorder.page.locator("#recovery").wait_for()
            recorder.page.locator("#keep").click()
            recorder.all_safe(2)
            take = str(recorder.takes()[-1]["take"])
            local = recorder.local(take)

    capture = local.manifest["capture"]
    assert isinstance(capture, dict)
    assert capture["ended_by"] == "crash"
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
    assert local.codes.size / RATE_HZ > spoken_s - 0.1


def test_space_in_the_room_tone_opens_no_second_microphone(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data) as address, studio.recorder(address) as recorder:
        recorder.page.evaluate(COUNT_MICROPHONES)
        recorder.page.locator("#start").click()
        recorder.page.locator("#room-tone").wait_for()
        for _ in range(2):
            recorder.page.keyboard.press("Space")
            recorder.page.wait_for_timeout(500)
        recorder.state("armed", timeout_s=30)
        recorder.record(6)
        assert recorder.page.evaluate("window.microphones") == 1
        local = recorder.local(recorder.current_take())
        recorder.all_safe(2)
        assert len({take["sitting"] for take in recorder.takes()}) == 1
    assert studio.is_unbroken(local.codes)
    assert local.codes.size / RATE_HZ > 6


def test_recording_goes_on_while_the_server_is_away_and_everything_arrives_later(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    port = free_port()
    with ExitStack() as room:
        with serving(studio.data, port=port) as address:
            recorder = room.enter_context(studio.recorder(address))
            recorder.switch_on()
            recorder.begin()
        recorder.page.wait_for_timeout(5_500)
        recorder.page.keyboard.press("Space")
        recorder.state("armed")
        recorder.upload_says("recorder.upload.offline")
        take = recorder.current_take()
        with serving(studio.data, port=port):
            recorder.network_is_back()
            recorder.all_safe(2, timeout_s=60)
            local = recorder.local(take)

    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
