"""What becomes of items when their use ends: decided in favour of whoever spoke, and out of every list."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.models import Appeal, Claim, OutcomeRow, Review, Segment, Withdrawal, WithdrawnItem
from speechcorpus.store.store import Store
from speechcorpus.work.edges import REVIEW
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.appeal_ends import end_appeal
from speechcorpus.workflows.appeals import add_appeal, appeal_of, is_closed, window_end
from speechcorpus.workflows.contests import settle_contests
from speechcorpus.workflows.judging import finding_row, newest_verdict_row
from speechcorpus.workflows.outcomes import close_line
from speechcorpus.workflows.review_fees import fee_of_review, release_fee
from speechcorpus.workflows.second_draw import release_unwritten
from speechcorpus.workflows.submission import settle_task
from speechcorpus.workflows.withdrawn_scope import standing_consents

HOUSE = "house"
WITHDRAWN = CODES["consent.withdrawn"]
Ended = Sequence[tuple[Segment, Effect]]


def end_use(
    session: Session, store: Store, row: Withdrawal, ended: Ended, *, now: datetime
) -> Sequence[Claim]:
    """Keep which use of which item ends with a withdrawal, and carry it out; return the claims touched."""
    session.add_all(
        WithdrawnItem(segment_id=segment.id, effect=effect, withdrawal_id=row.id) for segment, effect in ended
    )
    session.flush()
    claims = _settle(session, store, ended, now)
    _set_aside(session, ended)
    return claims


def end_consents(session: Session, row: Withdrawal, *, now: datetime) -> None:
    """End the consents that a withdrawal is about: all of a person, or one purpose under one text."""
    if row.scope == "item":
        return
    of_purpose = (row.purpose, row.text_sha256) if row.scope == "purpose" else (None, None)
    for consent in standing_consents(session, row.contributor_id, *of_purpose):
        consent.withdrawn_at = now
    session.flush()


def _settle(session: Session, store: Store, ended: Ended, now: datetime) -> Sequence[Claim]:
    """Decide what nobody may hear any more, in favour of whoever spoke; return the claims it was about."""
    unheard = {segment.id: segment for segment, effect in ended if effect in ("sound", "review")}
    claims = []
    for segment in unheard.values():
        _void_reviews(session, segment, now)
        settle_contests(session, segment, None, lapsed=True, now=now)
        pending = select(OutcomeRow).where(OutcomeRow.segment_id == segment.id, OutcomeRow.state == "pending")
        for line in session.scalars(pending).all():
            close_line(session, line, "accept", now=now)
        claim = session.get_one(Claim, segment.claim_id)
        settle_task(session, claim)
        claims.append(claim)
    for segment in unheard.values():
        _appeal_for_them(session, segment, now)
    appeals = select(Appeal).where(Appeal.segment_id.in_(unheard), Appeal.state == "open")
    for appeal in session.scalars(appeals).all():
        end_appeal(session, store, appeal, "expire", by=HOUSE, now=now)  # no judge can hear it
    release_unwritten(session, unheard.values(), now=now)
    return claims


def _appeal_for_them(session: Session, segment: Segment, now: datetime) -> None:
    """Appeal against what could still be appealed: the time of the person must not be lost with the sound."""
    refused = select(OutcomeRow).where(OutcomeRow.segment_id == segment.id, OutcomeRow.state == "refused")
    for row in session.scalars(refused.order_by(OutcomeRow.line)).all():
        over = is_closed(session, row) or now > window_end(session, segment, row)
        if not over and appeal_of(session, row) is None:
            add_appeal(session, segment, row, "", opened_by="house", now=now)


def _void_reviews(session: Session, segment: Segment, now: datetime) -> None:
    waiting = (Review.segment_id == segment.id, Review.state.in_(("queued", "assigned")))
    for review in session.scalars(select(Review).where(*waiting).with_for_update()).all():
        review.state, review.lease_until = REVIEW.after(review.state, "lapse"), None
        release_fee(session, fee_of_review(session, review), now=now)
        session.add(finding_row(_finding(), review_id=review.id))
    session.flush()


def _finding() -> Finding:
    return Finding(
        code=WITHDRAWN.code,
        severity=WITHDRAWN.severity,
        measured=Decimal(1),
        comparator=WITHDRAWN.comparator,
        limit=Decimal(0),
        unit=WITHDRAWN.unit,
    )


def _set_aside(session: Session, ended: Ended) -> None:
    """Take items whose sound goes out of every list and count.

    What nobody has measured yet counts until it is handed in late: it is paid if it passes. While its claim
    is still held an item stays among the prompts that are done, so that nobody is asked to say it again.
    """
    for segment, effect in ended:
        claim = session.get_one(Claim, segment.claim_id)
        if effect == "sound" and claim.state != "active" and _is_measured(session, segment):
            segment.chosen = False
    session.flush()


def _is_measured(session: Session, segment: Segment) -> bool:
    moved = segment.version > 1 and segment.item_sha256 is None
    return newest_verdict_row(session, segment.id) is not None and not moved
