from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError
from speechcorpus.record import sitting, take, upload

RATES = st.sampled_from([8000, 16000, 44100, 48000])


@given(frames=st.integers(1, 3 * 48000 * 60), rate_hz=RATES)
def test_the_chunks_of_a_take_cover_every_frame_once(frames, rate_hz):
    places = [upload.place_of(i, frames, rate_hz) for i in range(upload.chunk_count(frames, rate_hz))]
    assert places[0].first_sample == 0
    assert sum(place.frames for place in places) == frames
    assert all(place.frames == 5 * rate_hz for place in places[:-1])
    for earlier, later in pairwise(places):
        assert earlier.first_sample + earlier.frames == later.first_sample


@pytest.mark.parametrize(
    "wrong",
    [
        {"length": 159_999},
        {"length": 0, "frames": 0},
        {"frames": 80_001, "length": 160_002},
        {"frames": 79_999},
        {"first_sample": 0},
        {"first_sample": 160_001},
        {"index": 1},
    ],
)
def test_a_chunk_whose_figures_do_not_fit_is_refused(wrong):
    good = {"index": 2, "length": 160_000, "first_sample": 160_000, "frames": 80_000}
    upload.check_chunk(**good, rate_hz=16_000, channels=1)
    with pytest.raises(SittingError) as refused:
        upload.check_chunk(**{**good, **wrong}, rate_hz=16_000, channels=1)
    assert refused.value.code == "chunk.length"


def test_other_bytes_at_a_known_index_are_a_conflict_that_names_both():
    with pytest.raises(SittingError) as refused:
        upload.chunk_event("aa", "bb", index=3)
    assert refused.value.code == "chunk.conflict"
    assert refused.value.facts == {"index": 3, "kept": "aa", "received": "bb"}


def test_a_kept_chunk_stays_kept():
    assert upload.next_state("expected", upload.chunk_event(None, "aa", index=0)) == "kept"
    assert upload.next_state("kept", upload.chunk_event("aa", "aa", index=0)) == "kept"


@pytest.mark.parametrize(
    ("state", "event"), [("closed", "resume"), ("closed", "pause"), ("paused", "pause"), ("abandoned", "end")]
)
def test_a_sitting_takes_no_edge_that_is_not_listed(state, event):
    with pytest.raises(SittingError) as refused:
        sitting.next_state(state, event)
    assert refused.value.code == "sitting.edge"
    assert refused.value.facts == {"state": state, "event": event}


def test_a_stored_take_is_final_and_a_failed_one_can_come_back():
    assert not [event for state, event in take.EDGES.edges if state == "stored"]
    assert take.next_state(take.next_state("receiving", "abandon"), "return") == "receiving"
