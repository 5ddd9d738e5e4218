"""How an audition ends that nobody decides: nobody finished it, or its person withdrew."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Audition, AuditionReview, Task
from speechcorpus.store.store import Store
from speechcorpus.work.edges import TASK
from speechcorpus.workflows.audition_tasks import OPEN_FOR, claims_of
from speechcorpus.workflows.auditions import (
    KIND,
    audit_audition,
    finish_audition,
    move_claims,
    progress_of,
)
from speechcorpus.workflows.flat_fees import release_flat
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.lapses import JANITOR
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.review_fees import fee_of_listening, release_fee


def end_auditions(session: Session, actor: Actor, contributor_id: str, *, now: datetime) -> int:
    """End what runs of a person who withdraws, and return how many; what was handed in stays paid."""
    running = (Audition.contributor_id == contributor_id, Audition.state.in_(("open", "submitted")))
    rows = session.scalars(select(Audition).where(*running).order_by(Audition.id).with_for_update()).all()
    for audition in rows:
        if audition.state == "open":
            _expire(session, actor, audition, now)
        else:
            _unhear(session, actor, audition, now)
    return len(rows)


def _unhear(session: Session, actor: Actor, audition: Audition, now: datetime) -> None:
    """End an audition that nobody may listen to any more: it comes to nothing, and is no try."""
    waiting = (AuditionReview.audition_id == audition.id, AuditionReview.state.in_(("queued", "assigned")))
    for row in session.scalars(select(AuditionReview).where(*waiting)):
        row.state, row.lease_until = "lapsed", None
        release_fee(session, fee_of_listening(session, row), now=now)
    for claim in claims_of(session, audition.id).values():
        task = session.get_one(Task, claim.task_id)
        task.state = TASK.after(task.state, "accept")
    audition.state = "expired"
    session.flush()
    audit_audition(session, actor, audition, "audition.withdrawn", {}, now)


def expire_auditions(store: Store, *, now: datetime) -> int:
    """End the auditions that nobody finished in two weeks and what the house lost; return how many.

    One that is complete is handed in: no worked minute is lost. An unfinished one is no try.
    """
    with store.catalogue.read() as session:
        over = (Audition.state == "open", Audition.begun_at < now - OPEN_FOR)
        open_ones = select(Audition.id).where(*over).order_by(Audition.begun_at)
        overdue = session.scalars(open_ones).all()
    return one_by_one(lambda audition_id: _end_overdue(store, audition_id, now), overdue)


def _end_overdue(store: Store, audition_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        audition = session.get_one(Audition, audition_id, with_for_update=True)
        lost = lost_since(session, audition.begun_at)
        if audition.state != "open" or now <= audition.begun_at + OPEN_FOR + lost:
            return False
        if progress_of(session, audition, now=now).complete:
            finish_audition(session, JANITOR, audition, now=now)
        else:
            _expire(session, JANITOR, audition, now)
    return True


def _expire(session: Session, actor: Actor, audition: Audition, now: datetime) -> None:
    audition.state = "expired"
    move_claims(session, audition, "expire", "void", now=now)
    session.flush()
    release_flat(session, audition.project_id, kind=KIND, key=audition.id, now=now)
    audit_audition(session, actor, audition, "audition.expired", {}, now)
