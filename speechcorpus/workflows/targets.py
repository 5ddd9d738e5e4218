"""How much of what is wanted: a manager's targets by variety, style and band."""

from collections.abc import Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import get_args

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import BandName, Style
from speechcorpus.domain.transcript import Variety
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Target
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import require_own

Key = tuple[str, str, str]  # variety, style, band

MOST_HOURS = 100_000
KNOWN = (get_args(Variety), get_args(Style), get_args(BandName))


def minutes_of(hours: str) -> int:
    """Return a target written in hours as minutes; an empty field and 0 are no target, thus 0.

    Raises
    ------
    SittingError : `target.hours`, for what is no number of hours

    Examples
    --------
    >>> minutes_of("40"), minutes_of("0.5"), minutes_of("")
    (2400, 30, 0)
    """
    text = hours.strip()
    try:
        value = Decimal(text) if text else Decimal(0)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or not 0 <= value <= MOST_HOURS:
        raise SittingError("target.hours", f"{hours!r} is no number of hours from 0 to {MOST_HOURS}")
    return int((value * 60).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def set_targets(
    store: Store, actor: Actor, project_id: str, minutes: Mapping[Key, int], *, now: datetime
) -> int:
    """Set the targets of some cells, 0 taking one away; return how many changed.

    Raises
    ------
    AccessError : `not-found` for who is no manager of the project
    SittingError : `request.field` for a cell that cannot be
    """
    for key in minutes:
        if any(part not in known for part, known in zip(key, KNOWN, strict=True)):
            raise SittingError("request.field", f"there is no cell {'/'.join(key)}", field="cell")
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        changed = {key: count for key, count in minutes.items() if _set(session, project_id, key, count)}
        if changed:
            append_audit(
                session,
                actor=actor,
                action="targets.set",
                object=f"project:{project_id}",
                detail={"minutes": {"/".join(key): count for key, count in changed.items()}},
                now=now,
            )
    return len(changed)


def _set(session: Session, project_id: str, key: Key, minutes: int) -> bool:
    variety, style, band = key
    row = session.get(Target, (project_id, variety, style, band), with_for_update=True)
    if (row.minutes if row else 0) == minutes:
        return False
    if row is None:
        session.add(Target(project_id=project_id, variety=variety, style=style, band=band, minutes=minutes))
    elif minutes:
        row.minutes = minutes
    else:
        session.delete(row)
    return True
