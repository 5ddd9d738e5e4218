"""Claims: one contributor's hold on one task, with its terms and prices frozen."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Contributor, Task, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.access import not_found, own_claim, require_contributor
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.readiness import is_being_measured
from speechcorpus.workflows.submission import hand_in_rest


def claim_task(store: Store, actor: Actor, task_id: str, *, now: datetime) -> str:
    """Give an open task to the contributor who asks and return the claim's id.

    The task is found and taken in one statement, so of many who ask at once one gets it. Terms, prices and
    evaluator are frozen with the claim.

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `task.taken`, or `claim.too-many` above the active claims the terms allow
    """
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)  # the cap is held by this lock
        terms = _terms_of(session, task_id)
        require_consent(session, person.id, terms)
        _require_room(session, person, terms)
        fence = _take(session, task_id)
        claim = _frozen(task_id, person, terms, fence, now)
        session.add(claim)
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="claim.made",
            object=f"claim:{claim.id}",
            detail={"task": task_id, "fence": fence, "terms_sha256": terms.sha256},
            now=now,
        )
    return claim.id


def _terms_of(session: Session, task_id: str) -> Terms:
    document = session.scalar(
        select(TermsVersion.document).join(Task, Task.terms_id == TermsVersion.id).where(Task.id == task_id)
    )
    if document is None:
        raise not_found("task")
    return Terms.from_document(document)


def _require_room(session: Session, person: Contributor, terms: Terms) -> None:
    """Hold the cap; claims reopened by a `fix` do not count."""
    mine = (Claim.contributor_id == person.id, Claim.state == "active", Claim.submitted_at.is_(None))
    held = session.scalar(select(func.count()).select_from(Claim).where(*mine)) or 0
    if held >= terms.draw.max_active:
        raise SittingError(
            "claim.too-many",
            f"{held} claims are active, {terms.draw.max_active} are allowed",
            active=held,
            limit=terms.draw.max_active,
        )


def _take(session: Session, task_id: str) -> int:
    free = (
        select(Task.id)
        .where(Task.id == task_id, Task.state == "open")
        .with_for_update(skip_locked=True)  # SQLite has no rows to lock: there the writer holds it all
        .scalar_subquery()
    )
    taken = session.execute(
        update(Task)
        .where(Task.id == free)
        .values(state=TASK.after("open", "claim"), fence=Task.fence + 1)
        .returning(Task.fence)
        .execution_options(synchronize_session=False)
    ).first()
    if taken is None:
        raise SittingError("task.taken", "somebody else holds this task", task=task_id)
    return int(taken[0])


def _frozen(task_id: str, person: Contributor, terms: Terms, fence: int, now: datetime) -> Claim:
    return Claim(
        id=str(uuid4()),
        task_id=task_id,
        contributor_id=person.id,
        fence=fence,
        terms_sha256=terms.sha256,
        price=to_plain(terms.price),
        evaluator=EVALUATOR,
        claimed_at=now,
        lease_until=now + timedelta(hours=terms.draw.claim.start_h),
    )


def return_claim(store: Store, actor: Actor, claim_id: str, *, now: datetime) -> str:
    """Give a task back, without reason or penalty, and return the claim's state.

    What was recorded and passed is handed in with it; with nothing to hand in the task is open again. While
    something is still being measured the claim stays active with its lease over: the janitor ends it, with
    what passed, as soon as the numbers are there.
    """
    with store.catalogue.write() as session:
        claim = own_claim(session, actor, claim_id, lock=True)
        after = CLAIM.after(claim.state, "return")
        if is_being_measured(session, claim):
            return _end_soon(session, actor, claim, now)
        if hand_in_rest(session, actor, claim, now=now):
            return claim.state
        task = session.get_one(Task, claim.task_id, with_for_update=True)
        claim.state, task.state = after, TASK.after(task.state, "return")
        append_audit(
            session,
            actor=actor,
            action="claim.released",
            object=f"claim:{claim.id}",
            detail={"task": task.id},
            now=now,
        )
        return claim.state


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
