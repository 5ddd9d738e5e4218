"""A clock that is set back and forward again: what silence has paid is paid once, a job is done by one."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from speechcorpus.store.jobs import claim_next, complete, enqueue, heartbeat
from speechcorpus.store.models import LedgerAccount, OutcomeRow
from speechcorpus.store.store import Store
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.overdue import lapse_reviews
from tests.hearing import PAID, an_item, handed_in, lines, listening_stage

Record = Callable[[str, object], None]
HOUR = timedelta(hours=1)


@pytest.mark.either_database
def test_a_clock_that_goes_back_and_forward_pays_nothing_twice(
    store: Store, now: datetime, record_property: Record
) -> None:
    stage = listening_stage(store, now)
    recorder = stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    lapsed = [lapse_reviews(store, now=stage.later + at * HOUR) for at in (72.1, 71.1, 73.1, 72.1, 74)]
    assert lapsed[0] >= 1  # of a second, blind opinion there may be one more
    assert lapsed[1:] == [0, 0, 0, 0]
    assert lines(store, item) == PAID
    with store.catalogue.read() as session:
        assert list(check_ledger(session)) == []
        priced = select(func.sum(OutcomeRow.price_minor)).where(OutcomeRow.segment_id == item)
        owed = select(LedgerAccount.balance_minor).where(LedgerAccount.name == f"owed:{recorder.actor.id}")
        assert session.scalar(owed) == session.scalar(priced)
    record_property("measured", f"clock back and forward by 1 h, looked at {len(lapsed)} times: owed once")


@pytest.mark.either_database
@pytest.mark.parametrize("step", [HOUR, -HOUR])
def test_a_job_in_hand_when_the_clock_jumps_is_done_by_one(
    store: Store, now: datetime, step: timedelta
) -> None:
    with store.catalogue.write() as session:
        enqueue(session, "measure_item", {}, now=now)
    first = claim_next(store.catalogue, "first", now=now)
    assert first is not None
    after = now + step  # its lease may end early by that: then another has it, and the first has no say
    second = claim_next(store.catalogue, "second", now=after)
    done = [complete(store.catalogue, each, now=after) for each in (first, second) if each is not None]
    assert done.count(True) == 1
    assert not heartbeat(store.catalogue, first, now=after)
