"""Segments: the items a finished take proposes, and which take of a prompt counts."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.record.manifest import Manifest, Span, proposed_spans
from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.models import Claim, Segment, Sitting, Take
from speechcorpus.workflows.item_state import standing, void_item


def propose_segments(
    session: Session, take: Take, sitting: Sitting, manifest: Manifest, *, now: datetime
) -> list[str]:
    """Add the items of a stored take and return their ids; room tone and sound checks have none."""
    if take.track != ITEM_TRACK or sitting.claim_id is None:
        return []
    session.get_one(Claim, sitting.claim_id, with_for_update=True)  # one take at a time chooses
    return [_add(session, take, sitting, span, now) for span in proposed_spans(manifest)]


def _add(session: Session, take: Take, sitting: Sitting, span: Span, now: datetime) -> str:
    segment = Segment(
        id=str(uuid4()),
        take_id=take.id,
        claim_id=sitting.claim_id,
        prompt_id=span.prompt_id,
        start_sample=span.start_sample,
        end_sample=span.end_sample,
        chosen=_takes_over(session, take, sitting, span.prompt_id, now),
        created_at=now,
    )
    session.add(segment)
    session.flush()
    return segment.id


def _takes_over(session: Session, take: Take, sitting: Sitting, prompt_id: str, now: datetime) -> bool:
    """Let the newest take of a prompt count, unless the one before it has been handed in."""
    counting = session.execute(
        select(Segment, Take, Sitting)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Segment.claim_id == sitting.claim_id, Segment.prompt_id == prompt_id, Segment.chosen.is_(True))
    ).all()
    for older, its_take, its_sitting in counting:
        handed_in = standing(session, older.id) in ("waiting", "decided")
        later = (its_sitting.opened_at, its_take.sequence) > (sitting.opened_at, take.sequence)
        if handed_in or later:
            return False
    for older, _, _ in counting:
        older.chosen = False
        void_item(session, older.id, now=now)
    return True
