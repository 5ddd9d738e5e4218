"""Outages of the house: which items one of them touched. Those are paid, whatever else is found in them.

An outage touches an item whose take was under way when we went away, and one whose time ran out meanwhile.
Nothing that a browser says decides it: only when we heard of a take, and when we had all of it.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.qc.facts import Outage
from speechcorpus.store.models import Chunk, Take, TimeLost
from speechcorpus.workflows.house_clock import PULSE_S

ALIVE: Final = timedelta(minutes=5)
"""A take we had not heard of for longer was not being recorded or sent when we went away."""


def outages_of(session: Session, take: Take) -> tuple[Outage, ...]:
    """Return the outages that fell into the recording or sending of a take, oldest first."""
    since = (TimeLost.kind == "outage", TimeLost.seconds > 0, TimeLost.seen_at > take.created_at)
    rows = session.scalars(select(TimeLost).where(*since).order_by(TimeLost.seen_at, TimeLost.id)).all()
    return tuple(told(row) for row in rows if _was_under_way(session, take, row))


def takes_under_way(session: Session, row: TimeLost) -> Sequence[str]:
    """Return the stored takes that an outage fell into."""
    around = (Take.created_at < row.seen_at, Take.stored_at > _began(row))
    takes = session.scalars(select(Take).where(*around).order_by(Take.created_at, Take.id)).all()
    return [take.id for take in takes if _was_under_way(session, take, row)]


def told(row: TimeLost) -> Outage:
    """Return an outage as facts tell it."""
    began = _began(row).astimezone(UTC)
    return Outage(began_at=began.isoformat(timespec="seconds").replace("+00:00", "Z"), seconds=row.seconds)


def together(*told_of: Sequence[Outage] | None) -> tuple[Outage, ...] | None:
    """Return these outages, each once, oldest first; None for none.

    Examples
    --------
    >>> late, early = (Outage(began_at=f"2026-03-0{day}T08:00:00Z", seconds=90) for day in (2, 1))
    >>> together((late,), None, (early, late)) == (early, late), together(None, ())
    (True, None)
    """
    found: Mapping[str, Outage] = {each.began_at: each for some in told_of for each in some or ()}
    return tuple(found[began_at] for began_at in sorted(found)) or None


def _began(row: TimeLost) -> datetime:
    return row.seen_at - timedelta(seconds=row.seconds)


def _was_under_way(session: Session, take: Take, row: TimeLost) -> bool:
    """Say whether we had a sign of a take just before we went away, and the whole of it only later."""
    began = _began(row)
    gone = began + timedelta(seconds=PULSE_S)  # the last pulse was at `began`, the next one never came
    if take.stored_at is None or take.stored_at <= gone or take.created_at >= gone:
        return False
    lately = began - ALIVE
    if take.created_at > lately:
        return True
    heard = (Chunk.take_id == take.id, Chunk.received_at > lately, Chunk.received_at < row.seen_at)
    return session.scalars(select(Chunk.id).where(*heard).limit(1)).first() is not None
