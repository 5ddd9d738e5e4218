"""Chunks: five seconds of a take, durable before they are acknowledged."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.take import MAX_TAKE_BYTES, MAX_TAKE_S, next_state
from speechcorpus.record.upload import CHUNK_S, check_chunk, chunk_event
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Blob, Chunk, Sitting, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_take, require_contributor
from speechcorpus.workflows.sittings import DAY_QUOTA_S, audio_of_day_s, resume_abandoned
from speechcorpus.workflows.takes import require_may_record

CHUNKS_TAKEN_D = 30  # after the sitting began


@dataclass(frozen=True, slots=True, kw_only=True)
class SentChunk:
    """What a request says of its chunk; `read` gives the bytes once everything else is in order."""

    index: int
    length: int  # Content-Length
    sha256: str  # Content-Digest
    first_sample: int
    frames: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptChunk:
    """A chunk that is durable: new (201) or the same as before (200)."""

    created: bool
    index: int
    sha256: str
    received_at: datetime


def append_chunk(store: Store, actor: Actor, take_id: str, sent: SentChunk, *, now: datetime) -> KeptChunk:
    """Keep five seconds of a take, durable before this returns.

    Checked in this order: ownership, state of the take, quota, length of the body, its SHA-256; then the
    file, then the row.

    Raises
    ------
    AccessError : `not-found`, `consent.withdrawn`
    SittingError : `take.stored`, `quota.day`, `quota.take`, `sitting.too-old`, `chunk.truncated`,
        `chunk.length`, `chunk.hash`; `chunk.conflict` keeps the second body in quarantine
    """
    with store.catalogue.read() as session:
        take, sitting = own_take(session, actor, take_id)
        require_contributor(session, actor)
        require_may_record(session, sitting)
        kept = _kept_chunk(session, take, sent)
        if kept is None:
            _require_receiving(take, sent)
            _check_quota(session, actor, take, sitting, sent, now)
    data = _checked_body(take, sent)
    created = False
    if kept is None:
        store.incoming.keep(take_id, sent.index, sent.sha256, data)
        kept, created = _write_row(store, actor, take_id, sent, now)
    _require_same(store, actor, take_id, kept, sent, data, now)
    return KeptChunk(created=created, index=kept.index, sha256=kept.sha256, received_at=kept.received_at)


def _kept_chunk(session: Session, take: Take, sent: SentChunk) -> Chunk | None:
    here = (Chunk.take_id == take.id, Chunk.index == sent.index)
    return session.scalar(select(Chunk).where(*here))


def _require_receiving(take: Take, sent: SentChunk) -> None:
    if take.state == "stored" or take.manifest is not None:
        raise SittingError(
            "take.stored", f"the take is finished, chunk {sent.index} is not in it", index=sent.index
        )


def _check_quota(
    session: Session, actor: Actor, take: Take, sitting: Sitting, sent: SentChunk, now: datetime
) -> None:
    if now > sitting.opened_at + timedelta(days=CHUNKS_TAKEN_D):
        raise SittingError("sitting.too-old", "chunks are taken for 30 days", sitting=sitting.id)
    end_s = (sent.index + 1) * CHUNK_S
    if end_s > MAX_TAKE_S or end_s * take.rate_hz * 2 * take.channels > MAX_TAKE_BYTES:
        raise SittingError("quota.take", "the take is longer than 4 h", limit_s=MAX_TAKE_S)
    if audio_of_day_s(session, actor.id, now) + CHUNK_S > DAY_QUOTA_S:
        raise SittingError("quota.day", "12 h of audio a day are the most", limit_s=DAY_QUOTA_S)


def _checked_body(take: Take, sent: SentChunk) -> bytes:
    check_chunk(
        index=sent.index,
        length=sent.length,
        first_sample=sent.first_sample,
        frames=sent.frames,
        rate_hz=take.rate_hz,
        channels=take.channels,
    )
    data = sent.read()
    if len(data) != sent.length:
        raise SittingError(
            "chunk.truncated",
            f"{len(data)} of {sent.length} bytes came",
            received=len(data),
            announced=sent.length,
        )
    if hashlib.sha256(data).hexdigest() != sent.sha256:
        raise SittingError("chunk.hash", f"chunk {sent.index} does not match its digest", index=sent.index)
    return data


def _write_row(
    store: Store, actor: Actor, take_id: str, sent: SentChunk, now: datetime
) -> tuple[Chunk, bool]:
    """Write the row of a durable chunk; return it, or the one that was first, and whether it is new."""
    with store.catalogue.write() as session:
        take, sitting = own_take(session, actor, take_id, lock=True)
        first = _kept_chunk(session, take, sent)
        if first is not None:
            return first, False
        _require_receiving(take, sent)
        resume_abandoned(session, actor, sitting, now)
        if take.state == "failed":
            take.state = next_state(take.state, "return")
            _audit(session, actor, take_id, "take.receiving", now, {})
        row = Chunk(
            take_id=take_id,
            index=sent.index,
            offset=sent.first_sample * 2 * take.channels,
            length=sent.length,
            sha256=sent.sha256,
            received_at=now,
        )
        session.add(row)
        sitting.last_seen_at = max(sitting.last_seen_at, now)
        session.flush()
        return row, True


def _require_same(
    store: Store, actor: Actor, take_id: str, kept: Chunk, sent: SentChunk, data: bytes, now: datetime
) -> None:
    try:
        chunk_event(kept.sha256, sent.sha256, index=sent.index)
    except SittingError:
        _keep_conflict(store, actor, take_id, kept, data, now)
        raise


def _keep_conflict(store: Store, actor: Actor, take_id: str, kept: Chunk, data: bytes, now: datetime) -> None:
    """Put the second body where nothing reads it and tell the audit log both hashes: a person looks."""
    sha256 = store.blobs.put_bytes(data)
    with store.catalogue.write() as session:
        known = session.get(Blob, sha256)
        note_blob(session, sha256, size=len(data), state="quarantined", now=now)
        detail = {"index": kept.index, "kept": kept.sha256, "received": sha256}
        _audit(session, actor, take_id, "chunk.conflict", now, detail)
    if known is None or known.state == "quarantined":
        store.blobs.quarantine(sha256)


def chunks_of(store: Store, actor: Actor, take_id: str) -> tuple[str, dict[int, str]]:
    """Return the state of a take and the hashes of its chunks by index."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        rows = session.execute(
            select(Chunk.index, Chunk.sha256).where(Chunk.take_id == take_id).order_by(Chunk.index)
        )
        return take.state, {int(index): str(sha256) for index, sha256 in rows}


def _audit(
    session: Session, actor: Actor, take_id: str, action: str, now: datetime, detail: Mapping[str, object]
) -> None:
    append_audit(session, actor=actor, action=action, object=f"take:{take_id}", detail=detail, now=now)
