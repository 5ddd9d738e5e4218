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
from speechcorpus.workflows.partners import agrees_now, standing_partner


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """The second person of a claim, as its holder sees them."""

    partner_id: str
    pseudonym: str
    variety: str | None
    agrees: bool  # to everything the terms need, now
    agreed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatView:
    """The second seat of a claim: empty, offered by a link, or taken."""

    claim_id: str
    variety: str
    lease_until: datetime
    invited_at: datetime | None  # of the link that stands
    partner: PartnerView | None
    held: int  # sittings whose second person nobody knows: they stay out of releases


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """A dialogue somebody agreed to speak in while another holds it."""

    partner_id: str
    holder: str
    project_title: str
    variety: str


def seat_view(store: Store, actor: Actor, claim_id: str) -> SeatView:
    """Return the second seat of a claim of the contributor who asks."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        claim = own_claim(session, actor, claim_id)
        row = standing_partner(session, claim_id)
        return SeatView(
            claim_id=claim.id,
            variety=session.get_one(Task, claim.task_id).variety,
            lease_until=claim.lease_until,
            invited_at=row.invited_at if row else None,
            partner=partner_of(session, claim_id),
            held=_held(session, claim_id),
        )


def partner_of(session: Session, claim_id: str) -> PartnerView | None:
    """Return who has agreed to speak in a claim's dialogue, None before somebody has."""
    row = standing_partner(session, claim_id)
    if row is None or row.contributor_id is None or row.agreed_at is None:
        return None
    person = session.get_one(Contributor, row.contributor_id)
    return PartnerView(
        partner_id=row.id,
        pseudonym=person.pseudonym,
        variety=person.variety,
        agrees=agrees_now(session, row),
        agreed_at=row.agreed_at,
    )


def together_of(session: Session, contributor_id: str) -> Sequence[Together]:
    """Return the dialogues that somebody agreed to and that are still held, the newest first."""
    rows = session.execute(
        select(ClaimPartner.id, Contributor.pseudonym, Project.title, Task.variety)
        .join(Claim, Claim.id == ClaimPartner.claim_id)
        .join(Contributor, Contributor.id == Claim.contributor_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Project, Project.id == Task.project_id)
        .where(
            ClaimPartner.contributor_id == contributor_id,
            ClaimPartner.ended_at.is_(None),
            Claim.state == "active",
        )
        .order_by(ClaimPartner.agreed_at.desc(), ClaimPartner.id)
    )
    return [
        Together(partner_id=partner_id, holder=holder, project_title=title, variety=variety)
        for partner_id, holder, title, variety in rows
    ]


def _held(session: Session, claim_id: str) -> int:
    held = (Sitting.claim_id == claim_id, SittingPeer.held_for.is_not(None))
    counted = (
        select(func.count()).select_from(SittingPeer).join(Sitting, Sitting.id == SittingPeer.sitting_id)
    )
    return session.scalar(counted.where(*held)) or 0
