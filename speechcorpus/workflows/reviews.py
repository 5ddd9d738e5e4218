"""Reviews: one person listens, blind to every other; two who agree can refuse, one who accepts settles it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast, get_args

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.finding import Finding
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.haste import is_hasty, span_judged_s
from speechcorpus.qc.review import ReviewDecision
from speechcorpus.store.audit import append_audit
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Appeal, Claim, Review, Segment
from speechcorpus.store.store import Store
from speechcorpus.work.edges import REVIEW
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.evidence import checked
from speechcorpus.workflows.gold import GOLD_ROUND
from speechcorpus.workflows.holds import is_held_by
from speechcorpus.workflows.impartial import may_judge
from speechcorpus.workflows.item_hand_in import was_sent_back
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.judging import finding_row
from speechcorpus.workflows.overdue import hours_over
from speechcorpus.workflows.picture_rows import want_picture
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.receipts import decision_receipt
from speechcorpus.workflows.review_fees import fee_of_review, owe_fee, set_fee_aside
from speechcorpus.workflows.reviewer_gold import qualify_by_gold
from speechcorpus.workflows.settling import can_be_sent_back, rate_of, settle_item
from speechcorpus.workflows.withdrawn_items import is_withdrawn

LEASE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLease:
    """A reviewer's hold on an item; the decision carries the fence."""

    fence: int
    lease_until: datetime


def take_review(store: Store, actor: Actor, review_id: str, *, now: datetime) -> ReviewLease:
    """Hold an item for 30 minutes; asking again while it is held holds it longer.

    Raises
    ------
    AccessError : `not-found`, also for the work of somebody one knows, in a variety one does not speak, or
        taken back from listeners
    SittingError : `review.taken`, or `review.own-earlier` for an item one has decided about this round;
        `budget.short` where the terms pay for it and there is no money left
    """
    until = now + LEASE
    with store.catalogue.write() as session:
        require_staff(session, actor, "reviewer")
        review = session.get(Review, review_id)
        if review is None or is_withdrawn(session, review.segment_id, "review"):
            raise not_found("review")
        _require_other_person(session, review, actor)
        segment, gold = session.get_one(Segment, review.segment_id), review.round == GOLD_ROUND
        if not may_judge(session, actor, segment, gold=gold, now=now):
            raise not_found("review")
        fence = _hold(session, review_id, actor, until, now)
        _require_no_judge(session, review, actor)
        set_fee_aside(session, fee_of_review(session, review), now=now)
        want_picture(store, session, session.get_one(Segment, review.segment_id), now=now)
        append_audit(
            session,
            actor=actor,
            action="review.taken",
            object=f"review:{review_id}",
            detail={"fence": fence},
            now=now,
        )
    return ReviewLease(fence=fence, lease_until=until)


def _require_other_person(session: Session, review: Review, actor: Actor) -> None:
    same_item = [Review.segment_id == review.segment_id]
    if review.round != GOLD_ROUND:
        same_item.append(Review.round == review.round)
    earlier = select(Review.id).where(*same_item, Review.reviewer_id == actor.id, Review.id != review.id)
    if session.scalars(earlier).first() is not None:
        raise SittingError("review.own-earlier", "a second opinion is another person's", review=review.id)


def _require_no_judge(session: Session, review: Review, actor: Actor) -> None:
    """Refuse who judges an appeal of this item; held, so that nobody becomes its judge in the same moment."""
    judges = select(Appeal.judge_id).where(Appeal.segment_id == review.segment_id)
    if actor.id in session.scalars(judges.with_for_update()).all():
        raise not_found("review")


def _hold(session: Session, review_id: str, actor: Actor, until: datetime, now: datetime) -> int:
    """Take a free review in one statement; one's own live one keeps its fence."""
    mine = and_(Review.state == "assigned", Review.reviewer_id == actor.id, Review.lease_until > now)
    over = and_(Review.state == "assigned", Review.lease_until <= now)  # let go, and taken anew
    longer = update(Review).where(Review.id == review_id, mine).values(lease_until=until)
    anew = (
        update(Review)
        .where(Review.id == review_id, or_(Review.state == "queued", over))
        .values(
            state=REVIEW.after("queued", "take"),
            reviewer_id=actor.id,
            fence=Review.fence + 1,
            lease_until=until,
            taken_at=now,
        )
    )
    for statement in (longer, anew):
        held = session.execute(
            statement.returning(Review.fence).execution_options(synchronize_session=False)
        ).first()
        if held is not None:
            return int(held[0])
    raise SittingError("review.taken", "somebody else listens to this item", review=review_id)


