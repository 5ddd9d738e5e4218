"""Leases of claims: how long a contributor holds a task, what makes it longer, and how the hold ends.

Every write names the holder and the fence of the hold and counts its rows: whoever lost the task meanwhile,
a process that was stopped for a day or a second window, changes nothing.
"""

from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Claim, Task
from speechcorpus.store.store import Store
from speechcorpus.work.edges import CLAIM, TASK
from speechcorpus.workflows.claim_money import give_back
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.late_items import may_finish_late
from speechcorpus.workflows.offers import Log, pass_on
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import past_seat

HEARTBEAT_LEASE = timedelta(minutes=30)
HARD_END = timedelta(hours=24)  # after work_h: nobody loses a claim in mid-sitting
REPAIR = timedelta(hours=48)  # V7: the least time to repair what a `fix` asks for


def extend_lease(session: Session, claim: Claim, terms: Terms, *, now: datetime) -> datetime:
    """Return the end of the lease after a sign of life: 30 min more, up to a day beyond the time to work.

    A claim that is no longer active, or was given to somebody else, keeps the end it has.
    """
    hard_end = _work_end(session, claim, terms) + HARD_END
    return _set_lease(session, claim, min(now + HEARTBEAT_LEASE, hard_end))


def begin_work(session: Session, claim: Claim, terms: Terms) -> datetime:
    """Return the end of the lease once the first take is stored: from then on the time to work counts."""
    return _set_lease(session, claim, _work_end(session, claim, terms))


def _work_end(session: Session, claim: Claim, terms: Terms) -> datetime:
    """Return when the time to work is over; what the house lost since the claim is added to it."""
    return claim.claimed_at + timedelta(hours=terms.draw.claim.work_h) + lost_since(session, claim.claimed_at)


def keep_claim(store: Store, actor: Actor, claim_id: str, *, fence: int, now: datetime) -> datetime:
    """Return the end of the lease after a sign of life from the editor, where no sitting is open.

    The second person of a dialogue is told the end, and moves nothing.

    Raises
    ------
    SittingError : `claim.edge` for a claim that is over, `claim.stale` for one that went on without us
    """
    with store.catalogue.write() as session:
        seat = past_seat(session, actor, claim_id)
        claim = seat.claim
        if may_finish_late(claim, actor.id, now=now):
            return claim.lease_until  # what the second person still writes; nothing makes it longer
        CLAIM.after(claim.state, "hand-in")
        require_fence(claim, fence)
        if seat.number != 1:
            return claim.lease_until
        return extend_lease(session, claim, terms_by_hash(session, claim.terms_sha256), now=now)


def require_fence(claim: Claim, fence: int | None) -> None:
    """Refuse who speaks of an earlier hold of this claim; None is who never saw its number.

    Raises
    ------
    SittingError : `claim.stale`
    """
    if fence is not None and fence != claim.fence:
        raise _stale(claim)


def let_go(session: Session, claim: Claim, event: Literal["return", "expire"], *, now: datetime) -> Log:
    """End a hold with nothing to hand in; the task goes to the next in rank, or is open to all.

    Returns what happened to offers: to be written to the audit log once every other row is.

    Raises
    ------
    SittingError : `claim.stale` if somebody else ended the hold; nothing was changed
    """
    freed = update(Task).where(Task.id == claim.task_id, Task.fence == claim.fence, Task.state == "claimed")
    ended = update(Claim).where(*_mine(claim)).values(state=CLAIM.after(claim.state, event))
    task_state = TASK.after("claimed", "return")
    if changed_rows(session.execute(ended)) != 1 or (
        changed_rows(session.execute(freed.values(state=task_state))) != 1
    ):
        raise _stale(claim)
    session.refresh(claim, ["state"])
    task = session.get_one(Task, claim.task_id, populate_existing=True)
    log = Log()
    give_back(session, claim, now=now)  # the project's lock before the round's, as a withdrawal takes them
    pass_on(session, task, log, now=now)
    return log


def _mine(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (
        Claim.id == claim.id,
        Claim.contributor_id == claim.contributor_id,
        Claim.fence == claim.fence,
        Claim.state == "active",
    )


def _stale(claim: Claim) -> SittingError:
    return SittingError("claim.stale", "this hold of the task is over", claim=claim.id, fence=claim.fence)


def _set_lease(session: Session, claim: Claim, wanted: datetime) -> datetime:
    """Move the end of a hold that still is one; another one keeps the end it has."""
    session.execute(update(Claim).where(*_mine(claim), Claim.lease_until < wanted).values(lease_until=wanted))
    session.refresh(claim, ["lease_until"])
    return claim.lease_until
