"""Download tokens: 256 bits, shown once, kept as a hash, for one person and one corpus, revoked at once."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import AccessToken, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role

TOKEN_BYTES = 32
VALID_FOR = timedelta(days=90)
READERS: tuple[Role, ...] = ("ml", "manager", "operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownToken:
    """A token as its owner sees it later: without the secret."""

    id: str
    corpus: str
    created_at: datetime
    expires_at: datetime
    revoked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """Who downloads: the person behind a token or a sign-in; `key` is what connections are counted by."""

    actor: Actor
    key: str


def create_token(store: Store, actor: Actor, corpus: str, *, now: datetime) -> str:
    """Return a new token for this corpus, good for 90 days; only its hash is kept."""
    require_role(actor, *READERS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = AccessToken(
        id=str(uuid4()),
        token_sha256=_digest(token),
        staff_id=actor.id,
        corpus=corpus,
        created_at=now,
        expires_at=now + VALID_FOR,
    )
    with store.catalogue.write() as session:
        session.add(row)
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="token.made",
            object=f"token:{row.id}",
            detail={"corpus": corpus},
            now=now,
        )
    return token


def revoke_token(store: Store, actor: Actor, token_id: str, *, now: datetime) -> None:
    """End a token of one's own; the next request with it is refused."""
    with store.catalogue.write() as session:
        row = session.get(AccessToken, token_id)
        if row is None or row.staff_id != actor.id:
            raise not_found("token")
        row.revoked_at = row.revoked_at or now
        append_audit(
            session, actor=actor, action="token.revoked", object=f"token:{token_id}", detail={}, now=now
        )


def tokens_of(store: Store, actor: Actor, corpus: str, *, now: datetime) -> list[KnownToken]:
    """Return one's own tokens for a corpus that still work, newest first."""
    mine = (AccessToken.staff_id == actor.id, AccessToken.corpus == corpus)
    live = (AccessToken.revoked_at.is_(None), AccessToken.expires_at > now)
    with store.catalogue.read() as session:
        rows = session.scalars(
            select(AccessToken).where(*mine, *live).order_by(AccessToken.created_at.desc())
        )
        return [
            KnownToken(
                id=row.id,
                corpus=row.corpus,
                created_at=row.created_at,
                expires_at=row.expires_at,
                revoked=False,
            )
            for row in rows
        ]


def downloader_of(store: Store, token: str, corpus: str, *, now: datetime) -> Downloader:
    """Return who a token stands for; AccessError `auth.expired` when it is unknown, over, or for another."""
    with store.catalogue.read() as session:
        row = session.scalar(select(AccessToken).where(AccessToken.token_sha256 == _digest(token)))
        person = session.get(Staff, row.staff_id) if row else None
        if row is None or person is None or person.state != "active" or person.role not in READERS:
            raise AccessError("auth.expired", "this download token is not known")
        if row.revoked_at is not None or row.expires_at <= now or row.corpus != corpus:
            raise AccessError("auth.expired", "this download token is over, or for another corpus")
        role = next(known for known in READERS if known == person.role)
        return Downloader(actor=Actor(role=role, id=person.id), key=row.id)


def record_download(store: Store, who: Downloader, what: str, *, now: datetime) -> None:
    """Remember who fetched what, so that a withdrawal can be told to those who hold the data."""
    with store.catalogue.write() as session:
        append_audit(
            session,
            actor=who.actor,
            action="release.downloaded",
            object=what[:80],
            detail={"by": who.key},
            now=now,
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
