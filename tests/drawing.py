"""People who may join a draw, and rounds that are driven by hand."""

import hashlib
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import DeviceCheck, Offer, Round, Sitting, Take
from speechcorpus.workflows.draw_entries import join_round
from speechcorpus.workflows.round_clock import advance_rounds
from speechcorpus.workflows.rounds import announce_round
from tests.stage import Stage

BANDS, STYLES = ("low", "medium", "high"), ("read",)


def sound_checked(stage: Stage, actor: Actor, *, days_ago: float = 0) -> Actor:
    """Let a person have passed a sound check."""
    at = stage.now - timedelta(days=days_ago)
    sitting = Sitting(id=str(uuid4()), contributor_id=actor.id, band="low", device={}, state="closed")
    sitting.body_sha256, sitting.opened_at, sitting.last_seen_at = "0" * 64, at, at
    take = Take(id=str(uuid4()), sitting_id=sitting.id, sequence=0, track="check", prompt_ids=[])
    take.rate_hz, take.channels, take.capture_path, take.first_sitting_sample = 16_000, 1, "mstp", 0
    take.body_sha256, take.state, take.created_at = "0" * 64, "failed", at
    check = DeviceCheck(id=str(uuid4()), contributor_id=actor.id, take_id=take.id, capture_path="mstp")
    check.device, check.claimed, check.found, check.passed = {}, {}, [], True
    check.body_sha256, check.created_at = "0" * 64, at
    with stage.store.catalogue.write() as session:
        for row in (sitting, take, check):
            session.add(row)
            session.flush()
    return actor


def drawer(stage: Stage) -> Actor:
    """A contributor who may join."""
    return sound_checked(stage, stage.contributor())


def nonce_of(actor: Actor) -> str:
    """Sixteen bytes, always the same for one person."""
    return hashlib.sha256(actor.id.encode()).hexdigest()[:32]


def announced(stage: Stage, **said: object) -> Round:
    """A round of the stage's project."""
    said = {"now": stage.now, "bands": ("low",), **said}
    return kept(stage, announce_round(stage.store, stage.manager, stage.project_id, **said))


def kept(stage: Stage, round_id: str) -> Round:
    with stage.store.catalogue.read() as session:
        return session.get_one(Round, round_id)


def join(stage: Stage, the_round: Round, actor: Actor, **said: object):
    """Enter while the round is open, with every band ticked that there is."""
    said = {"nonce": nonce_of(actor), "bands": ("low",), "styles": STYLES, "now": the_round.opens_at, **said}
    return join_round(stage.store, actor, the_round.id, **said)


def drawn_round(stage: Stage, people: list[Actor], **said: object) -> Round:
    """A round that everybody joined, closed and drawn."""
    the_round = announced(stage, **said)
    bands = said.get("bands", ("low",))
    for person in people:
        join(stage, the_round, person, bands=bands)
    advance_rounds(stage.store, now=the_round.closes_at)
    return kept(stage, the_round.id)


def offers(stage: Stage, the_round: Round, *, state: str = "open") -> dict[str, Offer]:
    """The round's offers in a state, by person."""
    with stage.store.catalogue.read() as session:
        rows = session.scalars(
            select(Offer).where(Offer.round_id == the_round.id, Offer.state == state)
        ).all()
    return {row.contributor_id: row for row in rows}
