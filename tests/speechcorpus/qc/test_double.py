"""Who is written down twice, and in which order two texts are seen: chance that can be repeated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.qc.double import first_stands_left, is_drawn, texts_agree

IDS = st.uuids().map(str)


@given(segment=IDS, seed=st.text(min_size=1, max_size=8), pct=st.integers(0, 99))
def test_whoever_is_in_a_share_is_in_every_larger_one(segment, seed, pct):
    assert is_drawn(segment, seed, pct) <= is_drawn(segment, seed, pct + 1)
    assert is_drawn(segment, seed, 100)
    assert not is_drawn(segment, seed, 0)


@pytest.mark.parametrize("pct", [1, 5, 20, 50])
def test_a_share_is_met_within_what_chance_allows(pct):
    drawn = sum(is_drawn(f"segment-{n}", "terms", pct) for n in range(20_000))
    spread = (20_000 * pct / 100 * (1 - pct / 100)) ** 0.5
    assert abs(drawn - 200 * pct) < 4 * spread


def test_another_seed_draws_other_segments():
    one, other = ({n for n in range(5_000) if is_drawn(str(n), seed, 5)} for seed in ("a", "b"))
    assert len(one & other) < len(one) / 4


@given(settlement=IDS)
def test_the_order_of_two_texts_is_the_same_at_every_look(settlement):
    assert first_stands_left(settlement) == first_stands_left(settlement)


@pytest.mark.parametrize(
    ("cer", "agree"), [(0.0, True), (2 * 1 / 20, True), (2 * 3 / 60, True), (2 * 2 / 39, False), (None, True)]
)
def test_texts_agree_up_to_a_tenth(cer, agree):
    assert texts_agree(cer) is agree
