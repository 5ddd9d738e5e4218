"""Lapses: what ends because a time is over and nobody did anything (`fair-work.md` §5)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.record import sitting as sitting_states
from speechcorpus.record import take as take_states
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Chunk, Claim, OutcomeRow, Segment, Sitting, Take, Task, VerdictRow
from speechcorpus.store.store import Store
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.leases import let_go
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.readiness import is_being_measured
from speechcorpus.workflows.seats import LATE
from speechcorpus.workflows.submission import hand_in_late, hand_in_rest

JANITOR = Actor(role="operator", id="janitor")
SILENCE = timedelta(days=7)
MEASURING = timedelta(hours=24)
"""How long an ended claim waits for items that are not measured yet."""


def expire_claims(store: Store, *, now: datetime) -> int:
    """End the claims whose lease is over; return how many ended.

    Delivered work is handed in: no worked minute is lost. With nothing to hand in the task is open again.
    """
    overdue = (
        select(Claim.id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.state == "active", Claim.lease_until < now, Task.audition_id.is_(None))
    )
    with store.catalogue.read() as session:
        claim_ids = session.scalars(overdue.order_by(Claim.lease_until)).all()
    return one_by_one(lambda claim_id: _as_money_allows(_expire, store, claim_id, now), claim_ids)


def _as_money_allows(
    chore: Callable[[Store, str, datetime], int], store: Store, claim_id: str, now: datetime
) -> int:
    """Do a chore; what the budget cannot hold at present keeps until there is money, and delays no other."""
    try:
        return chore(store, claim_id, now)
    except SittingError as error:
        if error.code != "budget.short":
            raise
        return 0


def _expire(store: Store, claim_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        claim = session.get_one(Claim, claim_id, with_for_update=True)
        if claim.state != "active" or claim.lease_until >= now:
            return False  # extended or handed in meanwhile
        if claim.lease_until > now - MEASURING and is_being_measured(session, claim):
            return False  # too early to say what was delivered
        if not hand_in_rest(session, store, JANITOR, claim, now=now):
            _give_back(session, claim, now)
    return True


def _give_back(session: Session, claim: Claim, now: datetime) -> None:
    log = let_go(session, claim, "expire", now=now)
    append_audit(
        session,
        actor=JANITOR,
        action="claim.expired",
        object=f"claim:{claim.id}",
        detail={"task": claim.task_id},
        now=now,
    )
    log.write(session, JANITOR, now)


def hand_in_latecomers(store: Store, *, now: datetime) -> int:
    """Hand in the items of ended claims whose sound came, or was measured, after the end; return how many."""
    handed_in = exists().where(OutcomeRow.segment_id == Segment.id)
    judged = exists().where(VerdictRow.segment_id == Segment.id, VerdictRow.outcome != "rejected")
    late = (
        select(Segment.claim_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.state != "active", Segment.chosen.is_(True), judged, ~handed_in)
        .where(Task.audition_id.is_(None))  # heard as a whole, by its own listeners
        .where(or_(Segment.created_at > now - LATE, Claim.lease_until > now - LATE))
        .distinct()
    )
    with store.catalogue.read() as session:
        claim_ids = session.scalars(late).all()
    return one_by_one(lambda claim_id: _as_money_allows(_hand_in_latecomers, store, claim_id, now), claim_ids)


def _hand_in_latecomers(store: Store, claim_id: str, now: datetime) -> int:
    with store.catalogue.write() as session:
        claim = session.get_one(Claim, claim_id, with_for_update=True)
        return 0 if claim.state == "active" else hand_in_late(session, store, JANITOR, claim, now=now)


def abandon_sittings(store: Store, *, now: datetime) -> int:
    """Mark the sittings that nobody heard of for seven days, and their unfinished takes; return how many.

    Days on which nobody could reach us do not count. Every byte is kept: the device may come back while the
    claim is active.
    """
    with store.catalogue.read() as session:
        live = (Sitting.state.in_(("open", "paused")), Sitting.last_seen_at < _silent_since(session, now))
        sitting_ids = session.scalars(select(Sitting.id).where(*live)).all()
    return one_by_one(lambda sitting_id: _abandon(store, sitting_id, now), sitting_ids)


def _silent_since(session: Session, now: datetime) -> datetime:
    """Return since when a sitting that is abandoned now must have been silent."""
    return now - SILENCE - lost_since(session, now - SILENCE)


def _abandon(store: Store, sitting_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        sitting = session.get_one(Sitting, sitting_id, with_for_update=True)
        since = _silent_since(session, now)
        late_bytes = (
            select(Chunk.id)
            .join(Take, Take.id == Chunk.take_id)
            .where(Take.sitting_id == sitting_id, Chunk.received_at >= since)
        )
        silent = sitting.state in ("open", "paused") and sitting.last_seen_at < since
        if not silent or session.scalars(late_bytes).first() is not None:
            return False
        sitting.state = sitting_states.next_state(sitting.state, "silence")
        unfinished = select(Take).where(Take.sitting_id == sitting_id, Take.state == "receiving")
        takes = session.scalars(unfinished.with_for_update()).all()
        for take in takes:
            take.state = take_states.next_state(take.state, "abandon")
        append_audit(
            session,
            actor=JANITOR,
            action="sitting.abandoned",
            object=f"sitting:{sitting.id}",
            detail={"failed_takes": sorted(take.id for take in takes)},
            now=now,
        )
    return True
