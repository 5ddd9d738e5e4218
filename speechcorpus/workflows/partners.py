"""The second person of a dialogue: invited by its holder, with an account and a consent of their own."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Literal, cast, get_args
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, ClaimPartner, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_claim, require_contributor, require_working
from speechcorpus.workflows.call_ends import end_call_of
from speechcorpus.workflows.consents import keep_consent, known_purposes, require_consent
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.qualifications import require_speaker

DIALOGUE = "dialogue"
TOKEN_BYTES = 32
Devices = Literal["one", "two"]


def invite_partner(
    store: Store, actor: Actor, claim_id: str, *, devices: Devices = "one", now: datetime
) -> str:
    """Return the token of a new link for the second person; a link made before it no longer works.

    It is good for one person, as long as the claim is held.

    Parameters
    ----------
    devices : at one device both are one track of the holder's; at two each records their own

    Raises
    ------
    AccessError : `not-found` for somebody else's claim
    SittingError : `partner.not-asked` unless the claim is a dialogue, `claim.not-active`, `partner.known`
        while somebody has agreed: that is ended first
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        claim = own_claim(session, actor, claim_id, lock=True)
        if session.get_one(Task, claim.task_id).style != DIALOGUE:
            raise SittingError("partner.not-asked", "this task is spoken by one person")
        if not _is_held(claim, now):
            raise SittingError("claim.not-active", f"the claim is {claim.state}", state=claim.state)
        standing = standing_partner(session, claim_id)
        if standing is not None:
            session.refresh(standing, with_for_update=True)  # nobody takes it between here and its end
        if standing is not None and standing.ended_at is None:
            if standing.contributor_id is not None:
                raise SittingError("partner.known", "somebody has agreed to speak in this dialogue")
            _end(session, actor, standing, now)
        token = secrets.token_urlsafe(TOKEN_BYTES)
        row = ClaimPartner(id=str(uuid4()), claim_id=claim_id, token_sha256=_digest(token), invited_at=now)
        row.devices = devices
        session.add(row)
        session.flush()
        _audit(session, actor, row, "partner.invited", now)
    return token


def known_devices(said: str) -> Devices:
    """Return at how many devices a dialogue shall be spoken; `request.field` for anything but one or two."""
    for each in get_args(Devices):
        if said == each:
            return cast(Devices, each)
    raise SittingError("request.field", "a dialogue is spoken at one device or at two", field="devices")


def agree_to_partner(
    store: Store, actor: Actor, token: str, *, purposes: Iterable[str], language: str, now: datetime
) -> str:
    """Become the second person of a claim, with what was ticked added to one's consent; return the row's id.

    The text agreed to is the one of the claim's own terms. Who agrees again changes nothing.

    Raises
    ------
    AccessError : as `invitation`; `consent.missing`, `consent.withdrawn` without what the terms need
    SittingError : `consent.purpose`, `audition.needed`; `person.paused` for a track of one's own
    """
    wanted = known_purposes(purposes)
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)
        row, claim = invitation(session, actor, token, now=now, lock=True)
        if row.contributor_id is None and row.devices == "two":
            require_working(person)  # with a track of their own it is work of their own
        terms = terms_by_hash(session, claim.terms_sha256)
        require_speaker(session, actor.id, terms.project.variety, terms)
        keep_consent(session, actor, terms, wanted, language=language, now=now)
        require_consent(session, actor.id, terms)
        if row.contributor_id is None:
            row.contributor_id, row.agreed_at = actor.id, now
            session.flush()
            _audit(session, actor, row, "partner.agreed", now)
    return row.id


