"""The review queue: items to listen to, worst first, then longest waiting; blind.

No contributor, no pay, no other decision is read here at all, so no template can show them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import SEVERITY_RANK
from speechcorpus.store.models import Claim, Review, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.views.clips import newest_verdicts
from speechcorpus.workflows.views.terms import terms_by_sha256

SHOWN = 200  # rows of one page; the rest follows when these are decided


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One item that waits for a listener."""

    review_id: str
    name: str  # short and stable, tells nothing about the contributor
    mine: bool  # I hold it now
    variety: str
    style: str
    band: str
    duration_s: float
    rate_hz: int
    finding: Finding | None  # the worst one; None: sampled, nothing was flagged
    findings: int
    waited: timedelta
    promised: timedelta

    @property
    def severity(self) -> str:
        """blocks, fix, flag, or none for a sampled item."""
        return self.finding.severity if self.finding else "none"

    @property
    def family(self) -> str:
        """The family of the worst finding, or none."""
        return self.finding.row.family if self.finding else "none"

    @property
    def due_in(self) -> timedelta:
        """How long the promised time of answer still lasts; negative when it is over."""
        return self.promised - self.waited


def review_name(review_id: str) -> str:
    """Return what an item is called in front of reviewers.

    Examples
    --------
    >>> review_name("9f3c2b1a-0000-4000-8000-000000000000")
    'k-9f3c2b'
    """
    return f"k-{review_id[:6]}"


def queue_view(store: Store, actor: Actor, *, now: datetime) -> tuple[QueueRow, ...]:
    """Return what the reviewer who asks may take, and what they hold."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        rows = _waiting(session, actor, now)
        return _in_order(session, rows, actor, now)


Waiting = tuple[Review, Segment, Take, Task]


def _waiting(session: Session, actor: Actor, now: datetime) -> Sequence[Waiting]:
    heard = select(Review.segment_id).where(Review.reviewer_id == actor.id, Review.state == "decided")
    rows = session.execute(
        select(Review, Segment, Take, Task)
        .join(Segment, Segment.id == Review.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Review.state.in_(("queued", "assigned")))
        .order_by(Review.severity.desc(), Review.created_at, Review.id)
    )
    known = set(session.scalars(heard))
    return [
        (review, segment, take, task)
        for review, segment, take, task in rows
        if _open_to(review, actor, now) and (segment.id not in known or review.reviewer_id == actor.id)
    ][:SHOWN]


def _open_to(review: Review, actor: Actor, now: datetime) -> bool:
    """Whether nobody else holds it: queued, mine, or a hold that ended."""
    lost = review.lease_until is not None and review.lease_until <= now
    return review.state == "queued" or review.reviewer_id == actor.id or lost


def _in_order(session: Session, rows: Sequence[Waiting], actor: Actor, now: datetime) -> tuple[QueueRow, ...]:
    verdicts = newest_verdicts(session, [segment.id for _, segment, _, _ in rows])
    terms = terms_by_sha256(session, (review.terms_sha256 for review, _, _, _ in rows))
    findings: Mapping[str, Sequence[Finding]] = {key: each.findings for key, each in verdicts.items()}
    return tuple(
        _row(
            waiting,
            findings.get(waiting[1].id, ()),
            actor,
            now,
            terms[waiting[0].terms_sha256].review.answer_h,
        )
        for waiting in rows
    )


def _row(
    waiting: Waiting, findings: Sequence[Finding], actor: Actor, now: datetime, answer_h: int
) -> QueueRow:
    review, segment, take, task = waiting
    return QueueRow(
        review_id=review.id,
        name=review_name(review.id),
        mine=review.state == "assigned" and review.reviewer_id == actor.id,
        variety=task.variety,
        style=task.style,
        band=task.band,
        duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
        rate_hz=take.rate_hz,
        finding=max(findings, key=lambda each: SEVERITY_RANK[each.severity], default=None),
        findings=len(findings),
        waited=now - review.created_at,
        promised=timedelta(hours=answer_h),
    )
