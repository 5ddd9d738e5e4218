"""Tracks that were compared by way of a third lie on one time all the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.record.alignment import Alignment
from speechcorpus.record.track_clock import Timeline
from speechcorpus.workflows.released_dialogues import Place

RATES = st.sampled_from([16_000, 44_100, 48_000])
CLOCK = st.tuples(st.floats(-60, 60), st.floats(-80, 80))  # began so much later, s; ran so much faster, ppm


def beside(first: Timeline, second: Timeline, one, other) -> Alignment:
    """How the second track lies beside the first; both clocks are given against the true time."""
    stretch = (1 + 1e-6 * other[1]) / (1 + 1e-6 * one[1])
    return Alignment(
        offset_s=(other[0] - one[0]) * (1 + 1e-6 * one[1]),
        drift_ppm=1e6 * (stretch - 1),
        uncertainty_ms=0.5,
        method="exchanges",
        first=first,
        second=second,
    )


@settings(max_examples=30, deadline=None)
@given(rates=st.tuples(RATES, RATES, RATES), clocks=st.tuples(CLOCK, CLOCK, CLOCK), at_s=st.floats(60, 600))
def test_one_moment_is_at_one_place_on_every_track_of_a_talk(rates, clocks, at_s):
    lines = [Timeline(rate_hz=rate, frames=rate * 900) for rate in rates]
    steps = [beside(lines[n], lines[n + 1], clocks[n], clocks[n + 1]) for n in (0, 1)]
    places = [
        Place(talk="talk-1", clock=lines[0]),
        Place(talk="talk-1", clock=lines[0], steps=(steps[0],)),
        Place(talk="talk-1", clock=lines[0], steps=(steps[1], steps[0])),
    ]
    samples = [
        (at_s - began) * (1 + 1e-6 * ppm) * rate for (began, ppm), rate in zip(clocks, rates, strict=True)
    ]
    reference, *others = [place.seconds(at) for place, at in zip(places, samples, strict=True)]
    assert others == pytest.approx([reference] * 2, abs=1e-6)
    assert places[2].uncertainty_ms == 1.0
    assert places[2].drift_ppm == pytest.approx(clocks[2][1] - clocks[0][1], abs=0.01)


def test_a_clip_while_the_other_recorder_lost_sound_is_where_it_was_said_and_not_at_the_end_of_the_gap():
    whole = Timeline(rate_hz=16_000, frames=160_000)
    gap = Timeline(rate_hz=16_000, frames=160_000, cuts=(80_000,), lost_s=(2.0,))
    still = (0.0, 0.0)
    beside_it = Place(talk="talk-1", clock=gap, steps=(beside(gap, whole, still, still),))
    assert beside_it.seconds(96_000) == 6.0
    by_way_of_it = (beside(gap, whole, still, still), beside(whole, gap, still, (1.0, 0.0)))
    assert Place(talk="talk-1", clock=whole, steps=by_way_of_it).seconds(80_000) == 6.0


def test_what_a_recorder_lost_counts_as_time_on_the_common_clock():
    gap = Timeline(rate_hz=16_000, frames=160_000, cuts=(80_000,), lost_s=(1.5,))
    assert Place(talk="talk-1", clock=gap, origin_s=1.0).seconds(96_000) == 6.0 + 1.5 - 1.0
