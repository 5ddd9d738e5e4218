"""When the house was last scrubbed, backed up, restored: one row a kind, written over each time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Upkeep

Kind = Literal["scrub", "backup", "restore"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedAfter:
    """When something was last done, and what it came to."""

    at: datetime
    facts: Mapping[str, Any]


def note_upkeep(session: Session, kind: Kind, facts: Mapping[str, Any], *, now: datetime) -> None:
    """Remember that this was done now."""
    session.merge(Upkeep(name=kind, at=now, facts=dict(facts)))
    session.flush()


def last_upkeep(session: Session) -> Mapping[str, LookedAfter]:
    """Return when each kind was last done; what never was is not in it."""
    rows = session.scalars(select(Upkeep).order_by(Upkeep.name)).all()
    return {row.name: LookedAfter(at=row.at, facts=row.facts) for row in rows}


def faults_of(last: LookedAfter) -> int:
    """Return how many faults were found then."""
    found = last.facts.get("faults", 0)
    return len(found) if isinstance(found, list) else int(found)
