"""What was recorded: sittings, takes, chunks, blobs, segments, transcripts, clips."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from speechcorpus.store.models.base import Base, Id, Sha256, State


class Blob(Base):
    """Immutable bytes, known by their hash; the row follows the durable file, never leads it."""

    __tablename__ = "blob"

    sha256: Mapped[str] = mapped_column(Sha256, primary_key=True)
    bytes: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(State, default="ok")  # ok | quarantined | erased
    stored_at: Mapped[datetime]
    verified_at: Mapped[datetime | None] = mapped_column(index=True)


class Calibration(Base):
    """What turns dBFS into dB(A) for one microphone path: immutable."""

    __tablename__ = "calibration"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"))
    record: Mapped[dict[str, Any]] = mapped_column(JSON)
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON)  # sitting, takes, readings, our levels
    body_sha256: Mapped[str | None] = mapped_column(Sha256)  # None: not made through a browser
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime]


class Sitting(Base):
    """One stretch at the microphone."""

    __tablename__ = "sitting"

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # made in the browser
    contributor_id: Mapped[str] = mapped_column(ForeignKey("contributor.id"), index=True)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)
    band: Mapped[str] = mapped_column(String(8))
    device: Mapped[dict[str, Any]] = mapped_column(JSON)
    calibration_id: Mapped[str | None] = mapped_column(ForeignKey("calibration.id"))
    device_check_id: Mapped[str | None] = mapped_column(Id)  # as the browser says; the check may come later
    started_offline: Mapped[bool] = mapped_column(default=False)
    body_sha256: Mapped[str] = mapped_column(Sha256)  # of the registering body: same again is 200
    state: Mapped[str] = mapped_column(State, default="open")  # open | paused | closed | abandoned
    opened_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Take(Base):
    """One press of record on one track."""

    __tablename__ = "take"
    __table_args__ = (UniqueConstraint("sitting_id", "sequence", "track"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True)  # made in the browser
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    sequence: Mapped[int]
    track: Mapped[str] = mapped_column(String(8))  # main | room | check
    prompt_ids: Mapped[list[Any]] = mapped_column(JSON)
    rate_hz: Mapped[int]
    channels: Mapped[int]
    capture_path: Mapped[str] = mapped_column(String(12))
    first_sitting_sample: Mapped[int] = mapped_column(BigInteger)
    body_sha256: Mapped[str] = mapped_column(Sha256)
    state: Mapped[str] = mapped_column(State, default="receiving")  # receiving | stored | failed
    frames: Mapped[int | None] = mapped_column(BigInteger)
    master_sha256: Mapped[str | None] = mapped_column(ForeignKey("blob.sha256"))
    manifest: Mapped[str | None] = mapped_column(Text)  # canonical JSON as checked
    manifest_sha256: Mapped[str | None] = mapped_column(Sha256)
    created_at: Mapped[datetime]
    stored_at: Mapped[datetime | None]


class Chunk(Base):
    """Five seconds of a take, durable before the answer."""

    __tablename__ = "chunk"
    __table_args__ = (UniqueConstraint("take_id", "index"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"))
    index: Mapped[int]
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int]
    sha256: Mapped[str] = mapped_column(Sha256)
    received_at: Mapped[datetime]


class Segment(Base):
    """A span with one speaker and one transcript: the payable item."""

    __tablename__ = "segment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    take_id: Mapped[str] = mapped_column(ForeignKey("take.id"), index=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"), index=True)
    prompt_id: Mapped[str | None] = mapped_column(ForeignKey("prompt.id"))
    start_sample: Mapped[int] = mapped_column(BigInteger)
    end_sample: Mapped[int] = mapped_column(BigInteger)
    item_sha256: Mapped[str | None] = mapped_column(Sha256, index=True)  # of the item audio, by the worker
    chosen: Mapped[bool] = mapped_column(default=True)  # False: a later take or another segment counts
    speaker: Mapped[str | None] = mapped_column(String(40))  # the lane; None: whoever holds the claim
    version: Mapped[int] = mapped_column(default=1)  # of the span: grows with every cut, join and move
    gold: Mapped[bool] = mapped_column(default=False)  # its text is settled by three people
    created_at: Mapped[datetime]


class Revision(Base):
    """One saved text of a segment: append-only, numbered from 1."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("segment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"))
    number: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    author: Mapped[str] = mapped_column(String(60))  # Actor.name_for_audit
    created_at: Mapped[datetime]


class Clip(Base):
    """The release copy of an accepted segment: resampled and encoded once."""

    __tablename__ = "clip"

    segment_id: Mapped[str] = mapped_column(ForeignKey("segment.id"), primary_key=True)
    blob_sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    rate_hz: Mapped[int]
    frames: Mapped[int]
    encoder: Mapped[str] = mapped_column(String(60))
    created_at: Mapped[datetime]
