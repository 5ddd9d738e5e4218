"""Download tokens: 256 bits, shown once, kept as a hash, for one person, one corpus and one licence text."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.versions import parse_version
from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.errors import AccessError, ReleaseError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import AccessToken, Release, Staff
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
    licence: str | None
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloader:
    """Who downloads: the person behind a token or a sign-in; `key` is what connections are counted by."""

    actor: Actor
    key: str
    by_token: bool = False
    licence_sha256: str | None = None  # of the licence text the token was made under


def create_token(store: Store, actor: Actor, corpus: str, *, now: datetime) -> str:
    """Return a new token for this corpus, good for 90 days; only its hash is kept.

    It carries the licence text of the newest published version, which its owner accepts by asking for it.
    """
    require_role(actor, *READERS)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with store.catalogue.write() as session:
        licence, licence_sha256 = _newest_licence(session, corpus)
        row = AccessToken(
            id=str(uuid4()),
            token_sha256=_digest(token),
            staff_id=actor.id,
            corpus=corpus,
            created_at=now,
            expires_at=now + VALID_FOR,
            licence=licence,
            licence_sha256=licence_sha256,
        )
        session.add(row)
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="token.made",
            object=f"token:{row.id}",
            detail={"corpus": corpus, "licence_sha256": licence_sha256},
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


def require_licence(who: Downloader, licence_sha256: str | None) -> None:
    """Raise `release.licence` when a token was made under another licence text than this version's."""
    if who.by_token and who.licence_sha256 != licence_sha256:
        raise ReleaseError("release.licence", "the token was made under another licence than this version's")


def tokens_of(store: Store, actor: Actor, corpus: str | None = None, *, now: datetime) -> list[KnownToken]:
    """Return one's own tokens that still work, of one corpus or of all, newest first."""
    mine = [AccessToken.staff_id == actor.id]
    if corpus is not None:
        mine.append(AccessToken.corpus == corpus)
    live = (AccessToken.revoked_at.is_(None), AccessToken.expires_at > now)
    with store.catalogue.read() as session:
        rows = session.scalars(
            select(AccessToken).where(*mine, *live).order_by(AccessToken.created_at.desc())
        )
        return [
            KnownToken(
                id=row.id,
                corpus=row.corpus,
                licence=row.licence,
                created_at=row.created_at,
                expires_at=row.expires_at,
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
        actor = Actor(role=role, id=person.id)
        return Downloader(actor=actor, key=row.id, by_token=True, licence_sha256=row.licence_sha256)


def _newest_licence(session: Session, corpus: str) -> tuple[str | None, str | None]:
    """Return name and digest of the licence of the newest published version; nothing before there is one."""
    rows = session.execute(
        select(Release.version, Release.manifest, Release.summary).where(
            Release.corpus == corpus, Release.state == "published"
        )
    ).all()
    if not rows:
        return None, None
    _, manifest, summary = max(rows, key=lambda row: parse_version(row.version))
    kept = (manifest or {}).get("LICENSE", {}).get("sha256")
    return str((summary or {}).get("license"))[:60], None if kept is None else str(kept)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
