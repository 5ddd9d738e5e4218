"""What the second person of a dialogue with two devices still works at once its holder has handed in.

Neither waits for the other: the holder hands the claim in, and what the second person has not finished stays
theirs to finish until the time that both were promised is over.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import Claim, Segment
from speechcorpus.workflows.item_owner import owner_of
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.judging import newest_text

AT_REST: Final = timedelta(minutes=5)
"""How long ago the other person must have written last: nobody hands in what somebody is typing."""


def require_writable(session: Session, claim: Claim, segment: Segment, *, now: datetime) -> None:
    """Refuse to change an item whose time is over for whoever spoke it.

    Raises
    ------
    SittingError : `claim.not-active`
    """
    if claim.state != "active" and not is_late(session, claim, segment, now=now):
        raise SittingError("claim.not-active", f"the claim is {claim.state}", state=claim.state)


def is_late(session: Session, claim: Claim, segment: Segment, *, now: datetime) -> bool:
    """Say whether an item is still with the second person although its claim has ended."""
    late = may_finish_late(claim, owner_of(session, segment), now=now)
    return late and standing(session, segment.id) == "open"


def may_finish_late(claim: Claim, person: str, *, now: datetime) -> bool:
    """Say whether a claim has ended for its holder and not yet for the other person who recorded in it."""
    return claim.state != "active" and is_others_time(claim, person, now=now)


def is_others_time(claim: Claim, person: str, *, now: datetime) -> bool:
    """Say whether a person is the second of a dialogue and the time that was promised to both still runs."""
    return now < claim.lease_until and person != claim.contributor_id


def is_at_rest(session: Session, segment: Segment, *, now: datetime) -> bool:
    """Say whether nobody has written at an item in the last minutes."""
    written = newest_text(session, segment.id)
    return written is None or written.created_at <= now - AT_REST
