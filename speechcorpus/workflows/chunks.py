"""Chunks: five seconds of a take, durable before they are acknowledged."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.record.take import MAX_TAKE_BYTES, MAX_TAKE_S, next_state
from speechcorpus.record.upload import BYTES_PER_SAMPLE, CHUNK_S, check_chunk, chunk_event
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Chunk
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, own_take, require_contributor
from speechcorpus.workflows.chunk_rows import KeptRow, NewRow, Place, add_row, day_is_full, own_place
from speechcorpus.workflows.consents import ACTIVE_TOGETHER, require_consent
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.projects import known_terms, terms_by_hash
from speechcorpus.workflows.second_bodies import keep_second_body
from speechcorpus.workflows.sittings import DAY_QUOTA_S, resume_abandoned

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
        `chunk.length`, `chunk.hash`; `chunk.conflict` keeps the first second bodies of a take in quarantine
    """
    place = own_place(store, actor, take_id, sent.index, now=now)
    _require_consent(store, actor, place)
    if place.kept is None:
        _require_receiving(place.state, place.finished, sent)
        _check_quota(store, actor, place, sent, now)
    data = _checked_body(place, sent)
    kept, created = place.kept, False
    if kept is None:
        store.incoming.keep(take_id, sent.index, sent.sha256, data, hashed=True)
        write = partial(_write_row, actor=actor, place=place, sent=sent, now=now)
        kept, created = store.catalogue.write_together(write)
    _require_same(store, actor, take_id, kept, sent, data, now)
    return KeptChunk(created=created, index=sent.index, sha256=kept.sha256, received_at=kept.received_at)


def _require_consent(store: Store, actor: Actor, place: Place) -> None:
    if place.terms_sha256 is None or _consents(store, actor, known_terms(place.terms_sha256)):
        return
    with store.catalogue.read() as session:
        require_consent(session, actor.id, terms_by_hash(session, place.terms_sha256))


def _consents(store: Store, actor: Actor, terms: Terms | None) -> bool:
    """Say whether a person agrees to all of known terms, by one plain query as each chunk asks it."""
    if terms is None:
        return False
    row = store.catalogue.look(ACTIVE_TOGETHER, {"who": actor.id, "under": terms.consent.sha256})
    return row is not None and set(terms.consent.purposes) <= set((row.purposes or "").split(","))


def _require_receiving(state: str, finished: bool, sent: SentChunk) -> None:
    if state == "stored" or finished:
        raise SittingError(
            "take.stored", f"the take is finished, chunk {sent.index} is not in it", index=sent.index
        )


def _check_quota(store: Store, actor: Actor, place: Place, sent: SentChunk, now: datetime) -> None:
    if _is_too_old(store, place, now):
        raise SittingError("sitting.too-old", "chunks are taken for 30 days", sitting=place.sitting_id)
    end_s = (sent.index + 1) * CHUNK_S
    if end_s > MAX_TAKE_S or end_s * place.rate_hz * 2 * place.channels > MAX_TAKE_BYTES:
        raise SittingError("quota.take", "the take is longer than 4 h", limit_s=MAX_TAKE_S)
    if day_is_full(store, actor, place, DAY_QUOTA_S, now):
        raise SittingError("quota.day", "12 h of audio a day are the most", limit_s=DAY_QUOTA_S)


def _is_too_old(store: Store, place: Place, now: datetime) -> bool:
    """Say whether a sitting's chunks are taken no more; what the house lost since it began is added."""
    end = place.opened_at + timedelta(days=CHUNKS_TAKEN_D)
    if now <= end:
        return False
    with store.catalogue.read() as session:
        return now > end + lost_since(session, place.opened_at)


def _checked_body(place: Place, sent: SentChunk) -> bytes:
    check_chunk(
        index=sent.index,
        length=sent.length,
        first_sample=sent.first_sample,
        frames=sent.frames,
        rate_hz=place.rate_hz,
        channels=place.channels,
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
    session: Session, *, actor: Actor, place: Place, sent: SentChunk, now: datetime
) -> tuple[KeptRow, bool]:
    """Write the row of a durable chunk; return it, or the one that was first, and whether it is new."""
    offset = sent.first_sample * BYTES_PER_SAMPLE * place.channels
    new = NewRow(index=sent.index, offset=offset, length=sent.length, sha256=sent.sha256)
    if not add_row(session, actor, place, new, now):
        first = _in_the_way(session, actor, place, sent, now)
        if first is not None:
            return KeptRow(sha256=first.sha256, received_at=first.received_at), False
        if not add_row(session, actor, place, new, now):
            raise not_found("take")
    return KeptRow(sha256=sent.sha256, received_at=now), True


def _in_the_way(session: Session, actor: Actor, place: Place, sent: SentChunk, now: datetime) -> Chunk | None:
    """Return the chunk that came first; else open an abandoned sitting and its take for what comes late."""
    take, sitting = own_take(session, actor, place.take_id, lock=True)
    require_contributor(session, actor)
    first = session.scalar(select(Chunk).where(Chunk.take_id == take.id, Chunk.index == sent.index))
    if first is not None:
        return first
    _require_receiving(take.state, take.manifest is not None, sent)
    resume_abandoned(session, actor, sitting, now)
    if take.state == "failed":
        take.state = next_state(take.state, "return")
        _audit(session, actor, take.id, "take.receiving", now, {})
    session.flush()
    return None


def _require_same(
    store: Store, actor: Actor, take_id: str, kept: KeptRow, sent: SentChunk, data: bytes, now: datetime
) -> None:
    try:
        chunk_event(kept.sha256, sent.sha256, index=sent.index)
    except SittingError:
        keep_second_body(
            store, actor, take_id, data, index=sent.index, kept=kept.sha256, sha256=sent.sha256, now=now
        )
        raise


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
