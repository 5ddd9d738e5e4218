"""Reviews that nobody made in time: the promise to answer is kept by accepting (V8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Review, Segment
from speechcorpus.store.store import Store
from speechcorpus.work.edges import REVIEW
from speechcorpus.workflows.contests import settle_contests
from speechcorpus.workflows.house_clock import steps_since
from speechcorpus.workflows.item_hand_in import accept_item
from speechcorpus.workflows.judging import finding_row
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.receipts import decision_receipt
from speechcorpus.workflows.review_fees import fee_of_review, release_fee
from speechcorpus.workflows.submission import settle_task

OPEN = ("queued", "assigned")
OVERDUE = CODES["platform.review-overdue"]


def lapse_reviews(store: Store, *, now: datetime) -> int:
    """Accept the items that waited longer for a listener than their terms promise; return how many.

    The time counts from hand-in over all opinions asked for, third ones too; it stands still while the
    contributor holds a `fix`. Gold items that nobody heard in that time leave the queue and change nothing.
    """
    waiting = select(Review.segment_id, Review.round > 0).where(Review.state.in_(OPEN)).distinct()
    with store.catalogue.read() as session:
        overdue = [
            (item, promised)
            for item, promised in session.execute(waiting)
            if hours_over(session, item, now, promised) is not None
        ]
    lapse = {True: _lapse, False: _lapse_gold}
    return one_by_one(lambda row: lapse[row[1]](store, row[0], now), overdue)


def hours_over(session: Session, segment_id: str, now: datetime, promised: bool) -> int | None:
    """Return the hours that an item has waited, the begun one too; None while the promise still holds."""
    of_item = (Review.segment_id == segment_id, (Review.round > 0) == promised)
    reviews = session.scalars(select(Review).where(*of_item)).all()
    if not promised:
        reviews = [review for review in reviews if review.state in OPEN]
    over = _is_over(session, reviews, now)
    return -int(-_waited(session, reviews, now) // timedelta(hours=1)) if over else None


def _lapse(store: Store, segment_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        segment = session.get_one(Segment, segment_id)
        claim = session.get_one(Claim, segment.claim_id, with_for_update=True)  # one decision at a time
        waited_h = hours_over(session, segment_id, now, True)
        reviews = _open_reviews(session, segment_id, promised=True)
        if waited_h is None or not reviews:
            return False  # somebody decided meanwhile
        for review in reviews:
            _end(session, review, now)
            session.add(finding_row(_finding(session, review, waited_h), review_id=review.id))
        settle_contests(session, segment, None, lapsed=True, now=now)
        accept_item(session, segment_id, now=now)
        session.flush()
        settle_task(session, claim)
        append_audit(
            session,
            actor="janitor",
            action="review.lapsed",
            object=f"segment:{segment_id}",
            detail={"reviews": [review.id for review in reviews]},
            now=now,
        )
        decision_receipt(session, store, claim, now=now)
    return True


def _lapse_gold(store: Store, segment_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        for review in _open_reviews(session, segment_id, promised=False):
            if _is_over(session, [review], now):
                _end(session, review, now)
    return False  # nothing was promised to anybody


def _end(session: Session, review: Review, now: datetime) -> None:
    review.state, review.lease_until = REVIEW.after(review.state, "lapse"), None
    release_fee(session, fee_of_review(session, review), now=now)


def _open_reviews(session: Session, segment_id: str, *, promised: bool) -> Sequence[Review]:
    still_open = (Review.segment_id == segment_id, Review.state.in_(OPEN), (Review.round > 0) == promised)
    return session.scalars(select(Review).where(*still_open).with_for_update()).all()


def _finding(session: Session, review: Review, waited_h: int) -> Finding:
    return Finding(
        code=OVERDUE.code,
        severity=OVERDUE.severity,
        measured=Decimal(waited_h),
        comparator=OVERDUE.comparator,
        limit=Decimal(_promised_h(session, review)),
        unit=OVERDUE.unit,
    )


def _is_over(session: Session, reviews: Sequence[Review], now: datetime) -> bool:
    promised = timedelta(hours=_promised_h(session, reviews[0])) if reviews else timedelta.max
    return _waited(session, reviews, now) > promised


def _waited(session: Session, reviews: Sequence[Review], now: datetime) -> timedelta:
    """Return how long an item was with us; what our own clock jumped meanwhile does not count."""
    jumped = timedelta()
    for began, ended in _spells(reviews, now):
        jumped += steps_since(session, began) - steps_since(session, ended)
    return time_with_us(reviews, now) - jumped


def time_with_us(reviews: Sequence[Review], now: datetime) -> timedelta:
    """Return how long an item was with us, round by round, by all its reviews; a repair stops the clock."""
    return sum((ended - began for began, ended in _spells(reviews, now)), timedelta())


def _spells(reviews: Sequence[Review], now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Give from when to when an item was with us, in each round."""
    for number in {review.round for review in reviews}:
        opinions = [review for review in reviews if review.round == number]
        ended = [now if review.state in OPEN else review.decided_at or now for review in opinions]
        yield min(review.created_at for review in opinions), max(ended)


def _promised_h(session: Session, review: Review) -> int:
    return terms_by_hash(session, review.terms_sha256).review.answer_h
