"""Which of many comparisons stand out: groups of people, pairs of people."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.qc.alarms import standing_out
from speechcorpus.qc.collusion import Judged, mutual_accepts
from speechcorpus.qc.group_bias import Heard, group_bias

# Benjamini and Hochberg (1995), section 3.2: fifteen comparisons, of which the first four stand out.
PUBLISHED = (
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240),
    *(0.4262, 0.5719, 0.6528, 0.7590, 1.000),
)


def test_the_published_example_has_its_published_alarms():
    assert standing_out(PUBLISHED, q=0.05) == (True,) * 4 + (False,) * 11
    assert standing_out(PUBLISHED[::-1], q=0.05) == (False,) * 11 + (True,) * 4
    assert standing_out((), q=0.05) == ()


def test_a_chance_on_the_edge_stands_out_and_lifts_the_smaller_ones_with_it():
    assert standing_out((0.05, 0.04), q=0.05) == (True, True)
    assert standing_out((0.0501, 0.04), q=0.05) == (False, False)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.floats(0.001, 0.2))
def test_fewer_false_alarms_wanted_means_no_more_alarms(chances, q):
    strict, loose = standing_out(chances, q=q / 2), standing_out(chances, q=q)
    assert all(wide for narrow, wide in zip(strict, loose, strict=True) if narrow)


def decisions(reviewer, group, *, items, refused, contributors=10):
    return [
        Heard(
            reviewer=reviewer,
            contributor=f"{group}-{n % contributors}",
            refused=n < refused,
            groups={"gender": group},
        )
        for n in range(items)
    ]


def cell_of(cells, reviewer, group):
    return next(cell for cell in cells if (cell.reviewer, cell.group) == (reviewer, group))


def test_a_reviewer_who_refuses_one_group_far_more_than_the_others_do_is_an_alarm():
    heard = [
        *decisions("r1", "female", items=100, refused=30),
        *decisions("r1", "male", items=100, refused=10),
        *decisions("r2", "female", items=200, refused=20),
        *decisions("r2", "male", items=200, refused=20),
    ]
    cells = group_bias(heard)
    biased, fair = cell_of(cells, "r1", "female"), cell_of(cells, "r1", "male")
    assert (biased.alarm, fair.alarm) == (True, False)
    assert biased.apart.value == pytest.approx(0.2)
    assert 0.1 < biased.apart.low < biased.apart.high < 0.31
    assert fair.apart.low < 0 < fair.apart.high


@pytest.mark.parametrize(
    ("items", "contributors", "speaks"), [(50, 10, True), (49, 10, False), (50, 9, False)]
)
def test_small_cells_say_nothing_on_either_side(items, contributors, speaks):
    small = decisions("r1", "female", items=items, refused=items, contributors=contributors)
    large = decisions("r2", "female", items=500, refused=0, contributors=50)
    for cell in group_bias([*small, *large]):
        assert ((cell.apart is not None), cell.alarm) == (speaks, speaks)


def test_of_fair_reviewers_few_are_ever_an_alarm():
    rng, alarmed = np.random.default_rng(3), 0
    for _ in range(60):
        heard = [
            Heard(
                reviewer=f"r{rng.integers(4)}",
                contributor=f"c{n % 40}",
                refused=bool(rng.random() < 0.1),
                groups={"gender": ("female", "male")[n % 2]},
            )
            for n in range(800)
        ]
        alarmed += any(cell.alarm for cell in group_bias(heard))
    assert alarmed <= 6


def votes(judge, author, accepted, of):
    return [Judged(judge=judge, author=author, accepted=n < accepted) for n in range(of)]


def pair_of(pairs, *people):
    return next(pair for pair in pairs if pair.people == people)


def test_two_who_accept_each_other_more_than_anybody_else_does_stand_out():
    judged = [*votes("a", "b", 40, 40), *votes("b", "a", 40, 40)]
    judged += [*votes("a", "c", 60, 100), *votes("b", "c", 60, 100)]
    judged += [*votes("d", "a", 60, 100), *votes("d", "b", 60, 100), *votes("d", "c", 60, 100)]
    pairs = mutual_accepts(judged)
    together = pair_of(pairs, "a", "b")
    assert pairs[0] == together
    assert together.alarm
    assert (together.accepted.hits, together.elsewhere.of, together.by_others.of) == (80, 200, 200)
    assert not any(pair.alarm for pair in pairs[1:])


def test_neither_a_mild_judge_nor_a_careful_author_makes_a_pair():
    mild = [*votes("a", "b", 40, 40), *votes("a", "c", 200, 200), *votes("d", "b", 60, 100)]
    careful = [*votes("a", "b", 40, 40), *votes("a", "c", 60, 100), *votes("d", "b", 200, 200)]
    for judged in (mild, careful):
        assert not pair_of(mutual_accepts(judged), "a", "b").alarm
    assert not pair_of(mutual_accepts(votes("a", "b", 40, 40)), "a", "b").alarm  # nothing to compare with
