"""The second seat of a dialogue: who has agreed to speak in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Contributor,
    Project,
    Sitting,
    SittingPeer,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_claim, require_contributor
from speechcorpus.workflows.partners import Devices, agrees_now, holder_agrees_now, standing_partner
from speechcorpus.workflows.qualifications import may_write
from speechcorpus.workflows.seats import TWO, Seat, devices_in, seated_claim


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """The other one of a dialogue, as either of the two sees them."""

    partner_id: str
    pseudonym: str
    variety: str | None
    agrees: bool  # to everything the terms need, now
    agreed_at: datetime  # when the second person did
    devices: Devices


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """The second seat of a claim: empty, offered by a link, or taken."""

    claim_id: str
    variety: str
    lease_until: datetime
    invited_at: datetime | None  # of the link that stands
    devices: Devices | None  # of the link that stands
    partner: PartnerView | None
    held: int  # sittings whose second person nobody knows: they stay out of releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A dialogue somebody agreed to speak in and another holds, or held until lately."""

    partner_id: str
    claim_id: str
    holder: str
    project_title: str
    variety: str
    devices: Devices
    held: bool  # it may still be recorded in
    writes: bool  # on two devices the texts of one's own track are one's own to write


def seat_view(store: Store, actor: Actor, claim_id: str) -> SeatView:
    """Return the second seat of a claim of the contributor who asks."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        claim, row = own_claim(session, actor, claim_id), standing_partner(session, claim_id)
        return SeatView(
            claim_id=claim.id,
            variety=session.get_one(Task, claim.task_id).variety,
            lease_until=claim.lease_until,
            invited_at=row.invited_at if row else None,
            devices=devices_in(row) if row else None,
            partner=other_of(session, seated_claim(session, actor, claim_id)),
            held=_held(session, claim_id),
        )


def other_person(store: Store, actor: Actor, claim_id: str) -> PartnerView | None:
    """Return who speaks with the contributor who asks in a claim they sit in, None before anybody does."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        return other_of(session, seated_claim(session, actor, claim_id))


def other_of(session: Session, seat: Seat) -> PartnerView | None:
    """Return the other one of a dialogue: of the holder the partner, of the partner the holder."""
    row, other = seat.partner, seat.other
    if row is None or other is None or row.agreed_at is None:
        return None
    return PartnerView(
        partner_id=row.id,
        pseudonym=other.pseudonym,
        variety=other.variety,
        agrees=agrees_now(session, row) if seat.number == 1 else holder_agrees_now(session, row),
        agreed_at=row.agreed_at,
        devices=seat.devices,
    )


def together_of(session: Session, contributor_id: str, *, now: datetime) -> Sequence[Together]:
    """Return the dialogues that somebody agreed to and that are still held, the newest first.

    On two devices also those whose holder has handed in, as long as the second person may finish.
    """
    late = (ClaimPartner.devices == TWO) & (Claim.lease_until > now)
    rows = session.execute(
        select(ClaimPartner, Claim.state, Contributor.pseudonym, Project.title, Task.variety)
        .join(Claim, Claim.id == ClaimPartner.claim_id)
        .join(Contributor, Contributor.id == Claim.contributor_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Project, Project.id == Task.project_id)
        .where(
            ClaimPartner.contributor_id == contributor_id,
            ClaimPartner.ended_at.is_(None),
            (Claim.state == "active") | late,
        )
        .order_by(ClaimPartner.agreed_at.desc(), ClaimPartner.id)
    )
    return [
        Together(
            partner_id=row.id,
            claim_id=row.claim_id,
            holder=holder,
            project_title=title,
            variety=variety,
            devices=devices_in(row),
            held=state == "active",
            writes=may_write(session, contributor_id, variety),
        )
        for row, state, holder, title, variety in rows
    ]


def _held(session: Session, claim_id: str) -> int:
    held = (Sitting.claim_id == claim_id, SittingPeer.held_for.is_not(None))
    counted = (
        select(func.count()).select_from(SittingPeer).join(Sitting, Sitting.id == SittingPeer.sitting_id)
    )
    return session.scalar(counted.where(*held)) or 0
