"""The work a contributor holds or has handed in, and how far each claim is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import BandTerms
from speechcorpus.store.models import Claim, Contributor, Project, Revision, Segment, Task, TaskPrompt
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.qualifications import writes_own
from speechcorpus.workflows.skips import not_owed
from speechcorpus.workflows.views.terms import terms_by_sha256

FIRST_REMINDER: Final = timedelta(hours=24)
LAST_REMINDER: Final = timedelta(hours=2)

Ends = Literal["day", "hours"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCounts:
    """How far a claim is."""

    items: int
    recorded: int
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaim:
    """Work I hold or have handed in."""

    claim_id: str
    state: str
    task_state: str
    project_title: str
    variety: str
    style: str
    band: BandTerms
    counts: ItemCounts
    writes: bool  # whether the texts are mine to write
    lease_until: datetime
    fence: int
    ends: Ends | None


def held_claims(session: Session, person: Contributor, now: datetime) -> tuple[HeldClaim, ...]:
    """Return the claims a person works under or has handed in, auditions apart."""
    rows = session.execute(
        select(Claim, Task, Project.title)
        .join(Task, Task.id == Claim.task_id)
        .join(Project, Project.id == Task.project_id)
        .where(Claim.contributor_id == person.id, Claim.state.in_(("active", "submitted")))
        .where(Task.audition_id.is_(None))  # an audition has a page of its own
        .order_by(Claim.state, Claim.claimed_at.desc())
    ).all()
    terms = terms_by_sha256(session, (claim.terms_sha256 for claim, _, _ in rows))
    counts = item_counts(session, [claim.id for claim, _, _ in rows])
    return tuple(
        HeldClaim(
            claim_id=claim.id,
            state=claim.state,
            task_state=task.state,
            project_title=title,
            variety=task.variety,
            style=task.style,
            band=terms[claim.terms_sha256].band(task.band),
            counts=counts[claim.id],
            writes=writes_own(session, claim),
            lease_until=claim.lease_until,
            fence=claim.fence,
            ends=reminder(claim.lease_until, now) if claim.state == "active" else None,
        )
        for claim, task, title in rows
    )


def item_counts(session: Session, claim_ids: Sequence[str]) -> Mapping[str, ItemCounts]:
    """Return for each claim how many items it has, and how many are recorded and transcribed.

    A skipped prompt without a recording is no item.
    """
    asked = dict(
        session.execute(
            select(Claim.id, func.count(TaskPrompt.position))
            .join(TaskPrompt, TaskPrompt.task_id == Claim.task_id)
            .where(Claim.id.in_(claim_ids))
            .group_by(Claim.id)
        ).all()
    )
    done = {
        claim_id: (recorded, written)
        for claim_id, recorded, written in session.execute(
            select(
                Segment.claim_id,
                func.count(Segment.id.distinct()),
                func.count(Revision.segment_id.distinct()),
            )
            .join(Claim, Claim.id == Segment.claim_id)
            .outerjoin(Revision, Revision.segment_id == Segment.id)
            .where(Segment.claim_id.in_(claim_ids), Segment.chosen, owned_by(Claim.contributor_id))
            .group_by(Segment.claim_id)
        )
    }
    skipped = not_owed(session, claim_ids)
    return {
        each: ItemCounts(
            items=asked.get(each, 0) - skipped.get(each, 0),
            recorded=done.get(each, (0, 0))[0],
            written=done.get(each, (0, 0))[1],
        )
        for each in claim_ids
    }


def reminder(lease_until: datetime, now: datetime) -> Ends | None:
    """Return which reminder is due before a lease ends: a day before, two hours before.

    Examples
    --------
    >>> start = datetime(2026, 1, 1)
    >>> [reminder(start + timedelta(hours=hours), start) for hours in (25, 24, 2)]
    [None, 'day', 'hours']
    """
    left = lease_until - now
    return "hours" if left <= LAST_REMINDER else "day" if left <= FIRST_REMINDER else None