def review_audio(store: Store, actor: Actor, review_id: str, *, now: datetime) -> ItemAudio:
    """Return the item audio of a review to the one who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        return item_audio(store, session, held_segment(session, actor, review_id, now=now))


def held_segment(session: Session, actor: Actor, review_id: str, *, now: datetime) -> Segment:
    """Return the item of a review to the one who holds it; to anybody else it does not exist."""
    require_staff(session, actor, "reviewer")
    review = session.get(Review, review_id)
    if review is None or not _is_held(review, actor, now):
        raise not_found("review")
    return session.get_one(Segment, review.segment_id)


def _is_held(review: Review, actor: Actor, now: datetime) -> bool:
    return is_held_by(
        actor, holder=review.reviewer_id, state=review.state, lease_until=review.lease_until, now=now
    )


def decide_review(
    store: Store,
    actor: Actor,
    review_id: str,
    *,
    fence: int,
    decision: str,
    findings: Sequence[Finding],
    note: str | None,
    own_text: str | None = None,
    now: datetime,
) -> str:
    """Keep a decision and return what the item has come to: accepted, refused, fix or undecided.

    The same decision sent again changes nothing. One that came faster than its sound lasts is kept and
    counts for nothing: somebody else is asked.

    Parameters
    ----------
    findings : of a reject, each on a code that people may refuse by, with the span it was heard in; of an
        accept, personal data that was heard
    note : to the contributor, with a fix: what to change, or nobody can mend it
    own_text : what the reviewer heard, for `transcript.not-verbatim`

    Raises
    ------
    AccessError : `not-found`
    SittingError : `review.lease-lost`, `review.finding-required`, `review.span-required`,
        `review.code` for one that grounds no refusal, `review.within-limit` for a number that keeps it,
        `review.text-required`, `review.fix-once`, `review.fix-late`, `review.note-required`
    SignalError : `finding.*`
    """
    _require_form(review_id, decision, note)
    with store.catalogue.write() as session:
        require_staff(session, actor, "reviewer")
        review, segment = _review_of(session, review_id)
        claim = session.get_one(Claim, segment.claim_id, with_for_update=True)  # one decision at a time
        session.refresh(review)
        if _is_repeated(review, actor, fence, decision):
            return "undecided"
        _require_lease(review, actor, fence, now)
        terms = terms_by_hash(session, review.terms_sha256)
        if review.round != GOLD_ROUND:
            _require_open(session, review, segment, claim, decision, now)
        evidence = [checked(session, segment, each, terms, decision, own_text) for each in findings]
        if decision == "reject" and not evidence:
            raise SittingError("review.finding-required", "a refusal needs a finding", review=review_id)
        session.add_all(finding_row(finding, review_id=review_id) for finding in evidence)
        session.flush()
        review.void = _is_void(session, review, segment, decision, evidence, now)
        _write(session, review, actor, fence, cast(ReviewDecision, decision), note, now)
        settled = _settled(session, review, segment, terms, actor, now)
        owe_fee(session, actor.id, fee_of_review(session, review), now=now)
        append_audit(
            session,
            actor=actor,
            action="review.decided",
            object=f"review:{review_id}",
            detail={"decision": decision, "codes": [f.code for f in evidence], "settled": settled},
            now=now,
        )
        decision_receipt(session, store, claim, now=now)
    return settled


def _require_form(review_id: str, decision: str, note: str | None) -> None:
    if decision not in get_args(ReviewDecision):
        raise SittingError("request.field", f"{decision!r} is no decision", field="decision")
    if decision == "fix" and not (note and note.strip()):
        raise SittingError("review.note-required", "what is sent back says what to change", review=review_id)


def _require_open(
    session: Session, review: Review, segment: Segment, claim: Claim, decision: str, now: datetime
) -> None:
    """Refuse what comes after the promised time, when the item is paid, and what nobody could mend."""
    if hours_over(session, segment.id, now, True) is not None:
        raise _lease_lost(review.id)
    if decision == "fix":
        _require_repairable(session, review, segment, claim)


def _settled(
    session: Session, review: Review, segment: Segment, terms: Terms, actor: Actor, now: datetime
) -> str:
    """Return what the item has come to; a decision about gold is about the reviewer."""
    if review.round == GOLD_ROUND:
        qualify_by_gold(session, actor.id, now=now)
        return "undecided"
    return settle_item(session, segment, review.round, terms, now=now)


def _is_repeated(review: Review, actor: Actor, fence: int, decision: str) -> bool:
    """Say whether this very decision is kept already: a page sends it late, and again when in doubt."""
    return (review.state, review.reviewer_id, review.fence, review.decision) == (
        "decided",
        actor.id,
        fence,
        decision,
    )


def _require_repairable(session: Session, review: Review, segment: Segment, claim: Claim) -> None:
    if was_sent_back(session, segment):
        raise SittingError("review.fix-once", "this item has been sent back before", review=review.id)
    if not can_be_sent_back(session, claim):
        raise SittingError("review.fix-late", "the task is over, nobody can repair it", review=review.id)


def _is_void(
    session: Session,
    review: Review,
    segment: Segment,
    decision: str,
    evidence: Sequence[Finding],
    now: datetime,
) -> bool:
    """Say whether nobody can have heard what was decided about: all of it, or the spans of a reject."""
    rate_hz = rate_of(session, segment)
    marked = [
        (each.start_sample / rate_hz, each.end_sample / rate_hz)
        for each in evidence
        if decision == "reject" and each.start_sample is not None and each.end_sample is not None
    ]
    span_s = span_judged_s((segment.end_sample - segment.start_sample) / rate_hz, marked)
    return review.taken_at is not None and is_hasty((now - review.taken_at).total_seconds(), span_s)


def _review_of(session: Session, review_id: str) -> tuple[Review, Segment]:
    review = session.get(Review, review_id)
    if review is None:
        raise not_found("review")
    return review, session.get_one(Segment, review.segment_id)


def _require_lease(review: Review, actor: Actor, fence: int, now: datetime) -> None:
    if review.fence != fence or not _is_held(review, actor, now):
        raise _lease_lost(review.id)


def _lease_lost(review_id: str) -> SittingError:
    return SittingError("review.lease-lost", "this item is no longer held", review=review_id)


def _write(
    session: Session,
    review: Review,
    actor: Actor,
    fence: int,
    decision: ReviewDecision,
    note: str | None,
    now: datetime,
) -> None:
    mine = (Review.id == review.id, Review.reviewer_id == actor.id, Review.fence == fence)
    decided = REVIEW.after("assigned", "decide")
    result = session.execute(
        update(Review)
        .where(*mine, Review.state == "assigned", Review.lease_until > now)
        .values(state=decided, decision=decision, note=note, decided_at=now, lease_until=None)
        .execution_options(synchronize_session=False)
    )
    if changed_rows(result) != 1:
        raise _lease_lost(review.id)
    session.refresh(review)
