"""The contributor's home: work that is open, work I hold, and what both are worth."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, ClaimPartner
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.views.draws import Draws, draws_of
from speechcorpus.workflows.views.held_claims import HeldClaim, held_claims
from speechcorpus.workflows.views.open_offers import Offer, open_offers
from speechcorpus.workflows.views.partners import Together, together_of
from speechcorpus.workflows.views.worth import Timings, Worth

OUTAGE_IS_TOLD: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeView:
    """Everything the contributor's first page shows."""

    pseudonym: str
    consented: bool
    offers: tuple[Offer, ...]
    claims: tuple[HeldClaim, ...]
    together: tuple[Together, ...]  # dialogues of others that I speak in
    draws: Draws
    works: Mapping[str, Worth]  # by task: what the tasks of draws and of offers are worth
    lost: timedelta  # by outages in the last day: deadlines moved by it


def home_view(store: Store, actor: Actor, *, now: datetime) -> HomeView:
    """Return the open tasks and the claims of the contributor who asks."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        timings = Timings(session)
        offers, claims = open_offers(session, person, timings), held_claims(session, person, now)
        draws = draws_of(session, person, now=now)
        return HomeView(
            pseudonym=person.pseudonym,
            consented=all(offer.consented for offer in offers),
            offers=offers,
            claims=claims,
            together=tuple(together_of(session, person.id, now=now)),
            draws=draws,
            works=_works(draws, timings),
            lost=lost_since(session, now - OUTAGE_IS_TOLD, kinds=("outage",)),
        )


def latest_claim(store: Store, actor: Actor) -> str | None:
    """Return the claim the contributor is most likely working on: the active one claimed last.

    Without any it is the dialogue in which they have the second seat.
    """
    newest = (
        select(Claim.id)
        .where(Claim.contributor_id == actor.id, Claim.state == "active")
        .order_by(Claim.claimed_at.desc())
        .limit(1)
    )
    second = (ClaimPartner.contributor_id == actor.id, ClaimPartner.devices == TWO)
    seated = (
        select(Claim.id)
        .join(ClaimPartner, ClaimPartner.claim_id == Claim.id)
        .where(*second, ClaimPartner.ended_at.is_(None), Claim.state == "active")
        .order_by(ClaimPartner.agreed_at.desc())
        .limit(1)
    )
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        return session.scalar(newest) or session.scalar(seated)


def _works(draws: Draws, timings: Timings) -> Mapping[str, Worth]:
    drawn = {
        cell.task_id: timings.worth(each.terms, cell.style, cell.band, cell.items)
        for each in draws.rounds
        for cell in each.cells
    }
    offered = {
        each.task_id: timings.worth(each.terms, each.style, each.band, each.items) for each in draws.offers
    }
    return {**drawn, **offered}
