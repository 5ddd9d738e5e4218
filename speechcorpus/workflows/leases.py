"""Leases of claims: how long a contributor holds a task, and what makes it longer."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Claim

HEARTBEAT_LEASE = timedelta(minutes=30)
HARD_END = timedelta(hours=24)  # after work_h: nobody loses a claim in mid-sitting
REPAIR = timedelta(hours=48)  # V7: the least time to repair what a `fix` asks for


def extend_lease(session: Session, claim: Claim, terms: Terms, *, now: datetime) -> datetime:
    """Return the end of the lease after a sign of life: 30 min more, up to a day beyond the time to work.

    A claim that is no longer active, or was given to somebody else, keeps the end it has.
    """
    hard_end = claim.claimed_at + timedelta(hours=terms.draw.claim.work_h) + HARD_END
    wanted = max(claim.lease_until, min(now + HEARTBEAT_LEASE, hard_end))
    return _set_lease(session, claim, wanted)


def begin_work(session: Session, claim: Claim, terms: Terms) -> datetime:
    """Return the end of the lease once the first take is stored: from then on the time to work counts."""
    wanted = max(claim.lease_until, claim.claimed_at + timedelta(hours=terms.draw.claim.work_h))
    return _set_lease(session, claim, wanted)


def _set_lease(session: Session, claim: Claim, wanted: datetime) -> datetime:
    mine = (Claim.id == claim.id, Claim.fence == claim.fence, Claim.state == "active")
    session.execute(update(Claim).where(*mine).values(lease_until=wanted))
    session.refresh(claim, ["lease_until"])
    return claim.lease_until
