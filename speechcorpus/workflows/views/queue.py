"""The review queue: items to listen to, worst first, then longest waiting; blind.

No contributor, no pay, no other decision is read here at all, so no template can show them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from statistics import median

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, aliased

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import SEVERITY_RANK
from speechcorpus.qc.routing import text_group
from speechcorpus.store.models import Appeal, Claim, Contest, Review, Segment, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.gold import GOLD_ROUND
from speechcorpus.workflows.impartial import barred_contributors, is_known_to, varieties_of
from speechcorpus.workflows.overdue import time_with_us
from speechcorpus.workflows.views.clips import newest_verdicts
from speechcorpus.workflows.views.terms import terms_by_sha256
from speechcorpus.workflows.withdrawn_items import withdrawn_from

SHOWN = 200  # rows of one page; the rest follows when these are decided
PAGES = 3  # places that are read at once for each one shown: an item may have several


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
    finding: Finding | None  # the contested one, else the worst; None: sampled, nothing was flagged
    findings: int
    groups: frozenset[str]  # of its findings about the text: T-WORDING …
    codes: frozenset[str]
    contested: bool
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
    def source(self) -> str:
        """contested, drawn (nothing was flagged) or flagged."""
        if self.contested:
            return "contested"
        return "flagged" if self.finding else "drawn"

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MyDay:
    """What I decided since a moment, and in what time usually."""

    decided: int
    median_s: float | None


def my_day(store: Store, actor: Actor, *, since: datetime) -> MyDay:
    """Return how many items the reviewer who asks decided about since a moment."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        mine = select(Review.taken_at, Review.decided_at).where(
            Review.reviewer_id == actor.id, Review.decided_at >= since
        )
        took_s = [
            (decided_at - taken_at).total_seconds()
            for taken_at, decided_at in session.execute(mine)
            if taken_at is not None and decided_at is not None
        ]
    return MyDay(decided=len(took_s), median_s=median(took_s) if took_s else None)


def queue_view(store: Store, actor: Actor, *, now: datetime, most: int = SHOWN) -> tuple[QueueRow, ...]:
    """Return what the reviewer who asks may take, and what they hold; the first `most` of it."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        return waiting_for(session, actor, now=now, most=most)


def waiting_for(session: Session, actor: Actor, *, now: datetime, most: int) -> tuple[QueueRow, ...]:
    """Return the first of what a reviewer may take and what they hold; who asks is for the caller."""
    return _in_order(session, _waiting(session, actor, now, most), actor, now)


Waiting = tuple[Review, Segment, Take, Task]


def _waiting(session: Session, actor: Actor, now: datetime, most: int) -> Sequence[Waiting]:
    """Return the first of what this person may hear, one place each; a long queue is read in pages.

    Two places in the queue are one item to a listener: their own, if they hold one of them.
    """
    if is_paused(session, actor.id):
        return []
    queue, shown = _audible_to(session, actor, now), dict[str, Waiting]()
    mine = {row[1].id: row for row in _rows(session, queue.where(_held_by(actor)))}
    for start in count(step=PAGES * most):
        page = _rows(session, queue.offset(start).limit(PAGES * most))
        for row in page:
            shown.setdefault(row[1].id, mine.get(row[1].id, row))
        if len(page) < PAGES * most or len(shown) >= most:
            return list(shown.values())[:most]
    raise AssertionError("a queue has an end")


def _audible_to(session: Session, actor: Actor, now: datetime) -> Select[Review, Segment, Take, Task]:
    """Return the query of the places that nobody else holds: nothing of people one knows, or heard before.

    Who is not found to speak a variety yet hears its gold items, to show that they do.
    """
    other = aliased(Review)
    heard = select(other.segment_id).where(other.reviewer_id == actor.id, other.state == "decided")
    judged = select(Appeal.segment_id).where(Appeal.judge_id == actor.id)
    free = or_(Review.state == "queued", Review.reviewer_id == actor.id, Review.lease_until <= now)
    anew = or_(_held_by(actor), and_(Segment.id.not_in(heard), Segment.id.not_in(judged)))
    strangers = ~is_known_to(barred_contributors(session, actor, now=now))
    spoken = or_(Task.variety.in_(varieties_of(session, actor)), Review.round == GOLD_ROUND)
    return (
        select(Review, Segment, Take, Task)
        .join(Segment, Segment.id == Review.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Review.state.in_(("queued", "assigned")), free, anew, strangers, spoken)
        .where(~withdrawn_from("review"))
        .order_by(Review.severity.desc(), Review.created_at, Review.id)
    )


def _held_by(actor: Actor) -> ColumnElement[bool]:
    return and_(Review.state == "assigned", Review.reviewer_id == actor.id)


def _rows(session: Session, query: Select[Review, Segment, Take, Task]) -> Sequence[Waiting]:
    return [(review, segment, take, task) for review, segment, take, task in session.execute(query)]


def _in_order(session: Session, rows: Sequence[Waiting], actor: Actor, now: datetime) -> tuple[QueueRow, ...]:
    verdicts = newest_verdicts(session, [segment.id for _, segment, _, _ in rows])
    terms = terms_by_sha256(session, (review.terms_sha256 for review, _, _, _ in rows))
    contested = _contested(session, [segment.id for _, segment, _, _ in rows])
    waited = _waited(session, [review for review, _, _, _ in rows], now)
    findings: Mapping[str, Sequence[Finding]] = {key: each.findings for key, each in verdicts.items()}
    return tuple(
        _row(
            waiting,
            findings.get(waiting[1].id, ()),
            contested.get(waiting[1].id, frozenset()),
            actor,
            waited[waiting[0].id],
            terms[waiting[0].terms_sha256].review.answer_h,
        )
        for waiting in rows
    )


def _contested(session: Session, segment_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    wanted = select(Contest.segment_id, Contest.code).where(Contest.segment_id.in_(segment_ids))
    for segment_id, code in session.execute(wanted):
        found[segment_id] = found.get(segment_id, frozenset()) | {code}
    return found


def _waited(session: Session, open_ones: Sequence[Review], now: datetime) -> Mapping[str, timedelta]:
    """Return how long each waits: an item since hand-in, whoever was asked when; a gold one by itself."""
    items: dict[str, list[Review]] = {}
    of_items = (Review.segment_id.in_([review.segment_id for review in open_ones]), Review.round > GOLD_ROUND)
    for row in session.scalars(select(Review).where(*of_items)):
        items.setdefault(row.segment_id, []).append(row)
    return {
        review.id: time_with_us([review] if review.round == GOLD_ROUND else items[review.segment_id], now)
        for review in open_ones
    }


def _row(
    waiting: Waiting,
    findings: Sequence[Finding],
    contested: frozenset[str],
    actor: Actor,
    waited: timedelta,
    answer_h: int,
) -> QueueRow:
    review, segment, take, task = waiting
    asked = [finding for finding in findings if finding.code in contested] or findings
    return QueueRow(
        review_id=review.id,
        name=review_name(review.id),
        mine=review.state == "assigned" and review.reviewer_id == actor.id,
        variety=task.variety,
        style=task.style,
        band=task.band,
        duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
        rate_hz=take.rate_hz,
        finding=max(asked, key=lambda each: SEVERITY_RANK[each.severity], default=None),
        findings=len(findings),
        groups=frozenset(filter(None, (text_group(finding.code) for finding in findings))),
        codes=frozenset(finding.code for finding in findings),
        contested=bool(contested),
        waited=waited,
        promised=timedelta(hours=answer_h),
    )
