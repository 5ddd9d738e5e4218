"""Entries in a draw: who may join, the ticket that is made of it, and its receipt."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Contributor, DeviceCheck, Round, RoundEntry, Task
from speechcorpus.store.store import Store
from speechcorpus.work.draw import NONCE_BYTES, ticket_of
from speechcorpus.work.draw_record import bytes_of
from speechcorpus.workflows.access import not_found, require_contributor, require_working
from speechcorpus.workflows.caps import require_room
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.offers import Log, terms_of_round
from speechcorpus.workflows.qualifications import require_speaker
from speechcorpus.workflows.receipts import draw_receipt, kept_receipt

SOUND_CHECK_LASTS = timedelta(days=30)


def join_round(
    store: Store,
    actor: Actor,
    round_id: str,
    *,
    nonce: str,
    bands: Sequence[str],
    styles: Sequence[str],
    now: datetime,
) -> Mapping[str, Any]:
    """Enter a draw and return the signed receipt with the ticket; a second entry returns the first receipt.

    Parameters
    ----------
    nonce : 16 bytes the browser made, as 32 hex digits: were it ours, we could aim tickets at the seed

    Raises
    ------
    AccessError : `not-found`, `consent.missing`, `consent.withdrawn`
    SittingError : `draw.not-open`, `draw.closed` with the times; `draw.nonce`, `draw.choice`;
        `audition.needed`, `claim.too-many`, `claim.share`, `draw.sound-check`
    """
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)  # of two taps at once one makes the ticket
        the_round = session.get(Round, round_id)
        if the_round is None:
            raise not_found("round")
        known = kept_entry(session, round_id, person.id)
        if known is None:
            terms = terms_of_round(session, the_round)
            _require_open(the_round, now)
            require_eligible(session, person, terms, now=now)
            known = _entry(session, the_round, person, nonce, bands, styles, now)
            session.add(known)
            session.flush()
            session.refresh(the_round)  # held by the new entry: closed before it, or after it with it
            _require_open(the_round, now)
            _give_receipt(session, store, actor, the_round, known, terms, now)
        receipt = kept_receipt(session, "draw", known.id)
    if receipt is None:
        raise not_found("receipt")
    return receipt


def kept_entry(session: Session, round_id: str, contributor_id: str) -> RoundEntry | None:
    """Return a person's entry in a round."""
    mine = (RoundEntry.round_id == round_id, RoundEntry.contributor_id == contributor_id)
    return session.scalars(select(RoundEntry).where(*mine)).one_or_none()


def _require_open(the_round: Round, now: datetime) -> None:
    """Times decide, not the state: it follows them by up to a minute."""
    facts = {
        "opens_at": the_round.opens_at.isoformat(),
        "closes_at": the_round.closes_at.isoformat(),
        "server_time": now.isoformat(),
    }
    if the_round.state in ("announced", "open") and now < the_round.opens_at:
        raise SittingError("draw.not-open", f"the draw opens at {facts['opens_at']}", **facts)
    if the_round.state not in ("announced", "open") or now >= the_round.closes_at:
        raise SittingError("draw.closed", f"the draw closed at {facts['closes_at']}", **facts)


def require_eligible(session: Session, person: Contributor, terms: Terms, *, now: datetime) -> None:
    """Refuse whoever could not take a task if they were drawn; the first obstacle is the one that is told."""
    require_working(person)
    require_consent(session, person.id, terms)
    require_speaker(session, person.id, terms.project.variety, terms)
    require_room(session, person.id, terms)
    checked = select(DeviceCheck.id).where(
        DeviceCheck.contributor_id == person.id,
        DeviceCheck.passed.is_(True),
        DeviceCheck.created_at > now - SOUND_CHECK_LASTS,
    )
    if session.scalars(checked.limit(1)).first() is None:
        days = SOUND_CHECK_LASTS.days
        raise SittingError("draw.sound-check", f"a sound check of the last {days} days is needed", days=days)


def _entry(
    session: Session,
    the_round: Round,
    person: Contributor,
    nonce: str,
    bands: Sequence[str],
    styles: Sequence[str],
    now: datetime,
) -> RoundEntry:
    raw = bytes_of(nonce, NONCE_BYTES)
    if raw is None:
        raise SittingError("draw.nonce", f"{NONCE_BYTES} bytes made by the browser belong to an entry")
    asked = cells_of(session, the_round.id)
    for field, ticked, known in (
        ("bands", bands, {b for b, _ in asked}),
        ("styles", styles, {s for _, s in asked}),
    ):
        if not ticked or not set(ticked) <= known:
            raise SittingError("draw.choice", f"{field}: choose from {', '.join(sorted(known))}", field=field)
    if not any((band, style) in asked for band in bands for style in styles):
        raise SittingError("draw.choice", "no task of this draw is of such a band and style", field="styles")
    return RoundEntry(
        id=str(uuid4()),
        round_id=the_round.id,
        contributor_id=person.id,
        contributor_ref=person.pseudonym,
        nonce=nonce,
        ticket=ticket_of(the_round.id, person.pseudonym, raw),
        bands=sorted(set(bands)),
        styles=sorted(set(styles)),
        entered_at=now,
    )


def cells_of(session: Session, round_id: str) -> set[tuple[str, str]]:
    """Return the bands and styles there are in a round."""
    rows = session.execute(select(Task.band, Task.style).where(Task.round_id == round_id).distinct())
    return {(band, style) for band, style in rows}


def _give_receipt(
    session: Session,
    store: Store,
    actor: Actor,
    the_round: Round,
    entry: RoundEntry,
    terms: Terms,
    now: datetime,
) -> None:
    log = Log()
    log.add("draw.entered", f"round:{the_round.id}", ticket=entry.ticket)
    log.write(session, actor, now)
    draw_receipt(
        session,
        store,
        contributor_id=entry.contributor_id,
        project_id=the_round.project_id,
        terms_sha256=terms.sha256,
        round_id=the_round.id,
        entry_id=entry.id,
        ticket=entry.ticket,
        now=now,
    )
