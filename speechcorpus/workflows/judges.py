"""Judges: one qualified person who has not touched the item takes an appeal and decides it."""

from datetime import datetime
from typing import Final

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Appeal, Review, Segment
from speechcorpus.store.store import Store
from speechcorpus.work.edges import APPEAL
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.appeal_ends import End, answer_end, end_appeal, locked_appeal
from speechcorpus.workflows.impartial import may_judge
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.review_fees import fee_of_appeal, owe_fee, set_fee_aside
from speechcorpus.workflows.reviews import LEASE, ReviewLease
from speechcorpus.workflows.withdrawn_items import is_withdrawn

REASON: Final = 2000
JUDGEMENTS: Final[tuple[End, ...]] = ("uphold", "overturn")


def take_appeal(store: Store, actor: Actor, appeal_id: str, *, now: datetime) -> ReviewLease:
    """Hold an appeal for 30 minutes; asking again while it is held holds it longer.

    Raises
    ------
    AccessError : `not-found`, also for whoever touched the item, knows the contributor or is not qualified
    SittingError : `review.taken`; `budget.short` where the terms pay for it and there is no money left
    """
    until = now + LEASE
    with store.catalogue.write() as session:
        appeal = open_to_judge(session, actor, appeal_id, now=now)
        fence = _hold(session, appeal_id, actor, until, now)
        set_fee_aside(session, fee_of_appeal(session, appeal), now=now)
        append_audit(
            session,
            actor=actor,
            action="appeal.taken",
            object=f"appeal:{appeal_id}",
            detail={"fence": fence},
            now=now,
        )
    return ReviewLease(fence=fence, lease_until=until)


def open_to_judge(session: Session, actor: Actor, appeal_id: str, *, now: datetime) -> Appeal:
    """Return an open appeal that this person may judge; to anybody else it does not exist."""
    require_staff(session, actor, "reviewer")
    appeal = session.get(Appeal, appeal_id)
    if appeal is None or appeal.state != "open" or not may_judge_appeal(session, actor, appeal, now=now):
        raise not_found("appeal")
    return appeal


def may_judge_appeal(session: Session, actor: Actor, appeal: Appeal, *, now: datetime) -> bool:
    """Say whether a person may judge: qualified, a stranger, and never before at this item."""
    touched = exists().where(Review.segment_id == appeal.segment_id, Review.reviewer_id == actor.id)
    if session.scalar(select(touched)) or is_withdrawn(session, appeal.segment_id, "review"):
        return False
    return may_judge(session, actor, session.get_one(Segment, appeal.segment_id), now=now)


def _hold(session: Session, appeal_id: str, actor: Actor, until: datetime, now: datetime) -> int:
    mine = and_(Appeal.judge_id == actor.id, Appeal.lease_until > now)
    free = or_(Appeal.judge_id.is_(None), Appeal.lease_until <= now)
    longer = update(Appeal).where(mine).values(lease_until=until)
    anew = update(Appeal).where(free).values(judge_id=actor.id, fence=Appeal.fence + 1, lease_until=until)
    for statement in (longer, anew):
        held = session.execute(
            statement.where(Appeal.id == appeal_id, Appeal.state == "open")
            .returning(Appeal.fence)
            .execution_options(synchronize_session=False)
        ).first()
        if held is not None:
            return int(held[0])
    raise SittingError("review.taken", "somebody else judges this appeal", appeal=appeal_id)


def appeal_audio(store: Store, actor: Actor, appeal_id: str, *, now: datetime) -> ItemAudio:
    """Return the item audio of an appeal to the judge who holds it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        appeal = open_to_judge(session, actor, appeal_id, now=now)
        if not is_held(appeal, actor, now):
            raise not_found("appeal")
        return item_audio(store, session, session.get_one(Segment, appeal.segment_id))


def is_held(appeal: Appeal, actor: Actor, now: datetime) -> bool:
    """Say whether this person judges it now."""
    lasts = appeal.lease_until is not None and appeal.lease_until > now
    return appeal.state == "open" and appeal.judge_id == actor.id and lasts


def decide_appeal(
    store: Store, actor: Actor, appeal_id: str, *, fence: int, decision: str, reason: str, now: datetime
) -> None:
    """Let a refusal stand or overturn it; final, and the reason goes to both sides.

    The same decision sent again changes nothing.

    Parameters
    ----------
    decision : uphold or overturn

    Raises
    ------
    AccessError : `not-found`
    SittingError : `request.field`, `appeal.reason`, `review.lease-lost`, `appeal.expired` after the time to
        answer: then it is paid
    """
    event = _event(decision)
    if not reason.strip() or len(reason) > REASON:
        raise SittingError("appeal.reason", "both sides read the reason", limit=REASON)
    with store.catalogue.write() as session:
        require_staff(session, actor, "reviewer")
        if session.get(Appeal, appeal_id) is None:
            raise not_found("appeal")
        appeal = locked_appeal(session, appeal_id)
        if (appeal.state, appeal.judge_id, appeal.fence) == (APPEAL.after("open", event), actor.id, fence):
            return  # sent again
        if not is_held(appeal, actor, now) or appeal.fence != fence:
            raise SittingError("review.lease-lost", "this appeal is no longer held", appeal=appeal_id)
        if now > answer_end(session, appeal):
            raise SittingError("appeal.expired", "the time to answer is over, the work is paid")
        by = actor.name_for_audit
        owe_fee(session, actor.id, fee_of_appeal(session, appeal), now=now)
        end_appeal(session, store, appeal, event, by=by, reason=reason.strip(), now=now)


def _event(decision: str) -> End:
    event = next((each for each in JUDGEMENTS if each == decision), None)
    if event is None:
        raise SittingError("request.field", f"{decision!r} is no judgement", field="decision")
    return event
