"""The promised time to answer: over is over, and only time with us counts (V8)."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import Claim, Review, TimeLost
from speechcorpus.workflows.overdue import hours_over, lapse_reviews
from tests.hearing import (
    PAID,
    PENDING,
    an_item,
    decide,
    handed_in,
    heard,
    lines,
    listening_stage,
    recorded,
)

HOUR = timedelta(hours=1)


@pytest.mark.either_database
def test_a_decision_after_the_promised_time_refuses_nothing_and_the_item_is_paid(store, now):
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    decide(stage, item, "reject", heard(), after_h=71)
    with pytest.raises(SittingError) as late:
        decide(stage, item, "reject", heard(), after_h=72.01)
    assert late.value.code == "review.lease-lost"
    assert lines(store, item) == PENDING
    assert lapse_reviews(store, now=stage.later + 72.02 * HOUR) == 1
    assert lines(store, item) == PAID


def test_a_jump_of_the_clock_counts_in_every_round_and_not_during_a_repair(sqlite_store, now):
    stage = listening_stage(sqlite_store, now)
    item, reviewer = recorded("p0", stage.recorder()), stage.reviewer()
    with sqlite_store.catalogue.write() as session:
        terms_sha256 = session.scalars(select(Claim.terms_sha256)).one()
        for number, begun, decided in ((1, 0, 70), (2, 100, None)):
            review = Review(id=str(uuid4()), segment_id=item, terms_sha256=terms_sha256, round=number)
            review.state, review.created_at = "queued", now + begun * HOUR
            if decided:
                review.state, review.decision, review.decided_at = "decided", "fix", now + decided * HOUR
                review.reviewer_id = reviewer.id
            session.add(review)
        for jumped_at, hours in ((5, 3), (90, 10)):
            lost = TimeLost(kind="step", seen_at=now + jumped_at * HOUR, seconds=hours * 3600)
            session.add(lost)
        session.flush()
        assert hours_over(session, item, now + 105 * HOUR, True) is None  # 70 + 5 - 3
        assert hours_over(session, item, now + 105.5 * HOUR, True) == 73
