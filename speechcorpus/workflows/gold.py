"""Gold items: their right decision is known, and they are heard like any other; the answers make figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.qc.routing import place_in_queue
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Appeal,
    Claim,
    Contributor,
    FindingRow,
    GoldItem,
    Review,
    Segment,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.events import private_within
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.projects import require_project
from speechcorpus.workflows.second_draw import draw_second
from speechcorpus.workflows.views.clips import newest_verdicts
from speechcorpus.workflows.withdrawn_items import withdrawn_from

GOLD_ROUND = 0  # outside the rounds that decide an item
DECISIONS = ("accept", "fix", "reject")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoldAnswer:
    """One decision about an item whose right decision is known, and whether it was that."""

    reviewer_id: str
    segment_id: str
    expected: str
    code: str | None  # what is wrong with it; None: nothing
    given: str
    given_codes: frozenset[str]
    decided_at: datetime

    @property
    def right(self) -> bool:
        """A reject is right only by the code that is there."""
        return self.given == self.expected and (self.code is None or self._names_it())

    def _names_it(self) -> bool:
        return self.given != "reject" or self.code in self.given_codes


def mark_gold_item(
    store: Store, actor: Actor, segment_id: str, *, decision: str, code: str | None, now: datetime
) -> None:
    """Make a decided item gold, with its right decision; marking it again corrects the mark.

    What is right as it stands is written down by a second person, whatever share of the others is.

    Parameters
    ----------
    code : what is wrong with it, for a fix or a reject; None for an accept

    Raises
    ------
    AccessError : `not-found` for anybody but a manager of the project
    SittingError : `gold.undecided` while its lines are pending, `request.field`
    """
    if decision not in DECISIONS or (decision == "accept") != (code is None) or code not in (None, *CODES):
        raise SittingError("request.field", "a gold item has its right decision and code", field="decision")
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        segment = session.get(Segment, segment_id)
        if segment is None:
            raise not_found("segment")
        require_project(session, actor, project_of(session, segment))
        session.get_one(Claim, segment.claim_id, with_for_update=True)  # before the ledger: one order for all
        session.refresh(segment, with_for_update=True)
        if standing(session, segment_id) != "decided":
            raise SittingError("gold.undecided", "only a decided item can be gold", segment=segment_id)
        keep_mark(session, segment_id, decision, code, reason="marked", by=actor.name_for_audit, now=now)
        segment.gold = decision == "accept"
        session.flush()
        second_id = draw_second(session, segment_id, now=now)
        append_audit(
            session,
            actor=actor,
            action="segment.gold-item",
            object=f"segment:{segment_id}",
            detail={"decision": decision, "code": code, "second": second_id},
            now=now,
        )


def keep_mark(
    session: Session, segment_id: str, decision: str, code: str | None, *, reason: str, by: str, now: datetime
) -> None:
    """Add what the right decision about an item is; the newest mark counts."""
    before = session.scalar(select(func.max(GoldItem.number)).where(GoldItem.segment_id == segment_id)) or 0
    row = GoldItem(segment_id=segment_id, number=before + 1, decision=decision, code=code)
    row.reason, row.marked_by, row.marked_at = reason, by, now
    session.add(row)
    session.flush()


def project_of(session: Session, segment: Segment) -> str:
    """Return the project an item was made for."""
    return session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id).project_id


def queue_gold(session: Session, project_id: str, *, now: datetime) -> str | None:
    """Put the gold item of a project that was heard least into the queue; None if there is none to hear."""
    heard = (
        select(Review.segment_id, func.count().label("times"))
        .where(Review.purpose == "gold")
        .group_by(Review.segment_id)
        .subquery()
    )
    least = session.scalars(
        select(Segment)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Contributor, Contributor.id == Sitting.contributor_id)
        .outerjoin(heard, heard.c.segment_id == Segment.id)
        .where(
            Task.project_id == project_id,
            Contributor.state.in_(("active", "paused")),
            Segment.id.in_(select(GoldItem.segment_id)),
            ~private_within(Segment),
            ~withdrawn_from("review"),
        )
        .order_by(func.coalesce(heard.c.times, 0), Segment.id)
    ).first()
    return None if least is None else _queue(session, least, now)


def _queue(session: Session, segment: Segment, now: datetime) -> str:
    verdict = newest_verdicts(session, [segment.id]).get(segment.id)
    row = Review(id=str(uuid4()), segment_id=segment.id, round=GOLD_ROUND, purpose="gold", state="queued")
    row.terms_sha256 = session.get_one(Claim, segment.claim_id).terms_sha256
    row.severity = place_in_queue(verdict.findings) if verdict else 0
    row.created_at = now
    session.add(row)
    session.flush()
    return row.id


def gold_answers(session: Session) -> Sequence[GoldAnswer]:
    """Return every decision about an item whose right decision is known, oldest first.

    Those about gold items, by the mark that counts now, and those about refusals that an appeal overturned:
    there the right decision was to accept.
    """
    marks = newest_marks(session)
    overturned = set(
        session.scalars(
            select(Appeal.segment_id).where(Appeal.state == "overturned", Appeal.opened_by == "contributor")
        )
    )
    wanted = Review.segment_id.in_(overturned) | (Review.purpose == "gold")
    reviews = session.scalars(
        select(Review)
        .where(Review.state == "decided", ~Review.void, wanted)
        .order_by(Review.decided_at, Review.id)
    ).all()
    codes = _codes(session, [review.id for review in reviews])
    return [
        GoldAnswer(
            reviewer_id=review.reviewer_id or "",
            segment_id=review.segment_id,
            expected="accept" if mark is None else mark.decision,
            code=None if mark is None else mark.code,
            given=review.decision or "",
            given_codes=codes.get(review.id, frozenset()),
            decided_at=review.decided_at or review.created_at,
        )
        for review in reviews
        for mark in [marks.get(review.segment_id)]
    ]


def newest_marks(session: Session) -> Mapping[str, GoldItem]:
    """Return the mark that counts now of every gold item, by item."""
    rows = session.scalars(select(GoldItem).order_by(GoldItem.segment_id, GoldItem.number))
    return {row.segment_id: row for row in rows}


def _codes(session: Session, review_ids: Sequence[str]) -> Mapping[str | None, frozenset[str]]:
    found: dict[str | None, frozenset[str]] = {}
    rows = session.execute(
        select(FindingRow.review_id, FindingRow.code).where(FindingRow.review_id.in_(review_ids))
    )
    for review_id, code in rows:
        found[review_id] = found.get(review_id, frozenset()) | {code}
    return found


def correct_after_overturn(session: Session, segment_id: str, *, by: str, now: datetime) -> None:
    """Correct the mark of a gold item whose refusal an appeal overturned: nothing was wrong with it."""
    marks = newest_marks(session)
    mark = marks.get(segment_id)
    if mark is not None and mark.decision == "reject":
        keep_mark(session, segment_id, "accept", None, reason="appeal", by=by, now=now)
