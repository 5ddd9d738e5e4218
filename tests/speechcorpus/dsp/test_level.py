"""Leq, levels exceeded, Fast and Slow."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.signals import white
from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.level import (
    exceeded_dbfs,
    la90_dbfs,
    leq_dbfs,
    power_dbfs,
    short_leq,
    weighted_maximum_dbfs,
)


@given(gain_db=st.floats(-40, 0), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_turning_the_recording_down_moves_the_floor_by_the_same_amount(gain_db, seed):
    room = white(level_dbfs=-30, duration_s=1, rate_hz=16000, seed=seed)
    quieter = room * 10 ** (gain_db / 20)
    assert la90_dbfs(quieter, 16000) == pytest.approx(la90_dbfs(room, 16000) + gain_db, abs=1e-4)


@given(gain_db=st.floats(-40, 0), powers=st.lists(st.floats(1e-6, 1), min_size=10, max_size=60))
def test_every_level_of_powers_moves_by_the_gain_exactly(gain_db, powers):
    before = np.array(powers)
    after = before * 10 ** (gain_db / 10)
    assert leq_dbfs(after) - leq_dbfs(before) == pytest.approx(gain_db, abs=1e-6)
    moved = np.subtract(exceeded_dbfs(after, 90, 50, 10), exceeded_dbfs(before, 90, 50, 10))
    assert moved == pytest.approx(gain_db, abs=1e-6)


def test_a_level_exceeded_for_most_of_the_time_is_the_quiet_one():
    quiet_then_loud = 10 ** (np.repeat([-60.0, -30.0], [30, 70]) / 10)
    assert exceeded_dbfs(quiet_then_loud, 90, 50, 10) == pytest.approx((-60.0, -30.0, -30.0))


def test_short_leq_drops_what_does_not_fill_100_ms():
    assert short_leq(np.array([1.0, 1, 1, 1, 6, 9, 9])).tolist() == [2.0]


def test_fast_reaches_63_percent_of_a_step_after_an_eighth_of_a_second():
    step = np.concatenate((np.zeros(1), np.ones(6)))  # 6 hops = 0.12 s
    reached = 10 ** (weighted_maximum_dbfs(step, time_constant_s=0.125) / 10)
    assert reached == pytest.approx(1 - np.exp(-0.12 / 0.125), abs=1e-9)


def test_a_steady_level_reads_the_same_fast_and_slow():
    steady = np.full(10, 1e-4)
    for time_constant_s in (0.125, 1.0):
        assert weighted_maximum_dbfs(steady, time_constant_s=time_constant_s) == pytest.approx(-40.0)


def test_digital_silence_is_minus_120_and_nothing_is_an_error():
    assert power_dbfs(0.0) == -120.0
    for level in (leq_dbfs, lambda none: exceeded_dbfs(none, 90)):
        with pytest.raises(SignalError, match="at least") as short:
            level(np.empty(0))
        assert short.value.code == "signal.short"
