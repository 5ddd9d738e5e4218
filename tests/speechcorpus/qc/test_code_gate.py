"""When a code may refuse, when a reviewer pauses, which decisions are void."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.qc.agreement import Asked
from speechcorpus.qc.code_gate import code_gate, gate_state, is_overturned_too_often
from speechcorpus.qc.gold import GoldGiven, gold_accuracy, is_too_low
from speechcorpus.qc.haste import is_hasty, span_judged_s
from speechcorpus.qc.proportions import jeffreys
from speechcorpus.qc.review_figures import review_figures

CODE = "noise.third-voice"


def gate(both, one, neither, *, contributors=25, appeals=0, overturned=0):
    answers = [(True, True)] * both + [(True, False)] * one + [(False, False)] * neither
    asked = [Asked(contributor=f"c{n % contributors}", answers=pair) for n, pair in enumerate(answers)]
    rng = np.random.default_rng(1)
    return code_gate(CODE, asked, appeals=appeals, overturned=overturned, rng=rng)


def test_a_code_that_two_people_hear_alike_may_refuse():
    good = gate(30, 1, 169)
    assert (good.state, good.may_refuse, good.doubles, good.named) == ("good", True, 200, 31)


def test_a_code_that_two_people_hear_differently_cannot_refuse():
    barred = gate(10, 20, 170)
    assert (barred.state, barred.may_refuse) == ("barred", False)
    assert barred.alpha.low < 0.667


def test_of_fewer_than_a_hundred_doubles_nothing_is_held_against_a_code():
    assert gate(10, 20, 69).state == "few"
    assert gate(10, 20, 70).state == "barred"
    assert gate(10, 20, 69).may_refuse


def test_a_code_that_nobody_ever_named_says_nothing():
    silent = gate(0, 0, 300)
    assert (silent.state, silent.alpha.value, silent.may_refuse) == ("few", None, True)


@pytest.mark.parametrize(
    ("low", "state"),
    [(0.6669, "barred"), (0.667, "watched"), (0.80, "watched"), (0.8001, "good"), (None, "few")],
)
def test_the_edges_of_a_gate_are_where_the_rules_put_them(low, state):
    assert gate_state(100, low) == state
    assert gate_state(99, low) == "few"


@given(st.integers(0, 400), st.integers(0, 400))
def test_a_fifth_of_twenty_appeals_pauses_a_code(appeals, overturned):
    overturned = min(appeals, overturned)
    assert is_overturned_too_often(appeals, overturned) == (appeals >= 20 and 5 * overturned > appeals)


def test_a_code_whose_appeals_succeed_cannot_refuse_however_well_reviewers_agree():
    assert gate(30, 1, 169, appeals=20, overturned=4).may_refuse
    paused = gate(30, 1, 169, appeals=20, overturned=5)
    assert (paused.state, paused.paused, paused.may_refuse) == ("good", True, False)


@pytest.mark.parametrize(("right", "of", "low"), [(0, 39, False), (31, 40, True), (33, 40, False)])
def test_a_reviewer_pauses_when_even_the_upper_bound_is_below_nine_in_ten(right, of, low):
    share = jeffreys(right, of)
    assert is_too_low(share) is low
    assert low == (of >= 40 and share.high < 0.90)


def test_gold_is_counted_by_what_is_wrong_with_the_item():
    given = [GoldGiven(code=CODE, right=True), GoldGiven(code=None, right=False)]
    found = gold_accuracy([*given, GoldGiven(code=CODE, right=False)])
    assert [(each.code, each.right.hits, each.right.of) for each in found] == [(None, 0, 1), (CODE, 1, 2)]


def test_nobody_hears_a_clip_in_less_time_than_it_lasts():
    assert is_hasty(4.99, 5.0)
    assert not is_hasty(5.0, 5.0)
    assert is_hasty(1.9, span_judged_s(60.0, [(10.0, 12.0)]))
    assert not is_hasty(2.0, span_judged_s(60.0, [(10.0, 12.0)]))


def test_a_project_publishes_its_figures_with_their_counts():
    codes = (gate(10, 20, 170), gate(30, 1, 169))
    answers = [timedelta(hours=hours) for hours in (1, 30, 5)]
    found = review_figures(
        lines=400, refused=4, appeals=10, overturned=3, heard=60, lapsed=3, answers=answers, gates=codes
    )
    assert (found.refused.value, found.overturned.value, found.lapsed.value) == (0.01, 0.3, 0.05)
    assert (found.answer, found.barred) == (timedelta(hours=5), (CODE,))
    nothing = review_figures(
        lines=0, refused=0, appeals=0, overturned=0, heard=0, lapsed=0, answers=(), gates=()
    )
    assert (nothing.refused.value, nothing.answer) == (None, None)
