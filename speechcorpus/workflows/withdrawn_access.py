"""Ending what lets somebody in: sign-ins and invite links."""

import hashlib
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Credential, LoginSession


def end_access(session: Session, contributor_id: str, *, keep: str | None, now: datetime) -> None:
    """End every sign-in of a person and every invite link they have not used.

    Parameters
    ----------
    keep : token of the one sign-in that stays, so that whoever asked sees the receipt
    """
    kept = hashlib.sha256(keep.encode("utf-8", "surrogatepass")).hexdigest() if keep else None
    live = (LoginSession.contributor_id == contributor_id, LoginSession.revoked_at.is_(None))
    for row in session.scalars(select(LoginSession).where(*live)).all():
        if row.token_sha256 != kept:
            row.revoked_at = now
    unused = (Credential.contributor_id == contributor_id, Credential.used_at.is_(None))
    for link in session.scalars(select(Credential).where(*unused)).all():
        link.expires_at = min(link.expires_at, now)
    session.flush()
