"""Passkeys and password of a member of staff, as they look after them, and a way back when they are lost."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Passkey, Staff, StaffPassword
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.factors import Factor, drop_factors, end_other_sessions, has_factor, require_live
from speechcorpus.workflows.own_password import check_own_password
from speechcorpus.workflows.people import STAFF_ROLES
from speechcorpus.workflows.sign_in import SignedIn, end_unused_links, is_fresh, is_proven


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnKey:
    """A passkey as its owner sees it."""

    id: str
    label: str
    origin: str
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFactors:
    """How somebody signs in; `may_change` while they have just shown that they are it."""

    name: str
    keys: tuple[OwnKey, ...]
    password_since: datetime | None
    mistakes: int  # with the password, since it was last right
    factor: Factor
    since: datetime
    may_change: bool
    is_proven: bool

    @property
    def has_any(self) -> bool:
        """Whether there is anything but links."""
        return bool(self.keys) or self.password_since is not None


def own_factors(store: Store, signed: SignedIn, *, now: datetime) -> OwnFactors:
    """Return what a member of staff signs in with.

    Raises
    ------
    AccessError : `not-found` for anybody else
    """
    with store.catalogue.read() as session:
        staff = require_staff(session, signed.actor, *STAFF_ROLES)
        password = session.get(StaffPassword, staff.id)
        keys = tuple(_own_key(key) for key in keys_of(session, staff.id))
        return OwnFactors(
            name=staff.name,
            keys=keys,
            password_since=password.changed_at if password else None,
            mistakes=password.failures if password else 0,
            factor=signed.factor,
            since=signed.since,
            may_change=_may_change(session, signed, now),
            is_proven=is_proven(signed, now),
        )


def keys_of(session: Session, staff_id: str) -> list[Passkey]:
    """Return the passkeys of a member of staff that hold, the oldest first."""
    live = select(Passkey).where(Passkey.staff_id == staff_id, Passkey.removed_at.is_(None))
    return list(session.scalars(live.order_by(Passkey.created_at, Passkey.id)))


def require_change(session: Session, signed: SignedIn, now: datetime) -> Staff:
    """Return the member of staff who changes what they sign in with.

    The first passkey or password is added within ten minutes of opening a link. From then on it takes one
    of them, shown in the last ten minutes: a link that came into other hands changes nothing.

    Raises
    ------
    AccessError : `not-found`; `auth.expired` for a sign-in that was just ended; `key.proof`
    """
    staff = require_staff(session, signed.actor, *STAFF_ROLES)
    session.get_one(Staff, staff.id, with_for_update=True)  # of two first ones, the second needs the first
    require_live(session, signed.session_token)
    if not _may_change(session, signed, now):
        raise AccessError("key.proof", "this wants a sign-in of the last ten minutes")
    return staff


def remove_passkey(store: Store, signed: SignedIn, key_id: str, *, now: datetime) -> None:
    """Let a passkey open nothing any more, and end the person's other sign-ins.

    Raises
    ------
    As `require_change`, and AccessError `not-found` for a key that is not theirs
    """
    with store.catalogue.write() as session:
        staff = require_change(session, signed, now)
        key = session.get(Passkey, key_id)
        if key is None or key.staff_id != staff.id or key.removed_at is not None:
            raise not_found("passkey")
        key.removed_at = now
        note_change(session, signed, "passkey.removed", {"passkey": key.id}, now)


def remove_password(store: Store, signed: SignedIn, *, old: str = "", now: datetime) -> None:
    """Let the password open nothing any more, and end the person's other sign-ins.

    Who has just shown a passkey may have forgotten it: they need no `old`. Anybody else would get around
    what a change asks for.

    Raises
    ------
    As `require_change` and `check_own_password`, and AccessError `not-found` if there is none
    """
    kept = kept_password(store, signed, now)
    if kept is not None and signed.factor != "passkey":
        check_own_password(store, signed, old, now=now)
    with store.catalogue.write() as session:
        staff = require_change(session, signed, now)
        password = session.get(StaffPassword, staff.id)
        if password is None or password.hash != kept:  # changed meanwhile
            raise not_found("password")
        session.delete(password)
        note_change(session, signed, "password.removed", {}, now)


def kept_password(store: Store, signed: SignedIn, now: datetime) -> str | None:
    """Return what is kept of the password of somebody who may change it; None if they have none.

    Raises
    ------
    As `require_change`
    """
    with store.catalogue.write() as session:
        row = session.get(StaffPassword, require_change(session, signed, now).id)
        return row.hash if row else None


def forget_factors(store: Store, staff_id: str, *, now: datetime) -> int:
    """Take all that somebody lost from them, and every sign-in; a link lets them in again.

    For whoever holds the shell: at no page can one person do this to another.
    """
    with store.catalogue.write() as session:
        if session.get(Staff, staff_id, with_for_update=True) is None:
            raise not_found("staff")
        dropped = drop_factors(session, staff_id, now)
        ended = end_other_sessions(session, staff_id, None, now)
        end_unused_links(session, contributor_id=None, staff_id=staff_id, now=now)
        append_audit(
            session,
            actor="house",
            action="factors.forgotten",
            object=f"staff:{staff_id}",
            detail={"count": dropped, "ended": ended},
            now=now,
        )
    return dropped


def note_change(
    session: Session, signed: SignedIn, action: str, detail: dict[str, str], now: datetime
) -> None:
    """Write a change of somebody's own factors down; end their other browsers, and links nobody has used."""
    ended = end_other_sessions(session, signed.actor.id, signed.session_token, now)
    end_unused_links(session, contributor_id=None, staff_id=signed.actor.id, now=now)
    append_audit(
        session,
        actor=signed.actor,
        action=action,
        object=f"staff:{signed.actor.id}",
        detail={**detail, "ended": ended},
        now=now,
    )


def _may_change(session: Session, signed: SignedIn, now: datetime) -> bool:
    return is_proven(signed, now) if has_factor(session, signed.actor.id) else is_fresh(signed, now)


def _own_key(key: Passkey) -> OwnKey:
    return OwnKey(
        id=key.id, label=key.label, origin=key.origin, created_at=key.created_at, used_at=key.used_at
    )
