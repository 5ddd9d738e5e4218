"""A password for staff whose device has no passkey: long, and not to be guessed."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Staff, StaffPassword
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.factors import end_other_sessions
from speechcorpus.workflows.own_factors import kept_password, note_change, require_change
from speechcorpus.workflows.own_password import check_own_password
from speechcorpus.workflows.password_hash import LONGEST, hashed, same_password
from speechcorpus.workflows.sign_in import SignedIn

SHORTEST: Final = 12
STRONG: Final = 3  # of 4, as zxcvbn counts: more than 10^8 guesses
JUDGED: Final = 40  # characters: what zxcvbn does with more takes it seconds


def set_password(store: Store, signed: SignedIn, password: str, *, old: str = "", now: datetime) -> None:
    """Set or change one's own password, and end one's other sign-ins.

    Parameters
    ----------
    old : the password that is changed; who has just shown it, or a passkey, writes it as well

    Raises
    ------
    As `require_change` and `check_own_password`; SittingError `password.weak` saying why: `short`, `long` or
    `guessable`
    """
    if before := kept_password(store, signed, now):
        check_own_password(store, signed, old, now=now)
    with store.catalogue.read() as session:
        name = session.get_one(Staff, signed.actor.id).name
    kept = _kept(password, name)
    with store.catalogue.write() as session:
        staff = require_change(session, signed, now)
        found = session.get(StaffPassword, staff.id)
        if (found.hash if found else None) != before:  # set or changed meanwhile
            raise AccessError("password.wrong", "this is not the password any more")
        _keep(session, staff.id, kept, now)
        note_change(session, signed, "password.set", {}, now)


def give_password(store: Store, staff_id: str, password: str, *, now: datetime) -> None:
    """Set a password at the shell, for somebody who sits there; all their sign-ins end.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `password.weak`
    """
    with store.catalogue.read() as session:
        staff = session.get(Staff, staff_id)
        if staff is None:
            raise not_found("staff")
        name = staff.name
    kept = _kept(password, name)
    with store.catalogue.write() as session:
        _keep(session, staff_id, kept, now)
        end_other_sessions(session, staff_id, None, now)
        append_audit(
            session, actor="house", action="password.set", object=f"staff:{staff_id}", detail={}, now=now
        )


def weakness(password: str, *about: str) -> str | None:
    """Say why a password will not do: `short`, `long`, `guessable`; None if it will.

    Parameters
    ----------
    about : what everybody knows of the person, as their name

    Examples
    --------
    >>> weakness("sǹg-miā kàu pòaⁿ-mê"), weakness("password1234"), weakness("sio-pháng")
    (None, 'guessable', 'short')
    """
    import zxcvbn

    said = same_password(password)
    if len(said) < SHORTEST:
        return "short"
    if len(said) > LONGEST:
        return "long"
    known = [word for word in (*about, "speechcorpus", "taigi", "minnan") if word]
    return "guessable" if zxcvbn.zxcvbn(said[:JUDGED], user_inputs=known)["score"] < STRONG else None


def _kept(password: str, name: str) -> str:
    if why := weakness(password, name):
        raise SittingError("password.weak", f"this password is {why}", why=why)
    return hashed(same_password(password))


def _keep(session: Session, staff_id: str, kept: str, now: datetime) -> None:
    row = session.get(StaffPassword, staff_id) or StaffPassword(staff_id=staff_id)
    row.hash, row.changed_at, row.failures, row.held_until = kept, now, 0, None
    session.add(row)
