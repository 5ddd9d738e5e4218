"""What a member of staff can prove themselves with, and ending what another of their browsers may do."""

import hashlib
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import AccessError
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import KeyChallenge, LoginSession, Passkey, StaffPassword

Factor = Literal["link", "passkey", "password"]


def digest_of(token: str) -> str:
    """Return what is kept of a token: the catalogue opens no door."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def has_factor(session: Session, staff_id: str) -> bool:
    """Say whether a member of staff has a passkey or a password."""
    key = exists().where(Passkey.staff_id == staff_id, Passkey.removed_at.is_(None))
    word = exists().where(StaffPassword.staff_id == staff_id)
    return bool(session.scalar(select(key | word)))


def all_with_factors(session: Session) -> set[str]:
    """Return the ids of all staff who have a passkey or a password."""
    keys = select(Passkey.staff_id).where(Passkey.removed_at.is_(None))
    return set(session.scalars(keys)) | set(session.scalars(select(StaffPassword.staff_id)))


def require_live(session: Session, token: str) -> None:
    """Refuse a sign-in that was ended while its request waited.

    Raises
    ------
    AccessError : `auth.expired`
    """
    live = (LoginSession.token_sha256 == digest_of(token), LoginSession.revoked_at.is_(None))
    if session.scalar(select(LoginSession.id).where(*live)) is None:
        raise AccessError("auth.expired", "this sign-in was ended")


def end_other_sessions(session: Session, staff_id: str, keep: str | None, now: datetime) -> int:
    """End every sign-in of a member of staff but the one of the token `keep`; return how many there were."""
    live = [LoginSession.staff_id == staff_id, LoginSession.revoked_at.is_(None)]
    if keep is not None:
        live.append(LoginSession.token_sha256 != digest_of(keep))
    over = update(LoginSession).where(*live).values(revoked_at=now)
    return changed_rows(session.execute(over.execution_options(synchronize_session=False)))


def drop_factors(session: Session, staff_id: str | None, now: datetime) -> int:
    """Take every passkey and password of one member of staff away, or of all; return how many there were."""
    keys = update(Passkey).where(Passkey.removed_at.is_(None)).values(removed_at=now)
    words, asked = delete(StaffPassword), delete(KeyChallenge)
    if staff_id is not None:
        keys = keys.where(Passkey.staff_id == staff_id)
        words = words.where(StaffPassword.staff_id == staff_id)
        asked = asked.where(KeyChallenge.staff_id == staff_id)
    session.execute(asked)
    return changed_rows(session.execute(keys)) + changed_rows(session.execute(words))
