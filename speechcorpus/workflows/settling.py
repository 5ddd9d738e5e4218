"""Settling: what the decisions of one round come to, for the item, its lines, its claim and its task."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.review import Decision, PriceLineName, ReviewDecision, Settlement, settle
from speechcorpus.store.models import Claim, FindingRow, OutcomeRow, Review, Segment, Take, Task
from speechcorpus.work.edges import CLAIM, ITEM_LINE, TASK
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.leases import REPAIR
from speechcorpus.workflows.submission import accept_item, queue_review, settle_task
from speechcorpus.workflows.translated import Wording
from speechcorpus.workflows.views.clips import finding_of


def settle_item(session: Session, segment: Segment, number: int, terms: Terms, *, now: datetime) -> str:
    """Carry out what the decided reviews of round `number` come to, and return it."""
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    settlement = settle(_decisions(session, segment, number), rate_hz=rate_hz)
    if settlement.outcome == "undecided":
        _ask_more(session, segment, number, terms, settlement, now)
    elif settlement.outcome == "fix":
        _send_back(session, segment, now)
    elif settlement.outcome == "refused" and not _is_always_paid(session, segment):
        _refuse(session, segment, settlement.lines, now)
    else:
        accept_item(session, segment.id, now=now)
        _settle_task(session, segment)
        return "accepted"
    return settlement.outcome


def was_heard_as_refusable(session: Session, segment: Segment) -> bool:
    """Say whether two listeners agreed to refuse this item, whatever it was paid (V6)."""
    rejects = select(Review.round).where(Review.segment_id == segment.id, Review.decision == "reject")
    rounds = set(session.scalars(rejects))
    rate_hz = session.get_one(Take, segment.take_id).rate_hz if rounds else 0
    return any(
        settle(_decisions(session, segment, number), rate_hz=rate_hz).outcome == "refused"
        for number in rounds
    )


def _decisions(session: Session, segment: Segment, number: int) -> Sequence[Decision]:
    decided = (Review.segment_id == segment.id, Review.round == number, Review.state == "decided")
    reviews = session.scalars(select(Review).where(*decided).order_by(Review.decided_at, Review.id)).all()
    return [
        Decision(
            reviewer=review.reviewer_id or "",
            decision=cast(ReviewDecision, review.decision),
            findings=tuple(
                finding_of(row)
                for row in session.scalars(
                    select(FindingRow).where(FindingRow.review_id == review.id).order_by(FindingRow.id)
                )
            ),
        )
        for review in reviews
    ]


def _ask_more(
    session: Session, segment: Segment, number: int, terms: Terms, settlement: Settlement, now: datetime
) -> None:
    """Ask further reviewers; in the queue they look like every other item."""
    first = session.scalars(
        select(Review).where(Review.segment_id == segment.id, Review.round == number).order_by(Review.id)
    ).first()
    severity, said = (first.severity, first.wording) if first else (0, None)
    wording = None if said is None else Wording.from_document(said)
    for _ in range(settlement.needs_more):
        queue_review(session, segment, terms, number=number, severity=severity, wording=wording, now=now)


def _send_back(session: Session, segment: Segment, now: datetime) -> None:
    """Give the item back to its contributor with 48 h or more to repair it."""
    claim = session.get_one(Claim, segment.claim_id)
    if claim.state == "submitted":
        task = session.get_one(Task, claim.task_id, with_for_update=True)
        claim.state, task.state = CLAIM.after(claim.state, "fix"), TASK.after(task.state, "fix")
        claim.fence += 1
        task.fence = max(task.fence, claim.fence)
    claim.lease_until = max(claim.lease_until, now + REPAIR)
    session.flush()


def can_be_sent_back(session: Session, claim: Claim) -> bool:
    """Say whether an item of this claim can be repaired: it is held still, or can be opened again."""
    task = session.get_one(Task, claim.task_id)
    return claim.state == "active" or (claim.state == "submitted" and task.state == "in_review")


def _is_always_paid(session: Session, segment: Segment) -> bool:
    """V6: with one of ours among the causes every line is paid, whatever else was found."""
    verdict = newest_verdict_row(session, segment.id)
    if verdict is None:
        return False
    codes = session.scalars(select(FindingRow.code).where(FindingRow.verdict_id == verdict.id))
    return any(CODES[code].pay == "always" for code in codes)


def _refuse(session: Session, segment: Segment, lines: Sequence[PriceLineName], now: datetime) -> None:
    """Refuse the lines that two people agreed on; a bad text never costs the recording."""
    pending = select(OutcomeRow).where(OutcomeRow.segment_id == segment.id, OutcomeRow.state == "pending")
    for row in session.scalars(pending).all():
        row.state = ITEM_LINE.after(row.state, "refuse" if row.line in lines else "accept")
        row.decided_at = now
    session.flush()
    _settle_task(session, segment)


def _settle_task(session: Session, segment: Segment) -> None:
    session.flush()
    settle_task(session, session.get_one(Claim, segment.claim_id))
