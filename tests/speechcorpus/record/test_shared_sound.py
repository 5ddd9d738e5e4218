"""Sound that both tracks hold, and the clocks: which of them is believed, and what is left."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.record.alignment import Alignment
from speechcorpus.record.exchanges import Link
from speechcorpus.record.shared_sound import Lag, SharedSound, settle
from speechcorpus.record.track_clock import Timeline

LINE = Timeline(rate_hz=16_000, frames=16_000 * 900)
LINK = Link(at_us=0.0, ahead_us=0.0, slope=0.0, spread_us=300.0, rtt_us=4000.0, windows=15, exchanges=900)
LINKED = Alignment(
    offset_s=3.0, drift_ppm=20.0, uncertainty_ms=2.6, method="exchanges", first=LINE, second=LINE, link=LINK
)
WALLS = replace(LINKED, method="wall", uncertainty_ms=1000.0, drift_known=False, link=None)


def lag(late_s, drift_ppm=0.0, at_s=400.0):
    return Lag(at_s=at_s, late_s=late_s, drift_ppm=drift_ppm, windows=40, over_mad=12.0)


def heard(wrong_s, there_s, back_s, drift_ppm=0.0):
    """What is measured where the clocks are off by `wrong_s` and a voice takes so long each way."""
    return SharedSound(first=lag(wrong_s + there_s, drift_ppm), second=lag(wrong_s - back_s, drift_ppm))


@given(wrong_s=st.floats(-0.3, 0.3), way_s=st.floats(0, 0.02), drift_ppm=st.floats(-100, 100))
def test_through_the_air_sound_puts_the_clocks_right(wrong_s, way_s, drift_ppm):
    for clocks in (LINKED, WALLS):
        found = settle(clocks, heard(wrong_s, way_s, way_s, drift_ppm))
        placed, at_s = found.alignment, clocks.shared_s[0] + 400.0
        assert float(placed.later_s(at_s) - clocks.later_s(at_s)) == pytest.approx(wrong_s, abs=1e-6)
        assert (placed.method, placed.uncertainty_ms) == ("sound", pytest.approx(1000 * way_s + 1))
    drifts = settle(WALLS, heard(wrong_s, way_s, way_s, drift_ppm)).alignment
    assert drifts.drift_ppm - WALLS.drift_ppm == pytest.approx(drift_ppm, abs=1e-6)  # no clock could tell
    kept = settle(LINKED, heard(wrong_s, way_s, way_s, drift_ppm))
    assert kept.alignment.drift_ppm == pytest.approx(LINKED.drift_ppm)
    assert kept.left_ms == pytest.approx(1e-3 * abs(drift_ppm) * 497, abs=1e-6)


@given(there_s=st.floats(0.05, 0.4), back_s=st.floats(0.05, 0.4))
def test_through_a_call_the_clocks_stand_and_what_the_two_ways_differ_may_be_left(there_s, back_s):
    found = settle(LINKED, heard(0.0, there_s, back_s))
    assert found.alignment == LINKED
    assert found.left_ms == pytest.approx(max(0.3, 500 * abs(there_s - back_s)))
    guess = settle(WALLS, heard(0.1, there_s, back_s))
    assert (guess.alignment.method, guess.left_ms) == ("sound", None)
    assert 1000 * abs(there_s - back_s) / 2 <= guess.alignment.uncertainty_ms


@given(late_s=st.floats(0, 0.4))
def test_one_headphone_that_leaks_says_nothing_about_clocks(late_s):
    for shared in (SharedSound(first=lag(late_s)), SharedSound(second=lag(-late_s))):
        found = settle(LINKED, shared)
        assert (found.alignment, found.left_ms) == (LINKED, 0.3)
        assert settle(WALLS, shared).left_ms is None


@given(early_s=st.floats(0.003, 0.4))
def test_what_is_heard_before_it_was_said_proves_the_clocks_wrong(early_s):
    found = settle(LINKED, SharedSound(first=lag(-early_s)))
    at_s = LINKED.shared_s[0] + 400.0
    assert found.alignment.method == "sound"
    assert float(found.alignment.later_s(at_s) - LINKED.later_s(at_s)) == pytest.approx(-early_s)


def test_without_any_sound_exchanges_tell_what_they_scatter_and_walls_tell_nothing():
    assert (settle(LINKED, SharedSound()).left_ms, settle(WALLS, SharedSound()).left_ms) == (0.3, None)
