"""Reviewers who pause because their gold answers were too often wrong, and how they go on."""

from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import ReviewerPause, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.code_gates import is_paused

LONGEST_REASON = 400


def keep_pause(
    session: Session, staff_id: str, code: str | None, hits: int, items: int, *, now: datetime
) -> None:
    """Keep that a reviewer pauses, and the gold answers it rests on.

    Parameters
    ----------
    code : what was wrong with those items; None: nothing was
    """
    session.add(
        ReviewerPause(
            staff_id=staff_id, event="paused", code=code, hits=hits, items=items, by="worker", at=now
        )
    )
    session.flush()


def resume_reviewer(store: Store, actor: Actor, staff_id: str, reason: str, *, now: datetime) -> None:
    """Let a paused reviewer go on; gold answers before this count no more, or they would pause at once.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `reviewer.not-paused`, `reviewer.reason` without one
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        reviewer = session.get(Staff, staff_id, with_for_update=True)
        if reviewer is None:
            raise not_found("staff")
        if not is_paused(session, staff_id):
            raise SittingError("reviewer.not-paused", "this reviewer is not paused", staff=staff_id)
        if not reason.strip():
            raise SittingError("reviewer.reason", "say why they may go on", staff=staff_id)
        by, why = actor.name_for_audit, reason.strip()[:LONGEST_REASON]
        session.add(
            ReviewerPause(staff_id=staff_id, event="resumed", hits=0, items=0, reason=why, by=by, at=now)
        )
        append_audit(
            session,
            actor=actor,
            action="reviewer.resumed",
            object=f"staff:{staff_id}",
            detail={"reason": why},
            now=now,
        )
