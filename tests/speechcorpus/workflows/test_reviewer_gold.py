from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import GoldItem, Prompt, Review, Segment
from speechcorpus.workflows.audition_tasks import FREE
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.qualifications import is_reviewer_of, standing_of_reviewer
from speechcorpus.workflows.reviewer_gold import qualify_by_gold, reviewer_standings
from tests.audition import tryout
from tests.stage import set_stage


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now)


@pytest.fixture
def reviewer(stage):
    return Actor(role="reviewer", id=create_staff(stage.store, name="New", role="reviewer", now=stage.now))


def gold(stage, number):
    """So many items of which the right decision is to accept."""
    made = tryout(stage)
    with stage.store.catalogue.write() as session:
        topic = session.scalars(select(Prompt.id).where(Prompt.kind == "audition")).one()
        for n in range(number):
            made.item(session, made.claims()[FREE], topic, stage.now + timedelta(seconds=n))
        ids = list(session.scalars(select(Segment.id).order_by(Segment.created_at)))
        for segment in ids:
            mark = GoldItem(segment_id=segment, number=1, decision="accept", code=None, reason="marked")
            mark.marked_by, mark.marked_at = "manager:m", stage.now
            session.add(mark)
    return ids


def answer(stage, reviewer, segments, *, right):
    """The first `right` of them are accepted, the others sent back."""
    with stage.store.catalogue.write() as session:
        terms = "0" * 64
        for n, segment in enumerate(segments):
            row = Review(id=str(uuid4()), segment_id=segment, round=0, purpose="gold", state="decided")
            row.terms_sha256, row.reviewer_id = terms, reviewer.id
            row.decision = "accept" if n < right else "fix"
            row.created_at = row.decided_at = stage.now + timedelta(seconds=n)
            session.add(row)
        session.flush()
        qualify_by_gold(session, reviewer.id, now=stage.later)


@pytest.mark.parametrize(("right", "qualified"), [(36, True), (35, False)])
def test_thirty_six_of_forty_make_a_reviewer_of_that_variety_alone(stage, reviewer, right, qualified):
    answer(stage, reviewer, gold(stage, 40), right=right)
    with stage.store.catalogue.read() as session:
        assert is_reviewer_of(session, reviewer.id, "nan-TW") is qualified
        assert not is_reviewer_of(session, reviewer.id, "cmn-TW")
        found = standing_of_reviewer(session, reviewer.id, "nan-TW")
    assert (found.how, found.evidence) == ("gold", {"right": 36, "of": 40}) if qualified else found is None
    told = {each.variety: (each.right, each.of) for each in reviewer_standings(stage.store, reviewer)}
    assert told == {"nan-TW": (right, 40), "nan-CN": (0, 0), "cmn-TW": (0, 0)}


def test_all_right_on_fewer_is_not_enough(stage, reviewer):
    answer(stage, reviewer, gold(stage, 39), right=39)
    with stage.store.catalogue.read() as session:
        assert not is_reviewer_of(session, reviewer.id, "nan-TW")
