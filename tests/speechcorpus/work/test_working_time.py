from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.work.terms_file import parse_terms
from speechcorpus.work.working_time import (
    ClaimTiming,
    SittingSigns,
    active_s,
    hourly_rate,
    is_below_floor,
    percentile,
    slowest_quarter_minor,
)
from tests.examples import many
from tests.stage import terms_text

BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)
PRICE = replace(parse_terms(terms_text()).price, floor_hourly_minor=19_600)
PER_ITEM = PRICE.record.minor + PRICE.transcribe.minor


def at(seconds):
    return BEGIN + timedelta(seconds=float(seconds))


def sitting(*seconds, sound_s=0):
    return SittingSigns(sitting="s", moments=tuple(map(at, seconds)), sound_s=Fraction(sound_s))


def timing(minutes, *, person="a", accepted=1, sound_s=0):
    return ClaimTiming(
        person=person, active_s=round(minutes * 60), accepted=accepted, sound_s=Fraction(sound_s)
    )


def of_people(*minutes):
    return [timing(each, person=str(n % 5)) for n, each in enumerate(minutes)]


MOMENTS = st.lists(st.integers(0, 20_000), min_size=1, max_size=20)


@settings(max_examples=many(100))
@given(MOMENTS, MOMENTS)
def test_time_is_counted_once_however_it_was_heard_of(first, second):
    apart = active_s([sitting(*first), sitting(*second)], [])
    assert active_s([sitting(*first)], []) <= apart
    assert apart <= active_s([sitting(*first)], []) + active_s([sitting(*second)], [])
    assert active_s([sitting(*first), sitting(*first)], []) == active_s([sitting(*first)], [])


@settings(max_examples=many(100))
@given(MOMENTS)
def test_more_signs_never_make_a_sitting_shorter_and_none_makes_it_longer_than_it_was(moments):
    whole = active_s([sitting(*moments)], [])
    assert whole <= max(moments) - min(moments)
    assert active_s([sitting(*moments, *(m + 1 for m in moments))], []) >= whole


def test_a_gap_of_five_minutes_is_work_and_a_longer_one_is_a_pause():
    assert active_s([sitting(0, 300)], []) == 300
    assert active_s([sitting(0, 301)], []) == 0


def test_typing_counts_for_a_minute_and_not_twice_beside_the_microphone():
    assert active_s([], [at(0)]) == 60
    assert active_s([], [at(0), at(30), at(200)]) == 90 + 60
    assert active_s([sitting(0, 120)], [at(100)]) == 160


def test_sound_that_came_late_is_work_as_long_as_it_is():
    assert active_s([sitting(0, 2, sound_s=600)], []) == 600
    assert active_s([sitting(0, 100, sound_s=60)], []) == 100  # retakes and waiting are in it


@settings(max_examples=many(100))
@given(st.lists(st.integers(0, 1000).map(Fraction), min_size=1, max_size=20), st.integers(1, 100))
def test_a_percentile_is_one_of_the_values_and_this_share_of_them_is_not_above_it(values, percent):
    found = percentile(values, percent)
    assert found in values
    assert sum(each <= found for each in values) * 100 >= percent * len(values)
    assert sum(each < found for each in values) * 100 < percent * len(values) or found == min(values)


def test_the_shown_figures_are_those_on_paper():
    # 20 claims from 5 people, 0.5 to 10 minutes an item: p50 is the 10th, p90 the 18th
    rate = hourly_rate(PRICE, of_people(*(n / 2 for n in range(1, 21))), [])
    assert (rate.basis, rate.claims, rate.people) == ("measured", 20, 5)
    assert (rate.p50_min, rate.p90_min) == (Decimal(5), Decimal(9))
    assert rate.hourly_minor == PER_ITEM * 60 // 5
    assert rate.slow_hourly_minor == PER_ITEM * 60 // 9
    assert not rate.is_estimate


def test_a_claim_of_which_nothing_was_accepted_makes_the_slow_day_slower():
    nothing = [timing(10, person=str(n), accepted=0) for n in range(3)]
    rate = hourly_rate(PRICE, [*of_people(*[1] * 17), *nothing], [])
    assert rate.p50_min == Decimal(1)
    assert (rate.p90_min, rate.slow_hourly_minor) == (None, None)


@pytest.mark.parametrize(
    "few", [of_people(*[1] * 19), [timing(1, person=str(n % 4)) for n in range(40)]], ids=["claims", "people"]
)
def test_too_few_claims_or_people_give_an_estimate(few):
    rate = hourly_rate(PRICE, few, [])
    assert (rate.basis, rate.claims, rate.is_estimate) == ("declared", 0, True)
    assert rate.hourly_minor == int(PER_ITEM * 60 / PRICE.estimate_min_per_item)
    auditions = of_people(2, 2, 3, 3, 3)
    assert hourly_rate(PRICE, few, auditions).basis == "auditions"
    assert hourly_rate(PRICE, few, auditions).p50_min == Decimal(3)
    assert hourly_rate(PRICE, few, auditions[:4]).basis == "declared"


def test_a_line_by_the_minute_is_worth_what_accepted_items_last():
    by_minute = replace(PRICE, record=replace(PRICE.record, unit="minute", minor=6000))
    rate = hourly_rate(by_minute, [replace(each, sound_s=Fraction(30)) for each in of_people(*[2] * 20)], [])
    assert rate.per_item_minor == 3000 + PRICE.transcribe.minor
    assert rate.hourly_minor == (3000 + PRICE.transcribe.minor) * 30
    assert hourly_rate(by_minute, [], []).hourly_minor is None


def test_the_alarm_is_about_the_quarter_that_earns_least():
    floor_min = Fraction(PER_ITEM * 60, PRICE.floor_hourly_minor)  # an item in this time earns the floor
    fine, slow = float(floor_min) * 0.9, float(floor_min) * 1.1
    assert not is_below_floor(PRICE, of_people(*[fine] * 15, *[slow] * 5))
    assert is_below_floor(PRICE, of_people(*[fine] * 14, *[slow] * 6))
    assert not is_below_floor(PRICE, of_people(*[slow] * 19))  # too few to say
    dearer = replace(PRICE, record=replace(PRICE.record, minor=2 * PRICE.record.minor))
    assert not is_below_floor(dearer, of_people(*[slow] * 20))


def test_a_quarter_that_earned_nothing_earns_nothing():
    nothing = [timing(5, person=str(n), accepted=0) for n in range(6)]
    assert slowest_quarter_minor(PRICE, [*of_people(*[1] * 14), *nothing]) == 0
