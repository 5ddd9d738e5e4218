"""Every sample the microphone delivered is in the file and on the server, proven by content and count."""

from pathlib import Path

import numpy as np
import pytest

from tests.rig.server import serving
from tests.rig.studio import open_studio

pytestmark = pytest.mark.journey


def test_a_take_is_the_microphones_samples_on_the_device_and_on_the_server(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data) as address, studio.recorder(address) as recorder:
        recorder.switch_on()
        recorder.record(6.2)
        take = recorder.current_take()
        local = recorder.local(take)
        recorder.all_safe(2)

    capture = local.manifest["capture"]
    assert isinstance(capture, dict)
    assert studio.is_unbroken(local.codes)
    assert np.array_equal(studio.master(take), local.codes)
    assert {capture[name] for name in ("seen", "delivered", "total")} == {local.codes.size}
    assert capture["lost_frames"] == 0


def test_a_take_begins_before_the_press_and_ends_after_the_stop(tmp_path: Path) -> None:
    studio = open_studio(tmp_path)
    with serving(studio.data) as address, studio.recorder(address) as recorder:
        recorder.switch_on()
        recorder.record(1)
        local = recorder.local(recorder.current_take())

    markers = local.manifest["markers"]
    assert isinstance(markers, list)
    places = {marker["kind"]: marker["at_sample"] for marker in markers}
    assert places["go"] == places["prompt-start"] == 13_230  # 300 ms
    assert local.codes.size - places["stop"] == 13_230
    assert studio.is_unbroken(local.codes)
