"""Claims: one contributor's hold on one task, with its terms and prices frozen."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningUpdate

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Contributor, Sitting, Task, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.access import (
    not_found,
    own_claim,
    require_contributor,
    require_role,
    require_working,
)
from speechcorpus.workflows.audition_tasks import require_no_audition
from speechcorpus.workflows.caps import require_room
from speechcorpus.workflows.claim_money import reserve_for_claim
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.leases import let_go, require_fence
from speechcorpus.workflows.offers import offer_holds, own_offer, take_offer
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import require_speaker
from speechcorpus.workflows.readiness import is_being_measured
from speechcorpus.workflows.receipts import claim_receipt
from speechcorpus.workflows.submission import hand_in_rest

# made once: every claim asks them
_STATE = select(Task.state).where(Task.id == bindparam("task_"))
_NAMED = (
    select(TermsVersion.sha256)
    .join(Task, Task.terms_id == TermsVersion.id)
    .where(Task.id == bindparam("task_"))
)


def _taking(held: ColumnElement[bool]) -> ReturningUpdate[int]:
    """Return the statement that takes an open task where this holds, and gives its new fence."""
    free = (
        select(Task.id)
        .where(Task.id == bindparam("task_"), Task.state == "open", held)
        # SQLite has no rows to lock: there the writer holds it all. Key share: who only names the task in a
        # row of their own does not make it look taken
        .with_for_update(skip_locked=True, key_share=True)
        .scalar_subquery()
    )
    return (
        update(Task)
        .where(Task.id == free)
        .values(state=TASK.after("open", "claim"), fence=Task.fence + 1)
        .returning(Task.fence)
        .execution_options(synchronize_session=False)
    )


_TAKE = _taking(Task.round_id.is_(None))


def claim_task(store: Store, actor: Actor, task_id: str, *, now: datetime) -> str:
    """Give an open task to the contributor who asks and return the claim's id.

    The task is found and taken in one statement, so of many who ask at once one gets it. Terms, prices and
    evaluator are frozen with the claim.

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `audition.needed`, `task.taken`, `task.offered` for one that is given out by a draw;
        `claim.too-many`, `claim.share` above what the terms allow one person
    """
    require_role(actor, "contributor")
    seen = store.catalogue.look(_STATE, {"task_": task_id})
    if seen is not None and seen.state != "open":
        raise _taken(task_id)  # of many who come late none waits for the catalogue's only writer
    # many who ask at once share a commit, and the disk is waited for once
    claim = store.catalogue.write_together(
        lambda session: _claim_unless_taken(session, store, actor, task_id, now)
    )
    if claim is None:
        raise _taken(task_id)
    return claim


def _claim_unless_taken(
    session: Session, store: Store, actor: Actor, task_id: str, now: datetime
) -> str | None:
    """Return the claim, None for a task that is held: nothing was written, so the others may go on."""
    try:
        return _claim(session, store, actor, task_id, None, now)
    except SittingError as refusal:
        if refusal.code != "task.taken":
            raise
        return None


def accept_offer(store: Store, actor: Actor, offer_id: str, *, now: datetime) -> str:
    """Take the task that was offered after a draw and return the claim's id; the same one if asked again.

    Raises
    ------
    AccessError : as `claim_task`, and `not-found` for an offer to somebody else
    SittingError : `offer.over` once its time is over or it was declined; as `claim_task`
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)  # of two taps at once the second finds the claim
        offer = own_offer(session, actor, offer_id)
        if offer.claim_id is not None:
            return offer.claim_id
        return _claim(session, store, actor, offer.task_id, offer_id, now)


def _claim(
    session: Session, store: Store, actor: Actor, task_id: str, offer_id: str | None, now: datetime
) -> str:
    person = require_contributor(session, actor, lock=True)  # the caps are held by this lock
    require_working(person)
    terms_sha256, terms = _terms_of(session, task_id)
    require_consent(session, person.id, terms)
    require_speaker(session, person.id, terms.project.variety, terms)
    require_room(session, person.id, terms, None if offer_id else task_id)  # an offer is counted already
    fence = _take(session, task_id, person.id, offer_id, now)
    task = session.get_one(Task, task_id)  # held here, so that no part below asks for it again
    claim = _frozen(task, person, terms, fence, now)
    claim.terms_sha256 = terms_sha256
    session.add(claim)
    session.flush()
    if offer_id is not None and not take_offer(session, offer_id, claim.id, now):
        raise _is_over(offer_id)
    reserve_for_claim(session, claim, terms, now=now)
    detail = {"task": task_id, "fence": fence, "terms_sha256": terms_sha256}
    append_audit(
        session,
        actor=actor,
        action="claim.made",
        object=f"claim:{claim.id}",
        detail=detail if offer_id is None else {**detail, "offer": offer_id},
        now=now,
    )
    claim_receipt(session, store, claim, now=now)
    return claim.id


