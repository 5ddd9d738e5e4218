from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.work.audition import CRITERIA, Heard, passes_gold, settle_audition, transcription_cer_pct
from tests.examples import many

ORDER = ("not_suitable", "recording-only", "suitable")
OPINION = st.builds(
    Heard,
    items=st.just(8),
    other_variety=st.sampled_from([0, 8]),
    held=st.just(8),
    confirms_held=st.booleans(),
    cer_pct=st.sampled_from([None, Decimal(3), Decimal(30)]),
)


def heard(**changes):
    fine = {"items": 8, "other_variety": 0, "held": 0, "confirms_held": False, "cer_pct": Decimal(3)}
    return Heard(**{**fine, **changes})


@settings(max_examples=many(100))
@given(st.lists(OPINION, min_size=3, max_size=3), st.randoms())
def test_three_opinions_always_settle_it_in_whatever_order_they_come(opinions, random):
    settled = settle_audition(opinions)
    shuffled = random.sample(opinions, 3)
    assert settled == settle_audition(shuffled)
    assert settled is not None


@settings(max_examples=many(100))
@given(st.lists(OPINION, min_size=3, max_size=3))
def test_what_two_settle_no_third_one_changes(opinions):
    two = settle_audition(opinions[:2])
    assert two is None or two.result == settle_audition(opinions).result


@settings(max_examples=many(100))
@given(st.lists(OPINION, min_size=2, max_size=3))
def test_nobody_is_turned_down_but_by_two_listeners_on_one_criterion(opinions):
    settled = settle_audition(opinions)
    if settled is None or settled.result == "suitable":
        return
    assert settled.criterion in CRITERIA
    assert sum(each.fails(settled.criterion) for each in opinions) >= 2


@settings(max_examples=many(100))
@given(st.lists(OPINION, min_size=3, max_size=3), st.integers(0, 2))
def test_a_kinder_listener_never_makes_the_result_worse(opinions, which):
    kinder = [heard() if n == which else each for n, each in enumerate(opinions)]
    assert ORDER.index(settle_audition(kinder).result) >= ORDER.index(settle_audition(opinions).result)


def test_one_opinion_settles_nothing():
    assert settle_audition([heard()]) is None


@pytest.mark.parametrize(
    ("numbers", "criterion", "fails"),
    [
        ({"other_variety": 4}, "variety", False),
        ({"other_variety": 5}, "variety", True),
        ({"held": 8}, "machine", False),  # a machine alone
        ({"held": 5, "confirms_held": True}, "machine", True),
        ({"held": 4, "confirms_held": True}, "machine", False),
        ({"cer_pct": Decimal("10.0")}, "transcription", False),
        ({"cer_pct": Decimal("10.1")}, "transcription", True),
        ({"cer_pct": None}, "transcription", False),
    ],
)
def test_each_criterion_has_its_edge(numbers, criterion, fails):
    assert heard(**numbers).fails(criterion) is fails


def test_all_sentences_are_one_text_and_silence_has_no_rate():
    assert transcription_cer_pct(
        [("一二三四五六七八九十", "一二三四五六七八九"), ("甲", "甲")], str
    ) == Decimal("9.1")
    assert transcription_cer_pct([("", "甲")], str) is None


@settings(max_examples=many(100))
@given(st.integers(0, 80), st.integers(0, 80))
def test_a_reviewer_is_right_in_nine_of_ten_over_forty_at_least(right, of):
    assert passes_gold(right, of) == (of >= 40 and right >= 0.9 * of)
