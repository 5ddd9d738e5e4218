"""The second stage is for the recordings whose answer it may change, and for no others."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.noise.floor import Background, FloorSettings
from speechcorpus.noise.second_stage import SecondStage, needs_second_stage, second_floor

CLEAR = Background(
    laeq_dbfs=-60.0,
    la90_dbfs=-61.0,
    method="gap",
    gap_s=2.0,
    gap_kept_s=1.8,
    spread_db=1.0,
    se_db=1.0,
    a_power=1e-6,
    z_power=1e-5,
    kept=np.ones(90, dtype=np.bool_),
    gap=np.ones(100, dtype=np.bool_),
    gap_se_db=0.5,
)


def test_a_clear_background_needs_no_second_stage():
    assert not needs_second_stage(CLEAR, edges_dbfs=None)
    assert not needs_second_stage(CLEAR, edges_dbfs=(-80.0, -50.0))
    assert not needs_second_stage(None, edges_dbfs=(-60.0,))


@pytest.mark.parametrize(
    ("changed", "needed"),
    [({"gap_kept_s": 0.48}, True), ({"gap_kept_s": 0.5}, False), ({"gap_kept_s": 0.0}, True),
     ({"spread_db": 6.01}, True), ({"spread_db": 6.0}, False), ({"spread_db": -20.0}, False)],
)  # fmt: skip
def test_little_background_or_one_that_moves_needs_it_without_knowing_the_bands(changed, needed):
    assert needs_second_stage(replace(CLEAR, **changed), edges_dbfs=None) is needed


@given(
    laeq_dbfs=st.floats(-120, 0), edges_dbfs=st.lists(st.floats(-120, 0), max_size=4).map(sorted).map(tuple)
)
def test_within_4_db_of_any_edge_needs_it_on_both_sides(laeq_dbfs, edges_dbfs):
    near = any(edge - 4 <= laeq_dbfs <= edge + 4 for edge in edges_dbfs)
    distance_db = min((abs(laeq_dbfs - edge) for edge in edges_dbfs), default=np.inf)
    if abs(distance_db - 4) > 1e-9:
        assert needs_second_stage(replace(CLEAR, laeq_dbfs=laeq_dbfs), edges_dbfs=edges_dbfs) is near


def test_the_edge_of_the_4_db_counts_as_near():
    assert needs_second_stage(CLEAR, edges_dbfs=(-56.0,))
    assert needs_second_stage(CLEAR, edges_dbfs=(-64.0,))
    assert not needs_second_stage(CLEAR, edges_dbfs=(-55.9, -64.1))


def test_its_limits_are_settings():
    eager = SecondStage(near_edge_db=20.0)
    assert needs_second_stage(CLEAR, edges_dbfs=(-45.0,), settings=eager)


def test_only_the_guard_differs_from_the_first_stage():
    first = FloorSettings(trim_db=3.5, trim_spread_factor=2.0)
    assert second_floor(first) == replace(first, guard_s=0.16)
    assert second_floor(first, SecondStage(guard_s=0.2)).guard_s == 0.2
