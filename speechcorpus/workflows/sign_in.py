"""Sign-in by single-use invite link, and what every sign-in is, however it began.

A link's token travels in the fragment of the address and is exchanged by POST. Of every token only its
SHA-256 is kept, so the catalogue opens no door. Staff who have a passkey or a password come in by that alone.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.browser_kind import BrowserKind
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Contributor, Credential, LoginSession, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.factors import Factor, digest_of, has_factor

INVITE_D = 14
CONTRIBUTOR_SESSION_D = 30
STAFF_SESSION_H = 12
TOKEN_BYTES = 32
FRESH = timedelta(minutes=10)  # for what cannot be called back: money, a publication

_LIVE = (  # one statement of plain columns, for every request asks
    select(
        LoginSession.id,
        LoginSession.csrf_token,
        LoginSession.factor,
        LoginSession.created_at,
        LoginSession.used_hour,
        LoginSession.contributor_id,
        LoginSession.staff_id,
        Contributor.state.label("own_state"),
        Contributor.locale.label("own_locale"),
        Staff.state.label("staff_state"),
        Staff.locale.label("staff_locale"),
        Staff.role,
    )
    .outerjoin(Contributor, Contributor.id == LoginSession.contributor_id)
    .outerjoin(Staff, Staff.id == LoginSession.staff_id)
    .where(
        LoginSession.token_sha256 == bindparam("digest_"),
        LoginSession.revoked_at.is_(None),
        LoginSession.expires_at > bindparam("now_"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A signed-in browser: what its cookie holds, what its forms carry, who it is."""

    session_token: str
    csrf_token: str
    actor: Actor
    locale: str
    since: datetime  # when the person was there: what cannot be called back needs a fresh sign-in
    factor: Factor
    sign_in_id: str  # of its row; opens nothing
    used_hour: datetime


def hour_of(moment: datetime) -> datetime:
    """Return when the hour of a moment began: as finely as it is kept when a sign-in was used."""
    return moment.replace(minute=0, second=0, microsecond=0)


def is_fresh(signed: SignedIn, now: datetime) -> bool:
    """Say whether somebody signed in in the last ten minutes."""
    return now - FRESH <= signed.since <= now


def is_proven(signed: SignedIn, now: datetime) -> bool:
    """Say whether somebody showed in the last ten minutes what nobody can hand to them: a key, a password."""
    return signed.factor != "link" and is_fresh(signed, now)


def session_lasts(role: Role) -> timedelta:
    """Return how long a sign-in stands: contributors come back for weeks, staff sign in for a day's work."""
    return (
        timedelta(days=CONTRIBUTOR_SESSION_D) if role == "contributor" else timedelta(hours=STAFF_SESSION_H)
    )


def invite_contributor(store: Store, contributor_id: str, *, by: Actor | str = "house", now: datetime) -> str:
    """Return the token of a new single-use link for a contributor, good for 14 days."""
    with store.catalogue.write() as session:
        if session.get(Contributor, contributor_id) is None:
            raise not_found("contributor")
        return _invite(session, f"contributor:{contributor_id}", now, by, contributor_id=contributor_id)


def invite_staff(store: Store, staff_id: str, *, by: Actor | str = "house", now: datetime) -> str:
    """Return the token of a new single-use link for a member of staff, good for 14 days.

    Raises
    ------
    AccessError : `not-found`; `invite.keyed` for who has a passkey or a password, since it would open nothing
    """
    with store.catalogue.write() as session:
        _refuse_keyed(session, staff_id)
        return _invite(session, f"staff:{staff_id}", now, by, staff_id=staff_id)


def exchange_invite(
    store: Store, token: str, *, browser: BrowserKind | None = None, now: datetime
) -> SignedIn:
    """Use up an invite link and return the sign-in it gives.

    Parameters
    ----------
    browser : what its owner is shown of where it was opened

    Raises
    ------
    AccessError : `invite.unknown`, `invite.used`, `invite.expired`; `invite.keyed` for staff who have a
        passkey or a password: whoever makes links could else come in under their name
    """
    with store.catalogue.write() as session:
        invite = session.scalar(select(Credential).where(Credential.token_sha256 == digest_of(token)))
        if invite is None:
            raise AccessError("invite.unknown", "no such invite link")
        if invite.used_at is None:
            _refuse_unused(session, invite, now)
        _use_up(session, invite, now)
        found = _person(session, invite.contributor_id, invite.staff_id)
        if found is None:
            raise AccessError("invite.unknown", "no such invite link")
        return _open_session(session, *found, "link", browser, now)


def open_staff_session(
    session: Session, staff_id: str, factor: Factor, browser: BrowserKind | None, now: datetime
) -> SignedIn | None:
    """Sign in a member of staff who has shown that they are it; None for one who was let go."""
    found = _person(session, None, staff_id)
    return None if found is None else _open_session(session, *found, factor, browser, now)


