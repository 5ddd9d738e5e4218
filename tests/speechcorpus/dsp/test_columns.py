"""What is kept of each hop: every row, once, and levels to 0.005 dB."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.dsp.columns import CAPACITIES, Column, Powers, centi_db, powers_of


@given(sizes=st.lists(st.integers(0, 3000), max_size=12), width=st.sampled_from([None, 1, 3]))
def test_all_rows_are_kept_in_order_however_they_come(sizes, width):
    shape = () if width is None else (width,)
    everything = np.arange(sum(sizes) * (width or 1), dtype=np.int64).reshape(-1, *shape)
    column = Column(np.int64, width)
    for part in np.split(everything, np.cumsum(sizes)[:-1]) if sizes else ():
        column.append(part)
    assert column.rows.shape == everything.shape
    assert (column.rows == everything).all()


@pytest.mark.parametrize("capacity", CAPACITIES)
def test_nothing_is_lost_where_a_table_grows(capacity):
    column = Column(np.uint8)
    column.append(np.full(capacity - 1, 1, np.uint8))
    column.append(np.full(3, 2, np.uint8))
    column.append(np.full(2 * capacity, 3, np.uint8))
    assert np.bincount(column.rows).tolist() == [0, capacity - 1, 3, 2 * capacity]
    assert column.rows[[0, capacity - 2, capacity - 1, capacity + 1, capacity + 2]].tolist() == [
        1,
        1,
        2,
        2,
        3,
    ]


@given(levels_db=st.lists(st.floats(-290, 60), min_size=1, max_size=50))
def test_a_level_in_two_bytes_is_within_a_hundredth_of_a_decibel(levels_db):
    powers = (10 ** (np.array(levels_db) / 10)).astype(np.float32)
    read_db = 10 * np.log10(powers_of(centi_db(powers)).astype(np.float64))
    assert read_db == pytest.approx(np.array(levels_db), abs=0.0055)


def test_silence_is_a_level_too():
    assert powers_of(centi_db(np.zeros(2, np.float32))).max() < 1e-29


def test_a_cleared_table_begins_anew():
    column = Column(np.uint8)
    column.append(np.arange(5, dtype=np.uint8))
    column.clear()
    column.append(np.array([7], np.uint8))
    assert column.rows.tolist() == [7]


@given(levels=st.lists(st.integers(-12000, 6000), min_size=1, max_size=50), at=st.integers(0, 60))
def test_powers_asked_for_in_part_are_those_of_the_whole(levels, at):
    kept = np.array(levels, np.int16)
    assert Powers(kept).size == kept.size
    assert Powers(kept)[at:].tolist() == powers_of(kept)[at:].tolist()
    assert Powers(kept)[np.arange(kept.size)[::-1]].tolist() == powers_of(kept)[::-1].tolist()
