"""Where an item stands between its contributor and us."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import OutcomeRow, Review, Segment
from speechcorpus.workflows.outcomes import close_line

Standing = Literal["open", "waiting", "repair", "decided"]


def standing(session: Session, segment_id: str) -> Standing:
    """Say who holds an item.

    open: with the contributor, not handed in; waiting: handed in; repair: sent back with a `fix`;
    decided: every line has its outcome.
    """
    lines = session.scalars(select(OutcomeRow.state).where(OutcomeRow.segment_id == segment_id)).all()
    if not lines:
        return "open"
    if "pending" not in lines:
        return "decided"
    return "repair" if "fix" in decisions_of_last_round(session, segment_id) else "waiting"


def last_round(session: Session, segment_id: str) -> int:
    """Return the number of the latest round of reviews of an item, 0 before the first."""
    newest = select(Review.round).where(Review.segment_id == segment_id).order_by(Review.round.desc())
    return session.scalars(newest).first() or 0


def decisions_of_last_round(session: Session, segment_id: str) -> list[str | None]:
    """Return the decisions of the latest round that count; None for a review that is not decided."""
    latest = (Review.segment_id == segment_id, Review.round == last_round(session, segment_id))
    return list(session.scalars(select(Review.decision).where(*latest, ~Review.void)))


def void_item(session: Session, segment_id: str, *, now: datetime) -> None:
    """Close the lines of an item that its contributor speaks anew or gives up: nothing is owed or refused."""
    pending = select(OutcomeRow).where(OutcomeRow.segment_id == segment_id, OutcomeRow.state == "pending")
    for line in session.scalars(pending).all():
        close_line(session, line, "void", now=now)


def has_moved() -> ColumnElement[bool]:
    """Return the condition that edges moved and nobody measured since: no verdict is about the segment."""
    return and_(Segment.version > 1, Segment.item_sha256.is_(None))
