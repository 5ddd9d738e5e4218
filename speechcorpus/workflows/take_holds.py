"""Takes whose claim cannot be true: kept, told to a person, and used or set aside as that person decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Exists, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.compare import Compared
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Blob, Claim, Sitting, Take, TakeHold, Task
from speechcorpus.store.store import Store

OTHER_RATE, TOO_LONG = "take.rate", "take.too-long"
KEPT_D = 30  # bytes of a take that is longer than the time there was
BY_ITSELF = "worker"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTake:
    """A take that waits for a person."""

    take_id: str
    code: str
    claimed: dict[str, Any]
    measured: dict[str, Any]
    held_at: datetime
    held_until: datetime | None


def held_takes(session: Session, project_id: str | None = None) -> Sequence[HeldTake]:
    """Return the takes that nobody has decided about, longest waiting first.

    Parameters
    ----------
    project_id : those of its claims only; None for all, sound checks among them
    """
    waiting = select(TakeHold).where(TakeHold.decision.is_(None))
    if project_id is not None:
        waiting = (
            waiting.join(Take, Take.id == TakeHold.take_id)
            .join(Sitting, Sitting.id == Take.sitting_id)
            .join(Claim, Claim.id == Sitting.claim_id)
            .join(Task, Task.id == Claim.task_id)
            .where(Task.project_id == project_id)
        )
    rows = session.scalars(waiting.order_by(TakeHold.held_at, TakeHold.take_id)).all()
    return [
        HeldTake(
            take_id=row.take_id,
            code=row.code,
            claimed=row.claimed,
            measured=row.measured,
            held_at=row.held_at,
            held_until=row.held_until,
        )
        for row in rows
    ]


def is_out_of_use() -> Exists:
    """Return the condition on `Take` that it is held for its rate, or was set aside."""
    unused = TakeHold.decision.is_(None) | (TakeHold.decision == "aside")
    held = select(TakeHold.take_id).where(TakeHold.take_id == Take.id, TakeHold.code == OTHER_RATE)
    return held.where(unused).exists()


def hold_too_long(store: Store, take_id: str, refusal: SittingError, *, now: datetime) -> None:
    """Note that a take was longer than the time there was: its bytes stay, a person can see it.

    The take itself stays as it was: the same manifest is taken once enough time has passed.
    """
    with store.catalogue.write() as session:
        session.get_one(Take, take_id, with_for_update=True)
        if session.get(TakeHold, (take_id, TOO_LONG)) is not None:
            return
        facts = {key: str(value) for key, value in refusal.facts.items()}
        _hold(
            session,
            TakeHold(
                take_id=take_id,
                code=TOO_LONG,
                claimed={"seconds": facts.get("duration_s")},
                measured={"elapsed_s": facts.get("elapsed_s")},
                held_at=now,
                held_until=now + timedelta(days=KEPT_D),
            ),
        )


def pass_too_long(session: Session, take_id: str, *, now: datetime) -> None:
    """End the hold of a take that was finished after all: enough time had passed."""
    held = session.get(TakeHold, (take_id, TOO_LONG))
    if held is not None and held.decision is None:
        held.decision, held.decided_by, held.decided_at = "passed", BY_ITSELF, now


def hold_rate(session: Session, take: Take, compared: Compared, *, now: datetime) -> None:
    """Hold a stored take whose rate is not the one it says: neither labelled anew nor resampled."""
    claimed, measured = dict(compared.claimed or {}), dict(compared.measured or {})
    _hold(
        session,
        TakeHold(take_id=take.id, code=OTHER_RATE, claimed=claimed, measured=measured, held_at=now),
    )


def note_master(session: Session, sha256: str, *, size: int, held: bool, now: datetime) -> bool:
    """Keep the row of a master; whether its file is to be set apart: never one that another take uses."""
    known = session.get(Blob, sha256, with_for_update=True)
    note_blob(session, sha256, size=size, state="quarantined" if held else "ok", now=now)
    if known is not None and not held:
        known.state = "ok"  # the same bytes were in quarantine, and have just been written anew
    return held and (known is None or known.state == "quarantined")


def _hold(session: Session, row: TakeHold) -> None:
    session.add(row)
    session.flush()
    detail = {"code": row.code, **{key: str(value) for key, value in (row.claimed | row.measured).items()}}
    append_audit(
        session,
        actor=BY_ITSELF,
        action="take.held",
        object=f"take:{row.take_id}",
        detail=detail,
        now=row.held_at,
    )
