"""Items that an outage touched are judged anew, so that their people read of it; nothing else changes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from speechcorpus.qc.facts import Facts, Outage
from speechcorpus.store.models import Claim, Segment, TimeLost
from speechcorpus.store.store import Store
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.items import audit_verdict, measure_item
from speechcorpus.workflows.judging import judge_segment, newest_verdict_row
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.outages import takes_under_way, together, told

WITH_ITS_CONTRIBUTOR = ("open", "repair")


def judge_outage(store: Store, outage_id: int, now: datetime, claim_ids: Sequence[str] = ()) -> None:
    """Judge anew what an outage touched and its contributor still has; a job, safe to run again.

    Parameters
    ----------
    claim_ids : the claims whose time ran out while we were away: all that was still to be done is touched
    """
    with store.catalogue.read() as session:
        row = session.get_one(TimeLost, outage_id)
        outage, items = told(row), _touched(session, row, claim_ids)
    one_by_one(lambda segment_id: _judge(store, segment_id, outage, now), items)


def _touched(session: Session, row: TimeLost, claim_ids: Sequence[str]) -> Sequence[str]:
    under_way = Segment.take_id.in_(takes_under_way(session, row))
    ran_out = and_(Segment.claim_id.in_(claim_ids), Segment.created_at <= row.seen_at)
    items = select(Segment.id).where(or_(under_way, ran_out), Segment.chosen.is_(True))
    return session.scalars(items.order_by(Segment.created_at, Segment.id)).all()


def _judge(store: Store, segment_id: str, outage: Outage, now: datetime) -> bool:
    """Judge one item; whether that told anything new."""
    measure_item(store, segment_id, now)  # nothing to do where it was measured
    with store.catalogue.write() as session:
        claim_id = session.get_one(Segment, segment_id).claim_id
        session.get_one(Claim, claim_id, with_for_update=True)  # one step of an item at a time
        segment = session.get_one(Segment, segment_id, populate_existing=True)
        before = newest_verdict_row(session, segment_id)
        if before is None or standing(session, segment_id) not in WITH_ITS_CONTRIBUTOR:
            return False  # its sound was erased, or it was handed in: nothing ran out for it
        judged = Facts.from_document(before.facts)
        facts = replace(judged, outages=together(judged.outages, (outage,)))
        if facts == judged:
            return False
        audit_verdict(session, segment, judge_segment(session, segment, facts=facts, now=now), now)
        return True