def end_partner(store: Store, actor: Actor, partner_id: str, *, now: datetime) -> None:
    """Let the two no longer be partners; either of them may, and ending it twice changes nothing.

    No sitting begins with that person from now on. What was recorded stays what it was: it is taken out by
    withdrawing one's consent.

    Raises
    ------
    AccessError : `not-found` for anybody else
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        row = session.get(ClaimPartner, partner_id, with_for_update=True)
        if row is None or actor.id not in (_holder(session, row), row.contributor_id):
            raise not_found("partner")
        if row.ended_at is None:
            _end(session, actor, row, now)


def end_untaken(session: Session, by: Actor | str, *, now: datetime) -> int:
    """Let no invitation that nobody has taken be taken any more; return how many were ended."""
    untaken = (ClaimPartner.ended_at.is_(None), ClaimPartner.contributor_id.is_(None))
    rows = session.scalars(select(ClaimPartner).where(*untaken).order_by(ClaimPartner.id)).all()
    for row in rows:
        _end(session, by, row, now)
    return len(rows)


def invitation(
    session: Session, actor: Actor, token: str, *, now: datetime, lock: bool = False
) -> tuple[ClaimPartner, Claim]:
    """Return the invitation that a link names, for whoever may take it or has taken it.

    Raises
    ------
    AccessError : `partner.unknown` for no link of ours, or one that was ended; `partner.expired` once the
        claim is no longer held, `partner.yourself` for who holds it, `partner.taken` by somebody else
    """
    wanted = select(ClaimPartner).where(ClaimPartner.token_sha256 == _digest(token))
    row = session.scalars(wanted.with_for_update() if lock else wanted).first()
    if row is None or row.ended_at is not None:
        raise AccessError("partner.unknown", "no such invitation")
    claim = session.get_one(Claim, row.claim_id)
    if claim.contributor_id == actor.id:
        raise AccessError("partner.yourself", "whoever holds a dialogue is not its second person")
    if row.contributor_id not in (None, actor.id):
        raise AccessError("partner.taken", "somebody else has taken this invitation")
    if not _is_held(claim, now):
        raise AccessError("partner.expired", "the claim is no longer held")
    return row, claim


def standing_partner(session: Session, claim_id: str) -> ClaimPartner | None:
    """Return the invitation of a claim that stands, taken or not."""
    wanted = select(ClaimPartner).where(ClaimPartner.claim_id == claim_id, ClaimPartner.ended_at.is_(None))
    return session.scalars(wanted).first()


def agrees_now(session: Session, row: ClaimPartner) -> bool:
    """Say whether the second person has agreed, and still does, to all that the claim's terms need."""
    if row.contributor_id is None or row.ended_at is not None:
        return False
    return _agrees(session, row.contributor_id, session.get_one(Claim, row.claim_id))


def holder_agrees_now(session: Session, row: ClaimPartner) -> bool:
    """Say whether the holder still agrees to all that the claim's terms need, while the two are partners."""
    claim = session.get_one(Claim, row.claim_id)
    return row.ended_at is None and _agrees(session, claim.contributor_id, claim)


def _agrees(session: Session, contributor_id: str, claim: Claim) -> bool:
    try:
        require_contributor(session, Actor(role="contributor", id=contributor_id))
        require_consent(session, contributor_id, terms_by_hash(session, claim.terms_sha256))
    except AccessError:
        return False
    return True


def _is_held(claim: Claim, now: datetime) -> bool:
    return claim.state == "active" and claim.lease_until > now


def _holder(session: Session, row: ClaimPartner) -> str:
    return session.get_one(Claim, row.claim_id).contributor_id


def _end(session: Session, actor: Actor | str, row: ClaimPartner, now: datetime) -> None:
    row.ended_at, row.ended_by = now, actor.name_for_audit if isinstance(actor, Actor) else actor
    session.flush()
    end_call_of(session, actor, row.id, why="partner", now=now)
    _audit(session, actor, row, "partner.ended", now)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _audit(session: Session, actor: Actor | str, row: ClaimPartner, action: str, now: datetime) -> None:
    detail = {"partner": row.id, "contributor": row.contributor_id, "devices": row.devices}
    append_audit(session, actor=actor, action=action, object=f"claim:{row.claim_id}", detail=detail, now=now)
