"""Items are judged anew when a repeat check tells more about their calibration; nothing else changes."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.qc.facts import Facts
from speechcorpus.store.models import Claim, Segment, Sitting, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.items import audit_verdict
from speechcorpus.workflows.judging import calibration_now, judge_segment, newest_verdict_row

WORKED_ON = (Claim.state == "active", Claim.submitted_at.is_(None))


def judge_calibrated(store: Store, calibration_id: str, now: datetime) -> None:
    """Judge anew what was recorded with a calibration and is still worked on; a job, safe to run again.

    What was handed in stays as it was judged: nobody loses or gains by a check that came later.
    """
    with store.catalogue.read() as session:
        items = (
            select(Segment.id)
            .join(Take, Take.id == Segment.take_id)
            .join(Sitting, Sitting.id == Take.sitting_id)
            .join(Claim, Claim.id == Segment.claim_id)
            .where(Sitting.calibration_id == calibration_id, *WORKED_ON)
            .order_by(Segment.created_at, Segment.id)
        )
        segment_ids = session.scalars(items).all()
    for segment_id in segment_ids:
        with store.catalogue.write() as session:
            _judge(session, segment_id, now)


def _judge(session: Session, segment_id: str, now: datetime) -> None:
    segment = session.get_one(Segment, segment_id, with_for_update=True)
    worked_on = select(Claim.id).where(Claim.id == segment.claim_id, *WORKED_ON)
    before = newest_verdict_row(session, segment_id)
    if before is None or session.scalar(worked_on) is None:
        return  # who judges it first asks for the calibration anyway
    judged = Facts.from_document(before.facts)
    facts = replace(judged, calibration=calibration_now(session, segment))
    if facts != judged:
        audit_verdict(session, segment, judge_segment(session, segment, facts=facts, now=now), now)
