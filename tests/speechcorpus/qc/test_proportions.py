"""Shares, their intervals and their differences."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta, binom, fisher_exact

from speechcorpus.qc.proportions import chance_of_difference, chance_of_more, difference, jeffreys
from speechcorpus.qc.sample_sizes import items_for_margin, margin_of, power_to_tell

shares = st.integers(1, 60).flatmap(lambda of: st.builds(jeffreys, st.integers(0, of), st.just(of)))


@given(shares)
def test_an_interval_is_that_of_beta_one_half_with_closed_ends(share):
    low, high = beta.ppf([0.025, 0.975], share.hits + 0.5, share.of - share.hits + 0.5)
    assert share.low == (pytest.approx(low) if share.hits else 0)
    assert share.high == (pytest.approx(high) if share.hits < share.of else 1)
    assert share.low <= share.value <= share.high


def test_of_nothing_everything_is_possible():
    nothing = jeffreys(0, 0)
    assert (nothing.value, nothing.low, nothing.high) == (None, 0, 1)


def test_the_interval_covers_the_truth_95_times_in_100_on_average():
    hits = np.arange(51)
    ends = [jeffreys(int(each), 50) for each in hits]
    covering = [
        sum(
            binom.pmf(n, 50, truth)
            for n, share in zip(hits, ends, strict=True)
            if share.low <= truth <= share.high
        )
        for truth in np.linspace(0.05, 0.95, 91)
    ]
    assert np.mean(covering) == pytest.approx(0.95, abs=0.005)
    assert min(covering) > 0.88


@pytest.mark.parametrize(("one", "other"), [(0.1, 0.1), (0.3, 0.1), (0.9, 0.95), (0.02, 0.2)])
def test_the_interval_of_a_difference_covers_it_95_times_in_100(one, other):
    rng = np.random.default_rng(11)
    mine, theirs = rng.binomial(60, one, 400), rng.binomial(150, other, 400)
    found = [
        difference(jeffreys(int(a), 60), jeffreys(int(b), 150)) for a, b in zip(mine, theirs, strict=True)
    ]
    covered = np.mean([each.low <= one - other <= each.high for each in found])
    assert 0.92 <= covered <= 0.985


@given(shares, shares)
def test_a_difference_is_the_other_one_turned_round_and_lies_in_its_interval(one, other):
    there, back = difference(one, other), difference(other, one)
    assert (there.value, there.low, there.high) == pytest.approx((-back.value, -back.high, -back.low))
    assert there.low <= there.value <= there.high


@given(shares, shares)
def test_chances_are_those_of_fishers_exact_test(one, other):
    cells = [[one.hits, one.of - one.hits], [other.hits, other.of - other.hits]]
    assert chance_of_difference(one, other) == pytest.approx(fisher_exact(cells).pvalue, abs=1e-9)
    assert chance_of_more(one, other) == pytest.approx(fisher_exact(cells, "greater").pvalue, abs=1e-9)


def test_sizes_are_those_the_rules_name():
    assert (items_for_margin(0.90, 0.03), items_for_margin(0.95, 0.02)) == (385, 457)
    assert margin_of(385, 0.90) <= 0.03 < margin_of(384, 0.90)
    assert power_to_tell(200, 0.10, 0.20) == pytest.approx(0.80, abs=0.005)
    assert power_to_tell(400, 0.10, 0.20) == pytest.approx(0.98, abs=0.005)
