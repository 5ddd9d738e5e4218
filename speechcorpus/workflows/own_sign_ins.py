"""Where somebody is signed in, as they alone see it, and ending it at once: one of them, or all others."""

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.browser_kind import BrowserKind
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Contributor, LoginSession, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_person, require_staff
from speechcorpus.workflows.factors import Factor, has_factor, require_live
from speechcorpus.workflows.people import STAFF_ROLES
from speechcorpus.workflows.sign_in import SignedIn, hour_of, is_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSignIn:
    """One browser that may act as somebody; `used_hour` is when the hour of its last use began."""

    id: str
    since: datetime
    used_hour: datetime
    factor: Factor
    browser: BrowserKind | None  # None: nobody said


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSignIns:
    """The sign-in that asks, and the others that stand, the one used last first."""

    here: OwnSignIn
    others: tuple[OwnSignIn, ...]
    may_end: bool  # False: a passkey or a password has to be shown before


def own_sign_ins(store: Store, signed: SignedIn, *, now: datetime) -> OwnSignIns:
    """Return where the one who asks is signed in.

    Raises
    ------
    AccessError : `not-found` for nobody of ours; `auth.expired` for a sign-in that was just ended
    """
    with store.catalogue.read() as session:
        _require_somebody(session, signed.actor)
        found = [_own(row) for row in session.scalars(select(LoginSession).where(*_live(signed.actor, now)))]
        here = next((each for each in found if each.id == signed.sign_in_id), None)
        if here is None:
            raise AccessError("auth.expired", "this sign-in was ended")
        others = [each for each in found if each is not here]
        return OwnSignIns(
            here=here,
            others=tuple(sorted(others, key=_how_lately, reverse=True)),
            may_end=_may_end(session, signed, now),
        )


def end_own_sign_in(store: Store, signed: SignedIn, sign_in_id: str, *, now: datetime) -> bool:
    """End one sign-in of one's own at once, in every process; say whether it was the one that asks.

    Raises
    ------
    AccessError : `not-found` for one that is somebody else's, unknown or over; `key.proof` for staff who have
        a passkey or a password and have not shown it in the last ten minutes; `auth.expired`
    """
    with store.catalogue.write() as session:
        _hold(session, signed)
        mine = (LoginSession.id == sign_in_id, *_live(signed.actor, now))
        row = session.scalar(select(LoginSession).where(*mine))
        if row is None:
            raise not_found("sign-in")
        if row.id != signed.sign_in_id:  # whoever signs out is asked nothing
            _require_proof(session, signed, now)
        row.revoked_at = now
        _note(session, signed, "session.ended", {"sign_in": row.id}, now)
        return row.id == signed.sign_in_id


def end_other_sign_ins(store: Store, signed: SignedIn, *, now: datetime) -> int:
    """End all sign-ins of one's own but the one that asks, and return how many there were.

    Raises
    ------
    AccessError : `key.proof` and `auth.expired` as `end_own_sign_in`
    """
    with store.catalogue.write() as session:
        _hold(session, signed)
        _require_proof(session, signed, now)
        others = (*_live(signed.actor, now), LoginSession.id != signed.sign_in_id)
        rows = session.scalars(select(LoginSession).where(*others)).all()
        for row in rows:
            row.revoked_at = now
        if rows:
            _note(session, signed, "sessions.ended", {"sessions": len(rows)}, now)
        return len(rows)


def _live(actor: Actor, now: datetime) -> tuple[ColumnElement[bool], ...]:
    whose = LoginSession.contributor_id if actor.role == "contributor" else LoginSession.staff_id
    return (whose == actor.id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)


def _hold(session: Session, signed: SignedIn) -> None:
    """Hold the person's row: of two browsers that end each other the first one does."""
    _require_somebody(session, signed.actor)
    held = {"key_share": True}  # what refers to them is written meanwhile
    kind = Contributor if signed.actor.role == "contributor" else Staff
    session.get_one(kind, signed.actor.id, with_for_update=held)
    require_live(session, signed.session_token)


def _require_somebody(session: Session, actor: Actor) -> None:
    if actor.role == "contributor":
        require_person(session, actor)  # who has withdrawn still has a sign-in to end
    else:
        require_staff(session, actor, *STAFF_ROLES)


def _require_proof(session: Session, signed: SignedIn, now: datetime) -> None:
    if not _may_end(session, signed, now):
        raise AccessError("key.proof", "this wants a sign-in of the last ten minutes")


def _may_end(session: Session, signed: SignedIn, now: datetime) -> bool:
    """Say whether others may be ended: who has nothing but a link, which opens once, has nothing to show."""
    if signed.actor.role == "contributor" or not has_factor(session, signed.actor.id):
        return True
    return is_proven(signed, now)


def _how_lately(each: OwnSignIn) -> tuple[datetime, datetime, str]:
    return each.used_hour, each.since, each.id


def _own(row: LoginSession) -> OwnSignIn:
    return OwnSignIn(
        id=row.id,
        since=row.created_at,
        used_hour=row.used_hour or hour_of(row.created_at),
        factor=cast(Factor, row.factor),
        browser=BrowserKind.of_word(row.browser) if row.browser else None,
    )


def _note(session: Session, signed: SignedIn, action: str, detail: dict[str, object], now: datetime) -> None:
    kind = "contributor" if signed.actor.role == "contributor" else "staff"
    about = f"{kind}:{signed.actor.id}"
    append_audit(session, actor=signed.actor, action=action, object=about, detail=detail, now=now)
