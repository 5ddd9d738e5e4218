"""Showing one's own password while one is signed in: a few mistakes, and this sign-in is over.

Strangers' mistakes are counted by name and hold nobody up who is signed in; the other way round a browser
that was left open, or taken, is no place to try passwords in.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, select, update

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import LoginSession, StaffPassword
from speechcorpus.store.store import Store
from speechcorpus.workflows.factors import digest_of, require_live
from speechcorpus.workflows.password_hash import NOBODYS, matches, same_password
from speechcorpus.workflows.sign_in import SignedIn

MOST_MISTAKES: Final = 5  # in a row, in one sign-in


def check_own_password(store: Store, signed: SignedIn, password: str, *, now: datetime) -> str:
    """Return what is kept of somebody's password, which this one is.

    A try is counted before it is looked at, so that many at once count as many. The fifth mistake ends the
    sign-in that they were made in, and no other.

    Raises
    ------
    AccessError : `password.wrong`; `password.tries` with the last one; `auth.expired` once it has ended
    SittingError : `quota.password` while too many try at once, which is no mistake
    """
    kept = _counted(store, signed)
    try:
        is_right = matches(kept or NOBODYS, same_password(password))
    except SittingError:
        _set_mistakes(store, signed, by=-1)
        raise
    if kept is None or not is_right:
        raise _mistaken(store, signed, now)
    _set_mistakes(store, signed, by=None)
    return kept


def _counted(store: Store, signed: SignedIn) -> str | None:
    """Return what is kept of the password, None if there is none, with one mistake more until it is none."""
    more = update(LoginSession).where(_here(signed), LoginSession.mistakes < MOST_MISTAKES)
    more = more.values(mistakes=LoginSession.mistakes + 1).execution_options(synchronize_session=False)
    with store.catalogue.write() as session:
        require_live(session, signed.session_token)
        if changed_rows(session.execute(more)) != 1:
            raise _tries()
        return session.scalar(select(StaffPassword.hash).where(StaffPassword.staff_id == signed.actor.id))


def _set_mistakes(store: Store, signed: SignedIn, *, by: int | None) -> None:
    """Count so many mistakes more; from nothing again with None."""
    counted = 0 if by is None else LoginSession.mistakes + by
    said = update(LoginSession).where(_here(signed)).values(mistakes=counted)
    with store.catalogue.write() as session:
        session.execute(said.execution_options(synchronize_session=False))


def _mistaken(store: Store, signed: SignedIn, now: datetime) -> AccessError:
    """Return the refusal, having ended the sign-in if this was one mistake too many."""
    over = (LoginSession.revoked_at.is_(None), LoginSession.mistakes >= MOST_MISTAKES)
    with store.catalogue.write() as session:
        row = session.scalar(select(LoginSession).where(_here(signed), *over).with_for_update())
        if row is None:
            return AccessError("password.wrong", "this is not the password")
        row.revoked_at = now
        append_audit(
            session,
            actor=signed.actor,
            action="session.ended",
            object=f"staff:{signed.actor.id}",
            detail={"mistakes": row.mistakes},
            now=now,
        )
    return _tries()


def _tries() -> AccessError:
    return AccessError("password.tries", "too many mistakes; this sign-in was ended")


def _here(signed: SignedIn) -> ColumnElement[bool]:
    return LoginSession.token_sha256 == digest_of(signed.session_token)
