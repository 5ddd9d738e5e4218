"""A contributor says that a meter is wrong: two listen, and unless both confirm it the work is paid (V3)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import Contest, Review
from speechcorpus.workflows import contests
from speechcorpus.workflows.contests import contest, has_lost_too_often, holding_codes
from speechcorpus.workflows.overdue import lapse_reviews
from tests.hearing import (
    PAID,
    PENDING,
    REFUSED,
    an_item,
    clipped,
    decide,
    finding,
    handed_in,
    heard,
    lines,
    waiting,
)
from tests.stage import set_stage

CLIPPED = heard("audio.clipped", span=None)
NOBODY = {"unflagged_pct = 5, first_two_claims_pct = 20": "unflagged_pct = 0, first_two_claims_pct = 0"}


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now, **NOBODY)


@pytest.fixture
def recorder(stage):
    return stage.recorder()


@pytest.fixture
def held(recorder):
    return an_item(recorder, "p0", clipped())


def against(recorder, segment_id, code="audio.clipped", words="It was the door."):
    stage = recorder.stage
    contest(stage.store, recorder.actor, segment_id, code, words, now=stage.later)


def contests_of(stage):
    with stage.store.catalogue.read() as session:
        return {row.code: row.state for row in session.scalars(select(Contest))}


def test_a_contested_item_is_handed_in_and_heard_by_two(stage, recorder, held):
    with pytest.raises(SittingError) as nothing:
        handed_in(recorder)
    assert nothing.value.code == "submission.nothing-ready"
    against(recorder, held)
    against(recorder, held)  # again: nothing changes
    handed_in(recorder)
    assert lines(stage.store, held) == PENDING
    assert len(waiting(stage.store, held)) == 2
    with stage.store.catalogue.read() as session:
        assert set(session.scalars(select(Review.purpose))) == {"contest"}


def test_unless_both_confirm_the_meter_the_work_is_paid(stage, recorder, held):
    against(recorder, held)
    handed_in(recorder)
    assert decide(stage, held, "reject", CLIPPED) == "undecided"
    assert decide(stage, held, "accept") == "accepted"  # no third: a meter needs two
    assert (lines(stage.store, held), contests_of(stage)) == (PAID, {"audio.clipped": "won"})


def test_both_confirm_and_the_work_is_refused_by_the_number_of_the_meter(stage, recorder, held):
    against(recorder, held)
    handed_in(recorder)
    assert decide(stage, held, "reject", CLIPPED) == "undecided"
    assert decide(stage, held, "reject", CLIPPED) == "refused"
    assert (lines(stage.store, held), contests_of(stage)) == (REFUSED, {"audio.clipped": "confirmed"})


def test_a_rule_of_the_text_refuses_nobody_its_line_is_void_and_the_sound_is_paid(stage, recorder):
    digit = finding("transcript.num-digit", "fix", "1", "0", "1", char_start=0, char_end=1)
    item = an_item(recorder, "p0", digit)
    against(recorder, item, "transcript.num-digit")
    handed_in(recorder)
    said = heard("transcript.num-digit", span=None)
    decide(stage, item, "reject", said)
    decide(stage, item, "reject", said)
    assert lines(stage.store, item) == {"record": "accepted", "transcribe": "void"}
    assert contests_of(stage) == {"transcript.num-digit": "confirmed"}


def test_a_machine_code_that_was_not_contested_is_no_ground(stage, recorder, held):
    against(recorder, held)
    handed_in(recorder)
    with pytest.raises(SittingError) as refused:
        decide(stage, held, "reject", heard("audio.dropout", span=None))
    assert refused.value.code == "review.code"


def test_everything_that_holds_an_item_must_be_contested_before_it_is_ready(stage, recorder):
    quiet = finding("audio.too-quiet", "blocks", "-40", "-35", "dBFS", comparator="<")
    item = an_item(recorder, "p0", clipped(), quiet)
    with stage.store.catalogue.read() as session:
        assert holding_codes(session, item) == ("audio.clipped", "audio.too-quiet")
    against(recorder, item)
    with pytest.raises(SittingError):
        handed_in(recorder)
    against(recorder, item, "audio.too-quiet")
    handed_in(recorder)
    assert len(waiting(stage.store, item)) == 2


def test_nobody_listening_in_time_pays_and_says_nothing_about_the_meter(stage, recorder, held):
    against(recorder, held)
    handed_in(recorder)
    assert lapse_reviews(stage.store, now=stage.later + timedelta(hours=72, minutes=1)) == 1
    assert (lines(stage.store, held), contests_of(stage)) == (PAID, {"audio.clipped": "lapsed"})


@pytest.mark.parametrize(
    ("code", "words", "why"),
    [("audio.dropout", "", "contest.not-held"), ("audio.clipped", "x" * 1001, "contest.words")],
)
def test_only_what_holds_it_can_be_contested_and_in_a_few_words(recorder, held, code, words, why):
    with pytest.raises(SittingError) as refused:
        against(recorder, held, code, words)
    assert refused.value.code == why


def test_what_is_handed_in_or_not_mine_cannot_be_contested(stage, recorder):
    item = an_item(recorder, "p0")
    handed_in(recorder)
    with pytest.raises(SittingError) as late:
        against(recorder, item)
    assert late.value.code == "item.handed-in"
    for other in (stage.contributor(), stage.reviewer(), stage.manager):
        with pytest.raises(AccessError) as refused:
            contest(stage.store, other, item, "audio.clipped", "", now=stage.later)
        assert refused.value.code == "not-found"


def test_a_meter_that_loses_too_often_holds_nothing_any_more(stage, recorder, held, monkeypatch):
    monkeypatch.setattr(contests, "HELD_AT_LEAST", 1)  # 100 items are many for a test
    against(recorder, held)
    handed_in(recorder)
    decide(stage, held, "accept")
    decide(stage, held, "accept")
    with stage.store.catalogue.read() as session:
        assert has_lost_too_often(session, stage.project_id, "audio.clipped")
        assert not has_lost_too_often(session, stage.project_id, "audio.dropout")
    other = an_item(recorder, "p1", clipped())
    against(recorder, other)
    handed_in(recorder)
    assert lines(stage.store, other) == PENDING
