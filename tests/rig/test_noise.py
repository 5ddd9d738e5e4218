"""The rig's own measure: it must see every fault it is there to count."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.rig.noise import Faults, coded_noise, faults

SOURCE = coded_noise(1, seed=11)
PLACES = st.integers(1_000, 40_000)
SIZES = st.integers(1, 4_000)


@given(first=st.integers(0, SOURCE.size - 1), seconds=st.integers(1, 4))
def test_a_stretch_of_the_loop_from_any_place_on_has_no_fault(first, seconds):
    looped = np.tile(SOURCE, seconds + 1)[first : first + seconds * 44_100]
    assert faults(SOURCE, looped) == Faults(runs=1, lost=0, inserted=0)


@given(at=PLACES, size=SIZES)
def test_every_lost_sample_is_counted(at, size):
    found = faults(SOURCE, np.delete(SOURCE, slice(at, at + size)))
    assert (found.lost, found.inserted) == (size, 0)


@given(at=PLACES, size=SIZES, zeros=st.booleans())
def test_every_inserted_sample_is_counted_silence_as_well_as_a_repetition(at, size, zeros):
    extra = np.zeros(size, np.int16) if zeros else SOURCE[at : at + size]
    found = faults(SOURCE, np.concatenate((SOURCE[:at], extra, SOURCE[at:])))
    assert (found.lost, found.inserted) == (0, extra.size)
    assert not found.none


@given(at=PLACES, size=st.integers(1, 2_000))
def test_a_stretch_that_was_changed_is_lost_and_inserted(at, size):
    changed = SOURCE.copy()
    changed[at : at + size] = 20_000  # no code of the source
    assert faults(SOURCE, changed) == Faults(runs=2, lost=size, inserted=size)