def signed_in(store: Store, session_token: str, *, now: datetime) -> SignedIn | None:
    """Return who a session token stands for; None once it is revoked, over, or its person is gone."""
    row = store.catalogue.look(_LIVE, {"digest_": digest_of(session_token), "now_": now})
    actor = None if row is None else _actor_of(row)
    if row is None or actor is None:
        return None
    locale = row.own_locale or row.staff_locale
    return SignedIn(
        session_token=session_token,
        csrf_token=row.csrf_token,
        actor=actor,
        locale=locale,
        since=row.created_at,
        factor=cast("Factor", row.factor),
        sign_in_id=row.id,
        used_hour=row.used_hour or hour_of(row.created_at),
    )


def _actor_of(row: Row[Any]) -> Actor | None:
    if row.contributor_id is not None:
        # a withdrawn person still sees what is theirs; only an erased one is nobody
        return None if row.own_state == "erased" else Actor(role="contributor", id=row.contributor_id)
    return Actor(role=row.role, id=row.staff_id) if row.staff_state == "active" else None


def sign_out(store: Store, session_token: str, *, now: datetime) -> None:
    """End a sign-in at once; one that has ended stays ended."""
    live = (LoginSession.token_sha256 == digest_of(session_token), LoginSession.revoked_at.is_(None))
    with store.catalogue.write() as session:
        row = session.scalar(select(LoginSession).where(*live))
        if row is not None:
            row.revoked_at = now
            _audit(session, "session.ended", row.contributor_id, row.staff_id, now)


def _invite(
    session: Session,
    person: str,
    now: datetime,
    by: Actor | str,
    *,
    contributor_id: str | None = None,
    staff_id: str | None = None,
) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    end_unused_links(session, contributor_id=contributor_id, staff_id=staff_id, now=now)
    session.add(
        Credential(
            id=str(uuid4()),
            token_sha256=digest_of(token),
            contributor_id=contributor_id,
            staff_id=staff_id,
            created_at=now,
            expires_at=now + timedelta(days=INVITE_D),
        )
    )
    append_audit(session, actor=by, action="invite.made", object=person, detail={}, now=now)
    return token


def end_unused_links(
    session: Session, *, contributor_id: str | None, staff_id: str | None, now: datetime
) -> None:
    """Let no link that was made for a person before, and not used, let anybody in."""
    whose = Credential.staff_id == staff_id if staff_id else Credential.contributor_id == contributor_id
    unused = (whose, Credential.used_at.is_(None), Credential.expires_at > now)
    over = update(Credential).where(*unused).values(expires_at=now)
    session.execute(over.execution_options(synchronize_session=False))


def _refuse_unused(session: Session, invite: Credential, now: datetime) -> None:
    if invite.expires_at <= now:
        raise AccessError("invite.expired", "the invite link is too old")
    if invite.staff_id is not None:
        _refuse_keyed(session, invite.staff_id)


def _refuse_keyed(session: Session, staff_id: str) -> None:
    if session.get(Staff, staff_id, with_for_update=True) is None:  # whoever adds a key holds the row too
        raise not_found("staff")
    if has_factor(session, staff_id):
        raise AccessError("invite.keyed", "this person signs in with a passkey or a password")


def _use_up(session: Session, invite: Credential, now: datetime) -> None:
    """Mark the link used in one statement, so that of two browsers only one gets in."""
    unused = (Credential.id == invite.id, Credential.used_at.is_(None))
    result = session.execute(
        update(Credential).where(*unused).values(used_at=now).execution_options(synchronize_session=False)
    )
    if changed_rows(result) != 1:
        raise AccessError("invite.used", "the invite link has been used")


def _open_session(
    session: Session,
    actor: Actor,
    locale: str,
    factor: Factor,
    browser: BrowserKind | None,
    now: datetime,
) -> SignedIn:
    token, csrf = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    contributor_id, staff_id = (actor.id, None) if actor.role == "contributor" else (None, actor.id)
    row = LoginSession(id=str(uuid4()), token_sha256=digest_of(token), csrf_token=csrf, factor=factor)
    row.contributor_id, row.staff_id = contributor_id, staff_id
    row.browser = None if browser is None else browser.word
    row.created_at, row.expires_at = now, now + session_lasts(actor.role)
    session.add(row)
    _audit(session, "session.begun", contributor_id, staff_id, now, factor)
    return SignedIn(
        session_token=token,
        csrf_token=csrf,
        actor=actor,
        locale=locale,
        since=now,
        factor=factor,
        sign_in_id=row.id,
        used_hour=hour_of(now),
    )


def _person(session: Session, contributor_id: str | None, staff_id: str | None) -> tuple[Actor, str] | None:
    if contributor_id is not None:
        contributor = session.get_one(Contributor, contributor_id)
        # a withdrawn person still sees what is theirs; only an erased one is nobody
        if contributor.state == "erased":
            return None
        return Actor(role="contributor", id=contributor.id), contributor.locale
    staff = session.get_one(Staff, staff_id)
    if staff.state != "active":
        return None
    return Actor(role=staff.role, id=staff.id), staff.locale  # type: ignore[arg-type]


def _audit(
    session: Session,
    action: str,
    contributor_id: str | None,
    staff_id: str | None,
    now: datetime,
    factor: Factor | None = None,
) -> None:
    person = f"contributor:{contributor_id}" if contributor_id else f"staff:{staff_id}"
    detail = {} if factor in (None, "link") else {"factor": factor}
    append_audit(session, actor=person, action=action, object=person, detail=detail, now=now)
