"""Failure 1: samples dropped or inserted without a word. Coded noise shows every single one of them."""

from collections.abc import Callable

import numpy as np
import pytest

from tests.rig.loops import busy
from tests.rig.noise import RATE_HZ
from tests.rig.sitting import Sitting

pytestmark = pytest.mark.journey

LOADS = (0, 4, 8)


def take_under(sitting: Sitting, loops: int, seconds: float) -> str:
    """Record while so many processes are busy, hold it against its source; returns what was found."""
    with busy(loops):
        sitting.recorder.begin()
        sitting.recorder.speak(seconds)
        sitting.recorder.stop()
    _, local, master = sitting.arrived(seconds=seconds, timeout_s=120)
    found = sitting.studio.faults(local.codes)
    assert found.none, found
    assert np.array_equal(master, local.codes)
    assert local.manifest["capture"]["lost_frames"] == 0  # type: ignore[index]
    assert local.codes.size >= seconds * RATE_HZ
    return f"load {loops}: {found} of {local.codes.size:,}"


def test_no_sample_is_lost_or_inserted_however_busy_the_machine_is(
    sitting: Sitting, record_property: Callable[[str, object], None]
) -> None:
    told = [take_under(sitting, loops, 30) for loops in LOADS]
    record_property("measured", "30 s, " + "; ".join(told))


@pytest.mark.slow
@pytest.mark.parametrize("loops", LOADS)
def test_no_sample_is_lost_or_inserted_in_ten_minutes(
    sitting: Sitting, loops: int, record_property: Callable[[str, object], None]
) -> None:
    record_property("measured", "600 s, " + take_under(sitting, loops, 600))
