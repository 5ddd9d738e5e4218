"""When the background was out of its band, and the seconds that nobody heard."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.noise.band import DEFAULT_BANDS
from speechcorpus.noise.seconds import is_out, out_ratio, out_runs

MEDIUM = DEFAULT_BANDS.named("medium")
LEVELS = st.lists(st.none() | st.floats(20, 90), max_size=40)


@given(levels=LEVELS, uncertainty_db=st.floats(0.1, 10))
def test_every_second_that_is_out_lies_in_one_run_and_none_that_is_in(levels, uncertainty_db):
    runs = out_runs(levels, MEDIUM, uncertainty_db=uncertainty_db)
    covered = [second for run in runs for second in range(run.start_s, run.end_s)]
    assert len(set(covered)) == len(covered)
    for second, level in enumerate(levels):
        if level is not None:
            assert (second in covered) == is_out(level, MEDIUM, uncertainty_db)


@given(levels=LEVELS)
def test_a_run_begins_and_ends_with_a_second_that_was_heard(levels):
    for run in out_runs(levels, MEDIUM, uncertainty_db=2.0):
        assert levels[run.start_s] is not None
        assert levels[run.end_s - 1] is not None
        heard = [each for each in levels[run.start_s : run.end_s] if each is not None]
        assert run.heard == tuple(heard)
        assert min(heard) - 1e-9 <= run.level <= max(heard) + 1e-9


@given(levels=LEVELS, uncertainty_db=st.floats(0.1, 10))
def test_the_ratio_counts_only_what_was_heard(levels, uncertainty_db):
    heard = [level for level in levels if level is not None]
    ratio = out_ratio(levels, MEDIUM, uncertainty_db=uncertainty_db)
    assert ratio == out_ratio(heard, MEDIUM, uncertainty_db=uncertainty_db)
    assert (ratio is None) == (not heard)


@pytest.mark.parametrize(("unheard", "runs"), [(0, 1), (2, 1), (3, 2)])
def test_speech_covers_two_seconds_of_a_noise_without_breaking_it(unheard, runs):
    assert len(out_runs([60.0, *[None] * unheard, 60.0], MEDIUM, uncertainty_db=2.0)) == runs


def test_too_quiet_and_too_loud_are_two_runs():
    runs = out_runs([30.0, 60.0, 60.0, 30.0], MEDIUM, uncertainty_db=2.0)
    assert [(run.above, run.start_s, run.end_s) for run in runs] == [
        (False, 0, 1),
        (True, 1, 3),
        (False, 3, 4),
    ]


def test_the_level_of_a_run_is_a_mean_of_energy():
    assert out_runs([60.0, 70.0], MEDIUM, uncertainty_db=2.0)[0].level == pytest.approx(67.404, abs=1e-3)
