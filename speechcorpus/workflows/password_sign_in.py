"""Coming in by a password: tries are counted before they are looked at, and held back after mistakes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from speechcorpus.domain.browser_kind import BrowserKind
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Staff, StaffPassword
from speechcorpus.store.store import Store
from speechcorpus.workflows.own_password import check_own_password
from speechcorpus.workflows.password_hash import NOBODYS, matches, renewed, same_password
from speechcorpus.workflows.people import plain_name
from speechcorpus.workflows.sign_in import SignedIn, open_staff_session

FREE_MISTAKES: Final = 5
FIRST_HOLD, LONGEST_HOLD = timedelta(minutes=1), timedelta(hours=1)
FORGIVEN: Final = timedelta(days=1)  # after the last hold was over
MOST_OF_A_NAME: Final = 5


def enter_by_password(
    store: Store, name: str, password: str, *, browser: BrowserKind | None = None, now: datetime
) -> SignedIn:
    """Sign in a member of staff by name and password.

    A try is counted before it is looked at, so that many at once count as many. After five mistakes a minute
    passes, then two, up to an hour; a passkey opens all the same.

    Raises
    ------
    AccessError : `password.wrong`
    SittingError : `quota.password` while the name is held, or too many try at once
    """
    said = same_password(password)
    tried = _counted(store, name, now)
    staff_id = next((each for each, kept in tried.items() if matches(kept, said)), None)
    if not tried:
        matches(NOBODYS, said)
    if staff_id is None:
        raise _wrong()
    others = [each for each in tried if each != staff_id]
    return _entered(store, staff_id, tried[staff_id], said, others, browser, now)


def show_password(
    store: Store, signed: SignedIn, password: str, *, browser: BrowserKind | None = None, now: datetime
) -> SignedIn:
    """Sign in once more who is signed in: nobody else's mistakes hold them up.

    Raises
    ------
    As `check_own_password`
    """
    kept = check_own_password(store, signed, password, now=now)
    return _entered(store, signed.actor.id, kept, same_password(password), [], browser, now)


def enter_at_shell(store: Store, name: str, password: str, *, now: datetime) -> SignedIn:
    """Sign in who sits at the machine, where everything is open anyway: no mistakes are counted.

    Raises
    ------
    AccessError : `password.wrong`
    """
    said = same_password(password)
    with store.catalogue.read() as session:
        kept = {row.staff_id: row.hash for row in session.scalars(_of_name(name))}
    found = next((each for each, hashed in kept.items() if matches(hashed, said)), None)
    if found is None:
        raise _wrong()
    return _entered(store, found, kept[found], said, [], None, now)


def _of_name(name: str) -> Select[StaffPassword]:
    found = select(StaffPassword).join(Staff, Staff.id == StaffPassword.staff_id)
    active = found.where(Staff.name.in_({name, plain_name(name)}), Staff.state == "active")
    return active.order_by(StaffPassword.staff_id).limit(MOST_OF_A_NAME)


def _wrong() -> AccessError:
    return AccessError("password.wrong", "no such name with this password")


def _counted(store: Store, name: str, now: datetime) -> dict[str, str]:
    """Return what is kept for those of a name, each with one mistake more until it proves to be none."""
    with store.catalogue.write() as session:
        rows = session.scalars(_of_name(name).with_for_update(of=StaffPassword)).all()
        free = [row for row in rows if row.held_until is None or row.held_until <= now]
        if rows and not free:
            raise SittingError("quota.password", "too many mistakes; this name waits for a while")
        for row in free:
            _count(session, row, now)
        return {row.staff_id: row.hash for row in free}


def _count(session: Session, row: StaffPassword, now: datetime) -> None:
    if row.held_until is not None and now - row.held_until > FORGIVEN:
        row.failures = 0
    row.failures += 1
    row.held_until = _held_until(row.failures, now)
    if row.held_until is not None:
        append_audit(
            session,
            actor="house",
            action="password.held",
            object=f"staff:{row.staff_id}",
            detail={"mistakes": row.failures},
            now=now,
        )


def _held_until(failures: int, now: datetime) -> datetime | None:
    """Return until when nobody may try again after so many mistakes in a row.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    >>> [str(_held_until(n, noon) - noon) for n in (5, 6, 11, 90)], _held_until(4, noon)
    (['0:01:00', '0:02:00', '1:00:00', '1:00:00'], None)
    """
    if failures < FREE_MISTAKES:
        return None
    doublings: int = min(failures - FREE_MISTAKES, 6)
    return now + min(FIRST_HOLD * int(2**doublings), LONGEST_HOLD)


def _entered(
    store: Store,
    staff_id: str,
    kept: str,
    said: str,
    others: Sequence[str],
    browser: BrowserKind | None,
    now: datetime,
) -> SignedIn:
    """Open a sign-in for who was found by what is kept, if it is kept still; the others made no mistake."""
    kept_now = renewed(kept, said)
    tried = select(StaffPassword).where(StaffPassword.staff_id.in_([staff_id, *others]))
    with store.catalogue.write() as session:
        # held in the order in which tries are counted, or two of one name wait for each other
        found = session.scalars(tried.order_by(StaffPassword.staff_id).with_for_update())
        rows = {each.staff_id: each for each in found}
        row = rows.pop(staff_id, None)
        if row is None or row.hash != kept:  # changed or taken away meanwhile
            raise _wrong()
        row.failures, row.held_until, row.hash = 0, None, kept_now
        for other in rows.values():
            other.failures = max(0, other.failures - 1)
            other.held_until = None if other.failures < FREE_MISTAKES else other.held_until
        signed = open_staff_session(session, staff_id, "password", browser, now)
        if signed is None:
            raise _wrong()
        return signed
