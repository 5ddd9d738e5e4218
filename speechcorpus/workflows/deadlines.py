"""Deadlines that people are held to: they all move by the time that counts against nobody.

What the house promised (an answer, a payment, an erasure) does not: our being away is no excuse for us.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Appeal,
    AuditionReview,
    Claim,
    Offer,
    Review,
    Round,
    SecondTranscript,
    Settlement,
)

Hold = Review | Appeal | AuditionReview | SecondTranscript | Settlement
HOLDS: Final[tuple[tuple[type[Hold], str], ...]] = (
    (Review, "assigned"),
    (Appeal, "open"),
    (AuditionReview, "assigned"),
    (SecondTranscript, "assigned"),
    (Settlement, "assigned"),
)
"""What one person holds for a while, and the state in which it is held."""


def move_deadlines(session: Session, lost: timedelta, *, before: datetime, now: datetime) -> Sequence[str]:
    """Move what had not ended at `before` by `lost`; return the claims that would be over by now.

    Rows are locked claims first, then rounds, then offers, then what is held.
    """
    over = _move_claims(session, lost, before, now)
    _move_rounds(session, lost, before)
    offered = (Offer.state == "open", Offer.accept_until > before)
    for offer in session.scalars(select(Offer).where(*offered).order_by(Offer.id).with_for_update()):
        offer.accept_until += lost
    for table, state in HOLDS:
        held = select(table).where(table.state == state, table.lease_until > before)
        for row in cast(list[Hold], session.scalars(held.order_by(table.id).with_for_update()).all()):
            if row.lease_until is not None:
                row.lease_until += lost
    session.flush()
    return over


def _move_claims(session: Session, lost: timedelta, before: datetime, now: datetime) -> Sequence[str]:
    """Move leases: of a claim that is handed in the second person of a dialogue has what is left of it."""
    running = (Claim.state.in_(("active", "submitted")), Claim.lease_until > before)
    claims = session.scalars(select(Claim).where(*running).order_by(Claim.id).with_for_update()).all()
    over = [claim.id for claim in claims if claim.lease_until <= now]
    for claim in claims:
        claim.lease_until += lost
    return over


def _move_rounds(session: Session, lost: timedelta, before: datetime) -> None:
    coming = (Round.state.in_(("announced", "open")), Round.closes_at > before)
    for the_round in session.scalars(select(Round).where(*coming).order_by(Round.id).with_for_update()):
        if the_round.opens_at > before:
            the_round.opens_at += lost
        the_round.closes_at += lost
