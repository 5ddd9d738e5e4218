"""Who sits in a claim: its holder, and in a dialogue on two devices the second person, with a track each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import Claim, ClaimPartner, Contributor, Segment, Sitting, Take
from speechcorpus.workflows.access import not_found, own_claim
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.partners import Devices, standing_partner

SeatNumber = Literal[1, 2]
TWO: Devices = "two"
LATE: Final = timedelta(days=7)
"""How long what was recorded is waited for once its claim, or the two's partnership, has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """Where somebody sits in a claim, and with whom.

    Without a partner who agreed nobody else sits there, and it is spoken at one device.
    """

    claim: Claim
    number: SeatNumber  # 1 holds the claim
    partner: ClaimPartner | None  # the second person's row, whoever asks
    other: Contributor | None
    devices: Devices


def seated_claim(session: Session, actor: Actor, claim_id: str, *, lock: bool = False) -> Seat:
    """Return the seat of a contributor in a claim; `lock` holds the claim's row.

    The holder always has one. The second person has one while they are the partner, and only with a device
    of their own: at one device the page is the holder's.

    Raises
    ------
    AccessError : `not-found` for everybody else
    """
    row = standing_partner(session, claim_id)
    if row is not None and row.contributor_id is None:
        row = None
    if row is not None and _is_second(actor, row):
        return _second(session, row, lock)
    claim = own_claim(session, actor, claim_id, lock=lock)
    if row is None:
        return Seat(claim=claim, number=1, partner=None, other=None, devices="one")
    other = session.get_one(Contributor, row.contributor_id)
    return Seat(claim=claim, number=1, partner=row, other=other, devices=devices_in(row))


def past_seat(session: Session, actor: Actor, claim_id: str) -> Seat:
    """Return the seat that somebody has in a claim, or had before the two ended it.

    For what was recorded while the two were partners: its bytes are taken and its words written, whatever
    has happened since.

    Raises
    ------
    AccessError : `not-found` for who never sat there
    """
    try:
        return seated_claim(session, actor, claim_id)
    except AccessError:
        had = select(ClaimPartner).where(
            ClaimPartner.claim_id == claim_id, ClaimPartner.contributor_id == actor.id
        )
        newest = session.scalars(had.order_by(ClaimPartner.agreed_at.desc(), ClaimPartner.id)).all()
        row = next((each for each in newest if _is_second(actor, each)), None)
        if row is None:
            raise
        return _second(session, row, lock=False)


def late_seat(session: Session, actor: Actor, claim_id: str, *, now: datetime) -> Seat:
    """Return the seat of who hands over now what they recorded in it, while that may still be on its way.

    When it was recorded is the browser's word. So what a second person who is a partner no more brings is
    taken for as long as late items are looked for, and nothing after that.

    Raises
    ------
    AccessError : `not-found` for who never sat there, or has had that time
    """
    seat = past_seat(session, actor, claim_id)
    ended_at = seat.partner.ended_at if seat.partner is not None else None
    if ended_at is None:
        return seat
    is_over = seat.claim.state != "active" and _is_past(session, seat.claim.lease_until, now)
    if is_over or _is_past(session, ended_at, now):
        raise not_found("claim")
    return seat


def _is_past(session: Session, ended_at: datetime, now: datetime) -> bool:
    """Say whether late items are looked for no more; what the house lost since the end is added."""
    return now > ended_at + LATE + lost_since(session, ended_at)


def is_mine(session: Session, actor: Actor, segment: Segment) -> bool:
    """Say whether an item was recorded at this contributor's own seat; its words are theirs as well.

    At one device both people are the holder's.
    """
    owner = select(Sitting.contributor_id).join(Take, Take.sitting_id == Sitting.id)
    return actor.role == "contributor" and session.scalar(owner.where(Take.id == segment.take_id)) == actor.id


def devices_in(row: ClaimPartner) -> Devices:
    """Return at how many devices two partners speak."""
    return cast(Devices, row.devices)


def _is_second(actor: Actor, row: ClaimPartner) -> bool:
    return actor.role == "contributor" and row.contributor_id == actor.id and devices_in(row) == TWO


def _second(session: Session, row: ClaimPartner, lock: bool) -> Seat:
    claim = session.get(Claim, row.claim_id, with_for_update=lock)
    if claim is None:
        raise not_found("claim")
    holder = session.get_one(Contributor, claim.contributor_id)
    return Seat(claim=claim, number=2, partner=row, other=holder, devices=TWO)
