"""Every sample the microphone delivered is in the file and on the server, proven by content and count."""

import numpy as np
import pytest

from tests.rig.sitting import Sitting

pytestmark = pytest.mark.journey


def test_a_take_is_the_microphones_samples_on_the_device_and_on_the_server(sitting: Sitting) -> None:
    sitting.recorder.record(6.2)
    _, local, master = sitting.arrived()

    capture = local.manifest["capture"]
    assert isinstance(capture, dict)
    assert sitting.studio.is_unbroken(local.codes)
    assert np.array_equal(master, local.codes)
    assert {capture[name] for name in ("seen", "delivered", "total")} == {local.codes.size}
    assert capture["lost_frames"] == 0


def test_a_take_begins_before_the_press_and_ends_after_the_stop(sitting: Sitting) -> None:
    sitting.recorder.record(1)
    local = sitting.recorder.local(sitting.recorder.current_take())

    markers = local.manifest["markers"]
    assert isinstance(markers, list)
    places = {marker["kind"]: marker["at_sample"] for marker in markers}
    assert places["go"] == places["prompt-start"] == 13_230  # 300 ms
    assert local.codes.size - places["stop"] == 13_230
    assert sitting.studio.is_unbroken(local.codes)
