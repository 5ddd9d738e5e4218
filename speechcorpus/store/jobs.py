"""Jobs: work kept in the catalogue, claimed under a lease, so that a killed worker loses none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import CursorResult, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Job

LEASE_S = 60.0
LONGEST_PAUSE_S = 300.0
ERROR_CHARS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedJob:
    """One job in the hands of one worker until its lease ends."""

    id: str
    kind: str
    payload: Mapping[str, Any]
    attempt: int  # from 1, counted when claimed: a worker that dies has used it up
    owner: str
    fence: int  # grows with every claim: an earlier holder's writes no longer match


def enqueue(session: Session, kind: str, payload: Mapping[str, Any], *, now: datetime) -> str:
    """Add a job in the transaction of the event that caused it; return its id."""
    job = Job(id=str(uuid4()), kind=kind, payload=dict(payload), run_after=now, created_at=now)
    session.add(job)
    session.flush()
    return job.id


def claim_next(
    catalogue: Catalogue, owner: str, *, now: datetime, lease_s: float = LEASE_S
) -> ClaimedJob | None:
    """Claim the job that has waited longest, None when none is due.

    One statement finds and takes it, so no two workers get the same. A running job whose lease ended is due
    again; one that has used up its attempts that way becomes `dead`.
    """
    with catalogue.read() as session:  # looking costs writers nothing
        if session.scalar(select(Job.id).where(_due(now)).limit(1)) is None:
            return None
    with catalogue.write() as session:
        session.execute(_bury_the_abandoned(now))
        claimed = session.execute(_take_one(owner, now, timedelta(seconds=lease_s))).first()
    if claimed is None:
        return None
    job_id, kind, payload, attempt, fence = claimed
    return ClaimedJob(id=job_id, kind=kind, payload=payload, attempt=attempt, owner=owner, fence=fence)


def heartbeat(catalogue: Catalogue, job: ClaimedJob, *, now: datetime, lease_s: float = LEASE_S) -> bool:
    """Move the end of the lease; False when the job is no longer this worker's."""
    return _change(catalogue, job, lease_until=now + timedelta(seconds=lease_s))


def complete(catalogue: Catalogue, job: ClaimedJob, *, now: datetime) -> bool:
    """Mark the job done; False when it is no longer this worker's, and nothing changed."""
    return _change(catalogue, job, state="done", finished_at=now, lease_until=None, owner=None, error=None)


def fail(catalogue: Catalogue, job: ClaimedJob, error: str, *, now: datetime) -> bool:
    """Give the job back for a later attempt, or mark it `dead` after its last; False when it is not ours.

    Parameters
    ----------
    error : the reason, kept with the job, cut to 2,000 characters
    """
    with catalogue.read() as session:
        row = session.get(Job, job.id)
    if row is not None and job.attempt >= row.max_attempts:
        ending: dict[str, Any] = {"state": "dead", "finished_at": now}
    else:
        ending = {"state": "queued", "run_after": now + pause_after(job.attempt)}
    return _change(catalogue, job, error=error[:ERROR_CHARS], owner=None, lease_until=None, **ending)


def give_back(catalogue: Catalogue, job: ClaimedJob, *, now: datetime) -> bool:
    """Put back a job whose worker has to leave, as if it had not been tried; False when it is not ours."""
    ending = {"state": "queued", "run_after": now, "owner": None, "lease_until": None}
    return _change(catalogue, job, attempts=Job.attempts - 1, **ending)


def pause_after(attempt: int) -> timedelta:
    """Return how long to wait after the n-th failed attempt: 2, 4, 8 … s, at most five minutes.

    >>> [pause_after(attempt).seconds for attempt in (1, 2, 3, 12)]
    [2, 4, 8, 300]
    """
    return timedelta(seconds=min(2.0**attempt, LONGEST_PAUSE_S))


def _due(now: datetime) -> Any:
    waiting = and_(Job.state == "queued", Job.run_after <= now)
    return or_(waiting, and_(Job.state == "running", Job.lease_until < now))


def _bury_the_abandoned(now: datetime) -> Update:
    used_up = and_(Job.state == "running", Job.lease_until < now, Job.attempts >= Job.max_attempts)
    return (
        update(Job)
        .where(used_up)
        .values(
            state="dead",
            finished_at=now,
            owner=None,
            lease_until=None,
            error="every attempt ended with the worker's lease running out",
        )
        .execution_options(synchronize_session=False)
    )


def _take_one(owner: str, now: datetime, lease: timedelta) -> Any:
    longest_waiting = (
        select(Job.id)
        .where(_due(now))
        .order_by(Job.run_after, Job.created_at)
        .limit(1)
        .with_for_update(skip_locked=True)  # SQLite has no rows to lock: there the writer holds it all
        .scalar_subquery()
    )
    return (
        update(Job)
        .where(Job.id == longest_waiting)
        .values(
            state="running",
            owner=owner,
            attempts=Job.attempts + 1,
            fence=Job.fence + 1,
            lease_until=now + lease,
        )
        .returning(Job.id, Job.kind, Job.payload, Job.attempts, Job.fence)
        .execution_options(synchronize_session=False)
    )


def _change(catalogue: Catalogue, job: ClaimedJob, **values: Any) -> bool:
    mine = and_(Job.id == job.id, Job.owner == job.owner, Job.fence == job.fence, Job.state == "running")
    with catalogue.write() as session:
        result = session.execute(
            update(Job).where(mine).values(**values).execution_options(synchronize_session=False)
        )
        return cast("CursorResult[Any]", result).rowcount == 1
