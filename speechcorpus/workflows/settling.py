"""Settling: what the decisions of one round come to, for the item, its lines, its claim and its task."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.review import Decision, PriceLineName, ReviewDecision, Settlement, settle
from speechcorpus.store.models import Appeal, Claim, FindingRow, OutcomeRow, Review, Segment, Take, Task
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.code_gates import may_refuse
from speechcorpus.workflows.contests import contested_codes, settle_contests
from speechcorpus.workflows.gold import project_of
from speechcorpus.workflows.item_hand_in import accept_item
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.leases import REPAIR
from speechcorpus.workflows.masking import marks_private, mask_private
from speechcorpus.workflows.outcomes import LineEvent, close_line
from speechcorpus.workflows.routing import Hearing, queue_review
from speechcorpus.workflows.submission import settle_task
from speechcorpus.workflows.translated import Wording
from speechcorpus.workflows.views.clips import finding_of


def settle_item(session: Session, segment: Segment, number: int, terms: Terms, *, now: datetime) -> str:
    """Carry out what the decided reviews of round `number` come to, and return it."""
    decisions = decisions_about(session, segment, number)
    settlement = _settlement(session, segment, number, decisions)
    if settlement.outcome == "undecided" or _is_privacy_in_doubt(decisions, settlement):
        _ask_more(session, segment, number, terms, max(settlement.needs_more, _missing(settlement)), now)
        return "undecided"
    mask_private(session, segment, decisions, now=now)
    if settlement.outcome == "fix":
        _send_back(session, segment, now)
        return "fix"
    return _close(session, segment, settlement, now)


def _settlement(session: Session, segment: Segment, number: int, decisions: Sequence[Decision]) -> Settlement:
    still_open = (Review.segment_id == segment.id, Review.round == number)
    waiting = select(func.count(Review.id)).where(*still_open, Review.state.in_(("queued", "assigned")))
    codes = {finding.code for each in decisions if each.decision == "reject" for finding in each.findings}
    project_id = project_of(session, segment)
    return settle(
        decisions,
        rate_hz=rate_of(session, segment),
        frames=segment.end_sample - segment.start_sample,
        contested=contested_codes(session, segment.id),
        gated=frozenset(code for code in codes if not may_refuse(session, project_id, code)),
        waiting=session.scalar(waiting) or 0,
    )


def _close(session: Session, segment: Segment, settlement: Settlement, now: datetime) -> str:
    """End every line that is pending: by an acceptance, or by what two people found."""
    finding = None if _is_always_paid(session, segment) else settlement.finding
    settle_contests(session, segment, settlement.finding.code if settlement.finding else None, now=now)
    if finding is None:
        accept_item(session, segment.id, now=now)
        _settle_task(session, segment)
        return "accepted"
    # a rule of the linter refuses nobody: its line is void and becomes work for others
    event: LineEvent = "void" if CODES[finding.code].field == "rule_hits" else "refuse"
    _end_lines(session, segment, settlement.lines, event, now)
    return "refused"


def was_heard_as_refusable(session: Session, segment: Segment) -> bool:
    """Say whether two listeners agreed to refuse this item and no judge differed, whatever was paid."""
    refused = refusal_of(session, segment)
    overturned = (Appeal.segment_id == segment.id, Appeal.state == "overturned")
    return refused is not None and session.scalars(select(Appeal.id).where(*overturned)).first() is None


def refusal_of(session: Session, segment: Segment) -> Finding | None:
    """Return the finding two listeners agreed to refuse an item by, None if there are no such two."""
    rejects = select(Review.round).where(
        Review.segment_id == segment.id, Review.decision == "reject", Review.round > 0, ~Review.void
    )
    contested = contested_codes(session, segment.id)
    for number in sorted(set(session.scalars(rejects)), reverse=True):
        decisions = decisions_about(session, segment, number)
        settlement = settle(
            decisions,
            rate_hz=rate_of(session, segment),
            frames=segment.end_sample - segment.start_sample,
            contested=contested,
        )
        if settlement.finding is not None:
            return settlement.finding
    return None


def rate_of(session: Session, segment: Segment) -> int:
    """Return the sampling rate of an item's take."""
    return session.get_one(Take, segment.take_id).rate_hz


def decisions_about(session: Session, segment: Segment, number: int) -> Sequence[Decision]:
    """Return the decisions of one round that count, oldest first."""
    decided = (Review.segment_id == segment.id, Review.round == number, Review.state == "decided")
    counting = select(Review).where(*decided, ~Review.void).order_by(Review.decided_at, Review.id)
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
        for review in session.scalars(counting).all()
    ]


def _is_privacy_in_doubt(decisions: Sequence[Decision], settlement: Settlement) -> bool:
    """Say whether the one listener of an item marked something private: a second one is asked as well."""
    return len(decisions) == 1 and settlement.outcome != "fix" and bool(marks_private(decisions[0]))


def _missing(settlement: Settlement) -> int:
    return 0 if settlement.outcome == "undecided" else 1


def _ask_more(
    session: Session, segment: Segment, number: int, terms: Terms, more: int, now: datetime
) -> None:
    """Ask further reviewers; in the queue they look like every other item."""
    if not more:
        return
    first = session.scalars(
        select(Review)
        .where(Review.segment_id == segment.id, Review.round == number)
        .order_by(Review.created_at, Review.id)
    ).all()[0]
    wording = None if first.wording is None else Wording.from_document(first.wording)
    hearing = Hearing(purpose="second", opinions=more, double=False, severity=first.severity, wording=wording)
    for _ in range(more):
        queue_review(session, segment, terms, hearing, number=number, now=now)


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


def _end_lines(
    session: Session, segment: Segment, lines: Sequence[PriceLineName], event: LineEvent, now: datetime
) -> None:
    """End the lines that two people agreed on; the others are accepted: a bad text costs no recording."""
    pending = select(OutcomeRow).where(OutcomeRow.segment_id == segment.id, OutcomeRow.state == "pending")
    for row in session.scalars(pending).all():
        close_line(session, row, event if row.line in lines else "accept", now=now)
    _settle_task(session, segment)


def _settle_task(session: Session, segment: Segment) -> None:
    session.flush()
    settle_task(session, session.get_one(Claim, segment.claim_id))
