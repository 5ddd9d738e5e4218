"""Failure 19: the page itself hangs for ten seconds: it is not in the way of the samples."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.rig.sitting import Sitting

pytestmark = [pytest.mark.journey, pytest.mark.extended]

HANG = "ms => { const end = performance.now() + ms; while (performance.now() < end); }"
HANG_S = 10


def test_a_page_that_hangs_for_ten_seconds_loses_nothing(
    sitting: Sitting, record_property: Callable[[str, object], None]
) -> None:
    recorder = sitting.recorder
    recorder.begin()
    recorder.speak(1)
    before = recorder.page.evaluate("window.rig.meter.take_frames")
    recorder.page.evaluate(HANG, HANG_S * 1000)
    recorder.speak(1.5 + HANG_S)
    recorder.stop()
    _, local, master = sitting.arrived()

    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(master, local.codes)
    assert local.manifest["capture"]["lost_frames"] == 0  # type: ignore[index]
    assert local.codes.size > before + HANG_S * 44_100 * 0.95
    record_property("measured", f"{HANG_S} s hang: {found} of {local.codes.size:,}")
