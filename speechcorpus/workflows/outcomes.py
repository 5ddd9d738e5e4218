"""Outcomes: the only place where the line of an item comes to its end, and to its money."""

from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from speechcorpus.store.models import Claim, OutcomeRow, Segment
from speechcorpus.work.edges import ITEM_LINE
from speechcorpus.workflows.claim_money import accrue_line, give_back, give_back_line

LineEvent = Literal["accept", "refuse", "void", "overturn"]


def close_line(session: Session, row: OutcomeRow, event: LineEvent, *, now: datetime) -> None:
    """Take a line of an item along one edge; what it comes to is posted in the same transaction.

    What is accepted is owed, what is refused stays set aside until its appeal is over (`release_refused`),
    and the money of a void line serves the claim as long as it is held: the sentence may be spoken anew.

    Parameters
    ----------
    event : overturn is the end of an appeal, the others decide a line that is pending

    Raises
    ------
    SittingError : `item.edge` for a line that has no such edge from where it is
    """
    row.state, row.decided_at = ITEM_LINE.after(row.state, event), now
    session.flush()
    claim = _claim_of(session, row)
    if row.state == "accepted":
        accrue_line(session, claim, row, now=now)
    elif row.state == "void":
        give_back(session, claim, now=now)


def release_refused(session: Session, row: OutcomeRow, *, now: datetime) -> None:
    """Give the money of a refused line back to the budget: nobody can appeal any more, or it was upheld.

    The line stays refused. Done again it changes nothing.
    """
    give_back_line(session, _claim_of(session, row), row, now=now)


def _claim_of(session: Session, row: OutcomeRow) -> Claim:
    return session.get_one(Claim, session.get_one(Segment, row.segment_id).claim_id)
