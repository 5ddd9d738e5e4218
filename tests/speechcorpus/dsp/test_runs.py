"""Runs are the same however the places arrive, and short ones are left out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.dsp.runs import OpenRuns, runs

MASKS = st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=12)


def mask_of(pieces: list[tuple[bool, int]]) -> np.ndarray:
    return np.concatenate([np.empty(0, dtype=bool), *(np.full(count, value) for value, count in pieces)])


@given(pieces=MASKS, cuts=st.lists(st.integers(0, 400), max_size=5), shortest=st.integers(1, 50))
def test_long_runs_are_found_whole_across_any_blocks(pieces, cuts, shortest):
    mask = mask_of(pieces)
    expected = [(int(s), int(e)) for s, e in runs(mask) if e - s >= shortest]
    finder = OpenRuns(shortest)
    found = []
    for part in np.split(mask, sorted(cut for cut in cuts if cut < mask.size)):
        found += finder.push(part)
    assert found + finder.finish() == expected


@given(before=st.integers(0, 30), passed=st.integers(1, 30))
def test_passing_by_closes_a_run_and_counts_the_places(before, passed):
    finder = OpenRuns()
    found = finder.push(np.ones(before, dtype=bool)) + finder.pass_by(passed)
    found += finder.push(np.ones(3, dtype=bool)) + finder.finish()
    first = [(0, before)] if before else []
    assert found == [*first, (before + passed, before + passed + 3)]
