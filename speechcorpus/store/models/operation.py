"""What keeps the house running and accountable: jobs, receipts, audit, releases, download tokens."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class Job(Base):
    """Work for a worker, enqueued in the transaction of the event that caused it."""

    __tablename__ = "job"
    __table_args__ = (Index("ix_job_due", "state", "run_after"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(State, default="queued")  # queued | running | done | dead
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=5)
    owner: Mapped[str | None] = mapped_column(String(80))
    fence: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    run_after: Mapped[datetime]
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class Receipt(Base):
    """A signed statement that belongs to the contributor: append-only."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("kind", "subject_id", "number"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    subject_id: Mapped[str] = mapped_column(Id)  # take, claim …
    number: Mapped[int] = mapped_column(default=1, server_default="1")  # of this kind about this subject
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    document: Mapped[str] = mapped_column(Text)  # canonical JSON with its signature
    created_at: Mapped[datetime]


class Audit(Base):
    """The hash-chained log of every edge: hash = SHA-256(previous hash + canonical row)."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_action", "action", "seq"), Index("ix_audit_object", "object", "seq"))

    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    action: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(80))
    detail: Mapped[str] = mapped_column(Text)  # canonical JSON
    prev: Mapped[str] = mapped_column(Sha256)
    hash: Mapped[str] = mapped_column(Sha256)


class CorpusName(Base):
    """The pseudonymous id an object carries in a corpus: given once, never used again."""

    __tablename__ = "corpus_name"
    __table_args__ = (UniqueConstraint("corpus", "name"),)

    corpus: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)  # speaker | session | utterance | consent
    object_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(40))


class Release(Base):
    """One version of one corpus: its builder does not approve it; a published manifest never changes."""

    __tablename__ = "release"
    __table_args__ = (
        UniqueConstraint("corpus", "version"),
        CheckConstraint("approved_by IS NULL OR approved_by <> built_by", name="two_people"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("project.id"))
    corpus: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(State)  # draft | planned | building | built | published | failed
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    released_on: Mapped[str] = mapped_column(String(10))
    corpus_id: Mapped[str | None] = mapped_column(Sha256)
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # hours, clips, excluded, bundle sizes
    manifest: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # path -> {sha256, bytes, bundle}
    error: Mapped[str | None] = mapped_column(Text)
    built_by: Mapped[str] = mapped_column(String(60))
    approved_by: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]


class ReleaseItem(Base):
    """Which clip went into which release."""

    __tablename__ = "release_item"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    utt_id: Mapped[str] = mapped_column(String(40))
    split: Mapped[str] = mapped_column(String(8))


class ReleaseDelta(Base):
    """What leads from an earlier version to a release: kept as a blob, gone with the first withdrawal."""

    __tablename__ = "release_delta"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)  # where it leads to
    from_version: Mapped[str] = mapped_column(String(24), primary_key=True)
    sha256: Mapped[str] = mapped_column(Sha256)
    bytes: Mapped[int] = mapped_column(BigInteger)
    made_at: Mapped[datetime]


class AccessToken(Base):
    """A download token of one person for one corpus under one licence text; only its hash is kept."""

    __tablename__ = "access_token"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(Sha256, unique=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    corpus: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    licence: Mapped[str | None] = mapped_column(String(60))  # what was accepted, as the card names it
    licence_sha256: Mapped[str | None] = mapped_column(Sha256)  # of the LICENSE text that was accepted


class Download(Base):
    """Who holds which part of which version: whom a withdrawal has to reach."""

    __tablename__ = "download"

    release_id: Mapped[str] = mapped_column(ForeignKey("release.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(String(60), primary_key=True)  # a token's id, or staff:<id>
    part: Mapped[str] = mapped_column(String(40), primary_key=True)  # bundle:core | delta:1.0.0 | files
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class Upkeep(Base):
    """When the house was last looked after, one row a kind, and what that came to."""

    __tablename__ = "upkeep"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)  # scrub | backup | restore
    at: Mapped[datetime]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
