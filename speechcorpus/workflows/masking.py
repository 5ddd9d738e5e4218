"""Personal data that two listeners marked: the span becomes private, the item is kept and paid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.qc.review import Decision, agreed_spans
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import EventRow, Segment, Take
from speechcorpus.workflows.events import PRIVATE

CODE: Final = "content.personal-data"
LISTENERS: Final = "listeners"  # the author: who they were is told to nobody


def marks_private(decision: Decision) -> tuple[Finding, ...]:
    """Return what a listener marked as personal data."""
    return tuple(finding for finding in decision.findings if finding.code == CODE)


def mask_private(session: Session, segment: Segment, decisions: Sequence[Decision], *, now: datetime) -> None:
    """Make private what two listeners marked alike, each span once."""
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    frames = segment.end_sample - segment.start_sample
    for start, end in agreed_spans(decisions, CODE, rate_hz=rate_hz, frames=frames):
        row = EventRow(id=str(uuid4()), take_id=segment.take_id, kind=PRIVATE, version=1, author=LISTENERS)
        row.start_sample = segment.start_sample + start
        row.end_sample = segment.start_sample + end
        row.created_at = row.changed_at = now
        session.add(row)
        session.flush()
        append_audit(
            session,
            actor=LISTENERS,
            action="event.added",
            object=f"event:{row.id}",
            detail={"take": row.take_id, "kind": row.kind},
            now=now,
        )
