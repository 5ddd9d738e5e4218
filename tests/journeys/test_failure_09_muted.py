"""Failure 9: the microphone is muted, or its gain is zero: the person is told within a second."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.rig.pulse import SoundServer
from tests.rig.server import web_server
from tests.rig.studio import open_studio

pytestmark = [pytest.mark.journey, pytest.mark.extended]

TOLD_AFTER_S = 1.0
RATE_HZ = 48_000
ZEROS_UNTIL_TOLD = """() => {
  const { meter } = window.rig;
  return meter.muted ? meter.reading.last_sample : null;
}"""


def test_a_muted_microphone_is_told_within_a_second_of_silence(
    tmp_path: Path, sound: SoundServer, record_property: Callable[[str, object], None]
) -> None:
    studio = open_studio(tmp_path, rate_hz=RATE_HZ)
    with web_server(studio.data) as server, studio.heard(server.url, sound) as recorder:
        recorder.switch_on()
        recorder.begin()
        recorder.speak(2)
        record = recorder.takes()[-1]
        sound.mute(True)
        told_at = int(recorder.page.wait_for_function(ZEROS_UNTIL_TOLD).json_value())
        told = recorder.page.locator("#recorder").inner_text()
        sound.mute(False)
        recorder.page.wait_for_function("() => !window.rig.meter.muted")
        recorder.speak(4)
        recorder.stop()
        recorder.nothing_waits()
        local = recorder.local(str(record["take"]))

    events = local.manifest["events"]
    assert isinstance(events, list)
    zeros = [event for event in events if event["kind"] == "zeros"]
    muted = max(zeros, key=lambda event: int(event["samples"]))
    after_s = (told_at - int(str(record["first_sitting_sample"])) - muted["at_sample"]) / RATE_HZ
    record_property("measured", f"told after {after_s:.2f} s of zeros")
    assert after_s <= TOLD_AFTER_S
    assert "靜音" in told
    assert np.array_equal(studio.master(str(record["take"])), local.codes)
