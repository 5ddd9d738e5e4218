"""Whose item it is: who sat at the microphone of its take speaks in it, writes it down and is paid for it.

With one device that is always the holder of the claim, whoever speaks; with two each person has takes of
their own under one claim.
"""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, CompoundSelect, bindparam, select, union
from sqlalchemy.orm import InstrumentedAttribute, Session

from speechcorpus.store.models import Claim, Segment, Sitting, Take

_SAT = (  # made once: every line that is accepted asks
    select(Sitting.contributor_id)
    .join(Take, Take.sitting_id == Sitting.id)
    .where(Take.id == bindparam("take"))
)


def owner_of(session: Session, segment: Segment) -> str:
    """Return the id of the contributor in whose sitting an item was recorded."""
    return session.scalars(_SAT, {"take": segment.take_id}).one()


def owners_of(session: Session, segment_ids: Iterable[str]) -> dict[str, str]:
    """Return the owner of each of these items, by item."""
    rows = session.execute(
        select(Segment.id, Sitting.contributor_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Segment.id.in_(list(segment_ids)))
    )
    return dict(iter(rows))


def claims_of(person_id: str) -> CompoundSelect[tuple[str]]:
    """Return the ids of the claims that a person holds, or has sat in as the second of a dialogue."""
    sat = select(Sitting.claim_id).where(Sitting.contributor_id == person_id, Sitting.claim_id.is_not(None))
    return union(select(Claim.id).where(Claim.contributor_id == person_id), sat)


def owned_by(person_id: str | InstrumentedAttribute[str]) -> ColumnElement[bool]:
    """Return the condition that an item is this person's."""
    sat = (Take.id == Segment.take_id, Sitting.id == Take.sitting_id, Sitting.contributor_id == person_id)
    return select(Take.id).where(*sat).correlate(Segment, Claim).exists()