def _terms_of(session: Session, task_id: str) -> tuple[str, Terms]:
    """Return the terms of a task under their name; they are read once a process, not once a claim."""
    terms_sha256 = session.scalar(_NAMED, {"task_": task_id})
    if terms_sha256 is None:
        raise not_found("task")
    return terms_sha256, terms_by_hash(session, terms_sha256)


def _take(session: Session, task_id: str, contributor_id: str, offer_id: str | None, now: datetime) -> int:
    """Find the task free and take it in one statement; return its new fence."""
    take = _TAKE if offer_id is None else _taking(offer_holds(offer_id, contributor_id, now))
    fence = session.scalar(take, {"task_": task_id})
    if fence is None:
        raise _is_over(offer_id) if offer_id is not None else _is_taken(session, task_id)
    return fence


def _is_taken(session: Session, task_id: str) -> SittingError:
    state, round_id = session.execute(select(Task.state, Task.round_id).where(Task.id == task_id)).one()
    if state == "open" and round_id is not None:
        return SittingError("task.offered", "this task is given out by a draw", task=task_id, round=round_id)
    return _taken(task_id)


def _taken(task_id: str) -> SittingError:
    return SittingError("task.taken", "somebody else holds this task", task=task_id)


def _is_over(offer_id: str) -> SittingError:
    return SittingError("offer.over", "this offer is over", offer=offer_id)


def _frozen(task: Task, person: Contributor, terms: Terms, fence: int, now: datetime) -> Claim:
    return Claim(
        id=str(uuid4()),
        task_id=task.id,
        contributor_id=person.id,
        fence=fence,
        price=to_plain(terms.price),
        evaluator=EVALUATOR,
        claimed_at=now,
        lease_until=now + timedelta(hours=terms.draw.claim.start_h),
    )


def return_claim(
    store: Store, actor: Actor, claim_id: str, *, fence: int | None = None, now: datetime
) -> str:
    """Give a task back, without reason or penalty, and return the claim's state.

    What was recorded and passed is handed in with it; with nothing to hand in the task is open again. While
    something is still being measured the claim stays active with its lease over: the janitor ends it, with
    what passed, as soon as the numbers are there.
    """
    with store.catalogue.write() as session:
        claim = own_claim(session, actor, claim_id, lock=True)
        CLAIM.after(claim.state, "return")
        require_fence(claim, fence)
        require_no_audition(session, claim)
        if is_being_measured(session, claim) and not _shares(session, claim):
            return _end_soon(session, actor, claim, now)
        if hand_in_rest(session, store, actor, claim, now=now):
            return claim.state
        log = let_go(session, claim, "return", now=now)
        append_audit(
            session,
            actor=actor,
            action="claim.released",
            object=f"claim:{claim.id}",
            detail={"task": claim.task_id},
            now=now,
        )
        log.write(session, actor, now)
        return claim.state


def _shares(session: Session, claim: Claim) -> bool:
    """Say whether somebody else has recorded in a claim: its time is theirs too, and is not cut short."""
    others = (Sitting.claim_id == claim.id, Sitting.contributor_id != claim.contributor_id)
    return session.scalars(select(Sitting.id).where(*others).limit(1)).first() is not None


def _end_soon(session: Session, actor: Actor, claim: Claim, now: datetime) -> str:
    claim.lease_until = min(claim.lease_until, now)
    append_audit(
        session,
        actor=actor,
        action="claim.return-asked",
        object=f"claim:{claim.id}",
        detail={"task": claim.task_id},
        now=now,
    )
    return claim.state


def terms_of_claim(session: Session, claim: Claim) -> Terms:
    """Return the terms frozen with a claim."""
    return terms_by_hash(session, claim.terms_sha256)
