"""Intervals of error rates: what is drawn again is the speaker."""

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.transcribe.speaker_bootstrap import error_intervals, interval_levels
from tests.examples import many

SPEAKERS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 200)), min_size=5, max_size=12)


def rate(above, below, **options):
    (found,) = error_intervals([above], below, **options)
    return found


def test_the_interval_is_the_one_of_scipy_at_the_same_levels():
    rng = np.random.default_rng(3)
    tokens = rng.integers(50, 400, 14)
    errors = rng.binomial(tokens, rng.beta(2, 14, 14))
    ours = rate(errors.tolist(), tokens.tolist(), resamples=20_000)
    low, _ = interval_levels(14)
    theirs = scipy.stats.bootstrap(
        (errors, tokens),
        lambda above, below, axis: above.sum(axis) / below.sum(axis),
        paired=True,
        vectorized=True,
        n_resamples=20_000,
        confidence_level=1 - 2 * low,
        method="percentile",
        rng=np.random.default_rng(4),
    ).confidence_interval
    assert ours.value == errors.sum() / tokens.sum()
    # two independent sets of draws: the tails agree to a twentieth of the interval
    room = (ours.high - ours.low) / 20
    assert [ours.low, ours.high] == pytest.approx([theirs.low, theirs.high], abs=room)


def test_with_few_speakers_the_levels_lie_further_out_than_those_of_many():
    assert interval_levels(5)[0] < interval_levels(20)[0] < interval_levels(1000)[0] < 0.025
    assert interval_levels(10**7)[0] == pytest.approx(0.025, abs=1e-6)
    with pytest.raises(ValueError, match="at least 2 speakers, got 1"):
        interval_levels(1)


@settings(max_examples=many(100))
@given(speakers=SPEAKERS)
def test_the_value_lies_in_its_interval_and_the_interval_between_the_best_and_the_worst_speaker(speakers):
    errors, tokens = zip(*speakers, strict=True)
    found = rate(errors, tokens, resamples=200)
    own = [above / below for above, below in speakers]
    assert min(own) - 1e-12 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= max(own) + 1e-12


@settings(max_examples=many(100))
@given(speakers=SPEAKERS, seed=st.integers(0, 2**32))
def test_a_figure_does_not_depend_on_what_else_is_asked(speakers, seed):
    errors, tokens = zip(*speakers, strict=True)
    alone = rate(errors, tokens, seed=seed, resamples=200)
    first, _ = error_intervals([errors, [-each for each in errors]], tokens, seed=seed, resamples=200)
    assert first == alone


def test_two_systems_that_err_alike_differ_by_nothing_at_all():
    (difference,) = error_intervals([[0] * 8], [50] * 8)
    assert (difference.value, difference.low, difference.high) == (0, 0, 0)


def test_a_difference_that_every_speaker_shows_is_surer_than_the_rates_it_is_made_of():
    first, second = [5, 9, 30, 2, 14, 22, 8, 40], [3, 7, 28, 0, 12, 20, 6, 38]
    rates = error_intervals([first, second, [b - a for a, b in zip(first, second, strict=True)]], [100] * 8)
    assert rates[2].high < 0
    assert rates[1].high > rates[0].low  # each by itself would tell nothing


def test_below_five_speakers_there_is_a_value_and_no_interval():
    assert rate([1, 2, 3, 4], [10] * 4).low is None
    assert rate([1, 2, 3, 4], [10] * 4).value == 0.25
    assert rate([1, 2, 3, 4, 5], [10] * 5).low is not None


def test_where_nothing_was_said_there_is_no_value():
    for speakers in (0, 1, 6):
        found = rate([0] * speakers, [0] * speakers)
        assert (found.value, found.low, found.high) == (None, None, None)


def test_corpora_drawn_without_a_word_are_left_out():
    found = rate([3, 0, 0, 0, 0, 0], [10, 0, 0, 0, 0, 0])
    assert (found.low, found.high) == (0.3, 0.3)


@pytest.mark.slow
@pytest.mark.parametrize(("speakers", "least"), [(5, 0.87), (10, 0.89), (20, 0.91), (60, 0.925)])
def test_the_interval_holds_the_truth_about_as_often_as_it_says(speakers, least):
    # speakers differ as they do for real recognisers, and so do the amounts they said
    rng = np.random.default_rng(7)
    corpora, held, plain = 1500, 0, 0
    for _ in range(corpora):
        rates = rng.beta(1.8, 13.2, speakers)
        tokens = 15 * np.maximum(1, rng.lognormal(3, 0.6, speakers).round()).astype(int)
        errors = rng.binomial(tokens, rates)
        found = rate(errors.tolist(), tokens.tolist(), resamples=2000)
        held += found.low <= 1.8 / 15 <= found.high
        drawn = rng.multinomial(speakers, [1 / speakers] * speakers, size=1000)
        low, high = np.percentile((drawn @ errors) / (drawn @ tokens), (2.5, 97.5))
        plain += low <= 1.8 / 15 <= high
    assert held / corpora >= least
    assert held >= plain, "the plain percentiles would do"
