"""Who may judge whose work: a stranger who speaks the variety, and nobody else (`fair-work.md` §10)."""

from datetime import datetime, timedelta
from typing import Final, Literal

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Acquaintance,
    Claim,
    ClaimPartner,
    Contributor,
    Review,
    Segment,
    Staff,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.qualifications import is_reviewer_of, reviewed_varieties
from speechcorpus.workflows.review_fees import assign_fees

RETURN_FAVOUR: Final = timedelta(days=30)
Kind = Literal["own", "invited"]


def may_judge(session: Session, actor: Actor, segment: Segment, *, gold: bool = False, now: datetime) -> bool:
    """Say whether a reviewer may judge an item: qualified, not paused, a stranger to all who speak in it.

    Parameters
    ----------
    gold : its right decision is known; by such items people show that they are qualified
    """
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    if is_paused(session, actor.id) or not (gold or is_reviewer_of(session, actor.id, task.variety)):
        return False
    known = is_known_to(barred_contributors(session, actor, now=now))
    return not session.scalar(select(exists().where(Segment.id == segment.id, known)))


def varieties_of(session: Session, actor: Actor) -> frozenset[str]:
    """Return the varieties a reviewer may judge now; none while they pause."""
    return frozenset() if is_paused(session, actor.id) else reviewed_varieties(session, actor.id)


def is_known_to(barred: frozenset[str]) -> ColumnElement[bool]:
    """Return the condition that somebody of `barred` holds the claim of a segment, or speaks in it."""
    held = exists().where(Claim.id == Segment.claim_id, Claim.contributor_id.in_(barred))
    partners = (ClaimPartner.claim_id == Segment.claim_id, ClaimPartner.contributor_id.in_(barred))
    return or_(held.correlate(Segment), exists().where(*partners).correlate(Segment))


def barred_contributors(session: Session, actor: Actor, *, now: datetime) -> frozenset[str]:
    """Return whose work a reviewer never gets.

    That is their own, what people they invited or speak dialogues with made, and the work of whoever
    reviewed theirs within 30 days.
    """
    known = select(Acquaintance.contributor_id).where(Acquaintance.staff_id == actor.id)
    own = frozenset(session.scalars(known.where(Acquaintance.kind == "own")))
    barred = own | frozenset(session.scalars(known))
    if own:
        barred |= _partners(session, own) | _who_reviewed(session, own, now)
    return barred


def _partners(session: Session, own: frozenset[str]) -> frozenset[str]:
    agreed = select(ClaimPartner.contributor_id, Claim.contributor_id).join(
        Claim, Claim.id == ClaimPartner.claim_id
    )
    mine = agreed.where(or_(ClaimPartner.contributor_id.in_(own), Claim.contributor_id.in_(own)))
    return frozenset(each for pair in session.execute(mine) for each in pair if each is not None)


def _who_reviewed(session: Session, own: frozenset[str], now: datetime) -> frozenset[str]:
    reviewers = (
        select(Review.reviewer_id)
        .join(Segment, Segment.id == Review.segment_id)
        .where(is_known_to(own), Review.decided_at > now - RETURN_FAVOUR)
    )
    theirs = (Acquaintance.kind == "own", Acquaintance.staff_id.in_(reviewers))
    return frozenset(session.scalars(select(Acquaintance.contributor_id).where(*theirs)))


def declare_own_account(
    store: Store, actor: Actor, *, staff_id: str, contributor_id: str, now: datetime
) -> None:
    """Say that a member of staff also works as this contributor; saying it again changes nothing.

    By the first account that is declared of theirs they are paid: what they are owed goes there.

    Raises
    ------
    AccessError : `not-found` for anybody but managers, and for unknown people
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        if session.get(Staff, staff_id) is None or session.get(Contributor, contributor_id) is None:
            raise not_found("person")
        keep_acquaintance(session, staff_id, contributor_id, "own", now=now)
        assign_fees(session, staff_id, now=now)
        append_audit(
            session,
            actor=actor,
            action="staff.own-account",
            object=f"staff:{staff_id}",
            detail={"contributor": contributor_id},
            now=now,
        )


def contributor_called(store: Store, pseudonym: str) -> str:
    """Return the id of the contributor who works under a pseudonym.

    Raises
    ------
    SittingError : `people.nobody`
    """
    named = select(Contributor.id).where(Contributor.pseudonym == pseudonym, Contributor.state != "erased")
    with store.catalogue.read() as session:
        person = session.scalar(named)
    if person is None:
        raise SittingError("people.nobody", "nobody works under this pseudonym", pseudonym=pseudonym)
    return person


def by_name(store: Store, name: str, pseudonym: str) -> tuple[str, str]:
    """Return the ids of the one active member of staff of this name and of a contributor.

    Raises
    ------
    AccessError : `not-found` for nobody, or for two of one name
    """
    active = (Staff.name == name, Staff.state == "active")
    with store.catalogue.read() as session:
        staff = session.scalars(select(Staff.id).where(*active)).all()
        person = session.scalar(select(Contributor.id).where(Contributor.pseudonym == pseudonym))
    if len(staff) != 1 or person is None:
        raise not_found("person")
    return staff[0], person


def keep_acquaintance(
    session: Session, staff_id: str, contributor_id: str, kind: Kind, *, now: datetime
) -> None:
    """Keep that a member of staff is, or invited, a contributor."""
    if session.get(Acquaintance, (staff_id, contributor_id, kind)) is None:
        row = Acquaintance(staff_id=staff_id, contributor_id=contributor_id, kind=kind, known_at=now)
        session.add(row)
        session.flush()
