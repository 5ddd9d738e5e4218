"""Work that was taken back before it was decided: nobody hears it, and it is paid all the same."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import Appeal, Claim, Consent, Review, SecondTranscript, Segment
from speechcorpus.workflows.funding import fund_project
from speechcorpus.workflows.gold import mark_gold_item
from speechcorpus.workflows.lapses import expire_claims, hand_in_latecomers
from speechcorpus.workflows.ledger import reserved
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.second_draw import FEE
from speechcorpus.workflows.views.queue import queue_view
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.hearing import PAID, REFUSED, SAMPLE_ALL, an_item, handed_in, judged, lines, recorded, refuse
from tests.second import pair
from tests.stage import calibrate, set_stage, spoken, voice, work_off

pytestmark = pytest.mark.either_database

EVERYTHING = Asked(scope="all")
BY_THE_MINUTE = {
    'record = { unit = "item", minor = 1500 }': 'record = { unit = "minute", minor = 1500 }',
    'transcribe = { unit = "item", minor = 1000 }': 'transcribe = { unit = "item", minor = 10 }',
    "estimate_min_per_item = 1.2": "estimate_min_per_item = 0.01",
    "budget_minor = 100000000": "budget_minor = 50",
}


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, **SAMPLE_ALL)


def count(stage, table):
    with stage.store.catalogue.read() as session:
        return session.scalar(select(func.count()).select_from(table))


def one(stage, table, key):
    with stage.store.catalogue.read() as session:
        return session.get_one(table, key)


def human_review(stage):
    with stage.store.catalogue.read() as session:
        given = select(Consent.text_sha256).where(Consent.purpose == "human_review")
        text_sha256 = session.scalars(given).first()
    return Asked(scope="purpose", purpose="human_review", text_sha256=text_sha256)


def test_what_was_not_measured_yet_is_measured_and_paid_if_it_passes(stage, shared):
    actor = stage.contributor()
    recorder = stage.recorder(actor, calibration=calibrate(stage, actor))
    recorder.record(voice(5, seed=77, level=0.0014), track="room").finish()
    recorder.record(spoken(shared), prompt="p0").finish()
    withdraw(stage.store, actor, EVERYTHING, now=stage.later)
    work_off(stage)
    assert hand_in_latecomers(stage.store, now=stage.later) == 1
    with stage.store.catalogue.read() as session:
        (item,) = session.scalars(select(Segment)).all()
    assert (lines(stage.store, item.id), item.chosen) == ({"record": "accepted"}, False)
    assert count(stage, Review) == 0


def test_what_no_one_may_listen_to_reaches_no_listener(stage):
    recorder = stage.recorder()
    item = recorded("p0", recorder)
    withdraw(stage.store, recorder.actor, human_review(stage), now=stage.later)
    judged(stage.store, item, "accepted", now=stage.later)
    hand_in_latecomers(stage.store, now=stage.later)
    assert (lines(stage.store, item), count(stage, Review)) == ({"record": "accepted"}, 0)
    review = Review(
        id=str(uuid4()), segment_id=item, terms_sha256=one(stage, Claim, recorder.claim).terms_sha256
    )
    review.state, review.created_at = "queued", stage.now
    with stage.store.catalogue.write() as session:
        session.add(review)
    reviewer = stage.reviewer()
    assert queue_view(stage.store, reviewer, now=stage.later) == ()
    with pytest.raises(AccessError):
        take_review(stage.store, reviewer, review.id, now=stage.later)


def test_a_budget_that_is_used_up_keeps_nobody_from_taking_back(store, now):
    stage = set_stage(store, now, **BY_THE_MINUTE, **SAMPLE_ALL)
    recorder = stage.recorder()
    item = recorded("p0", recorder, seconds=3)
    judged(store, item, "accepted", text="食飽未？", now=now)
    withdraw(store, recorder.actor, EVERYTHING, now=stage.later)
    at = stage.later + timedelta(minutes=1)
    assert (expire_claims(store, now=at), one(stage, Claim, recorder.claim).state) == (0, "active")
    fund_project(store, stage.project_id, 1_000, reference="bank 1", now=at)
    assert expire_claims(store, now=at) == 1
    assert (lines(store, item), count(stage, Review)) == (PAID, 0)


def test_what_was_set_aside_for_a_second_text_goes_back_and_none_is_drawn_any_more(stage):
    two = pair(stage, clips=2)
    fee = {"claim_id": None, "item": f"{FEE}:{two.second}"}
    with stage.store.catalogue.read() as session:
        assert reserved(session, stage.project_id, **fee) > 0
        other = session.scalars(select(Segment.id).where(Segment.id != two.segment)).one()
    withdraw(stage.store, two.speaker, EVERYTHING, now=stage.later)
    mark_gold_item(stage.store, stage.manager, other, decision="accept", code=None, now=stage.later)
    assert count(stage, SecondTranscript) == 1
    with stage.store.catalogue.read() as session:
        assert reserved(session, stage.project_id, **fee) == 0


@pytest.mark.parametrize(("days", "found"), [(1, PAID), (15, REFUSED)])
def test_a_refusal_that_could_still_be_appealed_is_paid_when_its_item_is_taken_back(stage, days, found):
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    refuse(stage, item)
    withdraw(stage.store, recorder.actor, EVERYTHING, now=stage.later + timedelta(days=days))
    assert lines(stage.store, item) == found
    with stage.store.catalogue.read() as session:
        appeals = session.execute(select(Appeal.opened_by, Appeal.state)).all()
    assert appeals == ([("house", "expired")] * 2 if found == PAID else [])
