"""Another track beside one's own: the right sample at every moment, silence where it has none."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.record.alignment import Alignment
from speechcorpus.record.side_by_side import heard_beside, together, within, without
from speechcorpus.record.track_clock import Timeline

RATE_HZ, HOUR = 48_000, 3_600 * 48_000
SPAN = st.tuples(st.integers(0, 60), st.integers(1, 9)).map(lambda each: (each[0], sum(each)))
SPANS = st.lists(SPAN, max_size=6)
INSIDE = st.integers(60 * RATE_HZ, HOUR - 70 * RATE_HZ)


@settings(max_examples=40)
@given(offset_s=st.floats(-60, 60), drift_ppm=st.floats(-200, 200), at=INSIDE)
def test_no_moment_of_an_hour_is_off_by_more_than_half_a_sample(offset_s, drift_ppm, at):
    line = Timeline(rate_hz=RATE_HZ, frames=HOUR)
    how = {"offset_s": offset_s, "drift_ppm": drift_ppm, "uncertainty_ms": 0.0, "method": "sound"}
    places = Alignment(**how, first=line, second=line).to_other(np.arange(at, at + 2_000))
    first = int(places[0]) - 3
    numbered = np.arange(2_010, dtype=np.int16) + 1  # each sample says which one it is
    heard = first - 1 + heard_beside(numbered, first, places).astype(np.float64)
    true_s = (np.arange(at, at + 2_000) / RATE_HZ - offset_s) * (1 + drift_ppm / 1e6)
    assert np.abs(heard - true_s * RATE_HZ).max() <= 0.5 + 1e-4


def test_where_the_other_device_lost_sound_nothing_is_heard_and_what_follows_is_at_its_time():
    whole = Timeline(rate_hz=1_000, frames=9_000)
    torn = Timeline(rate_hz=1_000, frames=8_000, cuts=(4_000,), lost_s=(1.0,))
    how = {"offset_s": 0.0, "drift_ppm": 0.0, "uncertainty_ms": 0.0, "method": "sound"}
    places = Alignment(**how, first=whole, second=torn).to_other(np.arange(9_000))
    track = np.full(8_000, 7, dtype=np.int16)
    track[[2_000, 6_000]] = 99
    heard = heard_beside(track, 0, places)
    assert np.flatnonzero(heard == 99).tolist() == [2_000, 7_000]
    assert not heard[4_001:5_000].any()


@settings(max_examples=50)
@given(one=SPANS, other=SPANS)
def test_spans_are_shared_and_cut_away_moment_by_moment(one, other):
    mine, theirs = ({at for span in spans for at in range(*span)} for spans in (one, other))
    assert {at for span in within(one, other) for at in range(*span)} == mine & theirs
    assert {at for span in without(one, other) for at in range(*span)} == mine - theirs
    assert all(end - start >= 3 for start, end in together(one, other, rate_hz=20))
