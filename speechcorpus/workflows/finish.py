"""Finishing a take: its chunks become one master, its prompts items, its contributor gets a receipt."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.audio.wav import canonical_header
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.canonical import canonical_json, parse_json, sha256_of
from speechcorpus.domain.errors import SittingError, StoreError
from speechcorpus.record.checks import Received, check_duration, check_manifest
from speechcorpus.record.manifest import Manifest, parse_manifest
from speechcorpus.record.take import next_state
from speechcorpus.record.upload import BYTES_PER_SAMPLE
from speechcorpus.store.audit import append_audit
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Chunk, Claim, Contributor, Sitting, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import held_take, own_take, require_contributor
from speechcorpus.workflows.claims_compare import compare_at_finish, compare_soon, keep_compared
from speechcorpus.workflows.leases import begin_work
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.receipts import kept_receipt, upload_receipt
from speechcorpus.workflows.segments import propose_segments
from speechcorpus.workflows.sittings import resume_abandoned
from speechcorpus.workflows.take_holds import TOO_LONG, hold_rate, hold_too_long, note_master, pass_too_long
from speechcorpus.workflows.take_pairs import ask_for_pairs

ASSEMBLED_AT_ONCE_BYTES = 16 * 2**20
IMPORTED = "import"  # made elsewhere: no browser claimed anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What a finish request came to; hash and receipt are None while a job assembles the take (202)."""

    state: str
    take_sha256: str | None
    receipt: Mapping[str, Any] | None


def finish_take(store: Store, actor: Actor, take_id: str, document: object, *, now: datetime) -> Finished:
    """Close a take whose chunks are all here; the same manifest always gives the same receipt.

    Takes up to 16 MiB are assembled at once, longer ones by the job `assemble_take`.

    Parameters
    ----------
    document : the manifest as decoded JSON

    Raises
    ------
    AccessError : `not-found`, `consent.withdrawn`
    SittingError : `manifest.*`, `take.frames`, `take.incomplete`, `take.too-long`, `chunk.length`, or
        `id.conflict` for another manifest than the first; the take stays as it was, one that is too long is
        shown to a person besides
    """
    try:
        return _finish(store, actor, take_id, document, now=now)
    except SittingError as refusal:
        if refusal.code == TOO_LONG:
            hold_too_long(store, take_id, refusal, now=now)
        raise


def _finish(store: Store, actor: Actor, take_id: str, document: object, *, now: datetime) -> Finished:
    manifest, text, manifest_sha256 = (
        parse_manifest(document),
        canonical_json(document).decode(),
        sha256_of(document),
    )
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        take, sitting = own_take(session, actor, take_id, lock=True)
        known = _known(session, take, manifest_sha256)
        if known is not None:
            return known
        _return_failed(session, actor, take, sitting, now)
        check_manifest(manifest, _received(session, take))
        check_duration(manifest.frames, manifest.rate_hz, _elapsed(session, sitting, now))
        if _pcm_bytes(manifest) > ASSEMBLED_AT_ONCE_BYTES:
            take.manifest, take.manifest_sha256 = text, manifest_sha256
            enqueue(session, "assemble_take", {"take_id": take_id}, now=now)
            return Finished(state=take.state, take_sha256=None, receipt=None)
    _require_true_hash(store, take_id, manifest)
    return _store_master(store, take_id, manifest, text, now)


def assemble_take(store: Store, take_id: str, now: datetime) -> None:
    """Assemble a long take whose manifest was checked when it was finished; a job, safe to run again.

    A manifest with a false `take_sha256` is forgotten but for its hash: the browser's next finish is told.
    """
    with store.catalogue.read() as session:
        take = session.get_one(Take, take_id)
    if take.state == "stored" or take.manifest is None:
        return
    manifest = parse_manifest(parse_json(take.manifest))
    try:
        _require_true_hash(store, take_id, manifest)
    except SittingError as refusal:
        _forget_manifest(store, take_id, refusal, now)
        return
    _store_master(store, take_id, manifest, take.manifest, now)


def _return_failed(session: Session, actor: Actor, take: Take, sitting: Sitting, now: datetime) -> None:
    """Take a take back whose sitting was abandoned after its last chunk had come: only this was missing."""
    if take.state != "failed":
        return
    take.state = next_state(take.state, "return")
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    if sitting.state == "abandoned" and claim is not None and claim.state == "active":
        resume_abandoned(session, actor, sitting, now)
    append_audit(session, actor=actor, action="take.receiving", object=f"take:{take.id}", detail={}, now=now)


def _known(session: Session, take: Take, manifest_sha256: str) -> Finished | None:
    """Return the answer that this manifest was given before, None for a take that is still open."""
    if take.manifest_sha256 is None or (take.manifest is None and take.manifest_sha256 != manifest_sha256):
        return None
    if take.manifest_sha256 != manifest_sha256:
        raise SittingError("id.conflict", f"take {take.id} was finished with another manifest", id=take.id)
    if take.manifest is None:
        raise _false_hash(take.id)
    receipt = kept_receipt(session, "upload", take.id)
    return Finished(state=take.state, take_sha256=take.master_sha256, receipt=receipt)


def _false_hash(take_id: str) -> SittingError:
    return SittingError("manifest.take-sha256", "the take's bytes have another hash", take=take_id)


def _received(session: Session, take: Take) -> Received:
    chunks = session.execute(select(Chunk.index, Chunk.length, Chunk.sha256).where(Chunk.take_id == take.id))
    return Received(
        take=take.id,
        sitting=take.sitting_id,
        rate_hz=take.rate_hz,
        channels=take.channels,
        capture_path=take.capture_path,
        prompt_ids=tuple(cast(list[str], take.prompt_ids)),
        chunks={index: (length, sha256) for index, length, sha256 in chunks},
    )


def _elapsed(session: Session, sitting: Sitting, now: datetime) -> timedelta:
    """Return the time the take can have lasted: since the sitting began, offline since the claim.

    A sound check that was held offline has no claim: it may be as old as the account.
    """
    if sitting.started_offline and sitting.claim_id is not None:
        return now - session.get_one(Claim, sitting.claim_id).claimed_at
    if sitting.started_offline:
        return now - session.get_one(Contributor, sitting.contributor_id).created_at
    return now - sitting.opened_at


def _pcm_bytes(manifest: Manifest) -> int:
    return manifest.frames * manifest.channels * BYTES_PER_SAMPLE


def _master(store: Store, take_id: str, manifest: Manifest) -> Iterator[bytes]:
    """Yield the bytes of the canonical WAV file: 44 bytes of header, then the chunks in order."""
    yield canonical_header(rate_hz=manifest.rate_hz, channels=manifest.channels, frames=manifest.frames)
    for index, sha256 in enumerate(manifest.chunks):
        data = store.incoming.read(take_id, index, sha256)
        if hashlib.sha256(data).hexdigest() != sha256:
            raise StoreError("chunk.damaged", f"chunk {index} of {take_id} is damaged here", index=index)
        yield data


def _require_true_hash(store: Store, take_id: str, manifest: Manifest) -> None:
    digest = hashlib.sha256()
    for block in _master(store, take_id, manifest):
        digest.update(block)
    if digest.hexdigest() != manifest.take_sha256:
        raise _false_hash(take_id)


def _forget_manifest(store: Store, take_id: str, refusal: SittingError, now: datetime) -> None:
    with store.catalogue.write() as session:
        take = session.get_one(Take, take_id, with_for_update=True)
        take.manifest = None  # its hash stays: the same manifest is refused at once
        append_audit(
            session,
            actor="worker",
            action="take.refused",
            object=f"take:{take_id}",
            detail={"code": refusal.code},
            now=now,
        )


def _store_master(store: Store, take_id: str, manifest: Manifest, text: str, now: datetime) -> Finished:
    """Make the master durable, then commit take, items, jobs and receipt together."""
    master_sha256 = store.blobs.put_stream(_master(store, take_id, manifest))
    with store.catalogue.write() as session:
        take, _ = held_take(session, take_id)
        sitting = session.get_one(Sitting, take.sitting_id)
        if take.state == "stored":  # another request was first
            return cast(Finished, _known(session, take, sha256_of(parse_json(text))))
        elapsed_s = _elapsed(session, sitting, now).total_seconds()
        compared = compare_at_finish(take, manifest, master_sha256=master_sha256, elapsed_s=elapsed_s)
        held = next((each for each in compared if each.says == "held"), None)
        size = 44 + _pcm_bytes(manifest)
        set_apart = note_master(session, master_sha256, size=size, held=held is not None, now=now)
        take.state = next_state(take.state, "finish")
        take.frames, take.master_sha256, take.stored_at = manifest.frames, master_sha256, now
        take.manifest, take.manifest_sha256 = text, sha256_of(parse_json(text))
        session.flush()
        _start_clock(session, sitting)
        keep_compared(session, take, compared, now=now)
        pass_too_long(session, take_id, now=now)
        segments: list[str] = []
        if held is not None:
            hold_rate(session, take, held, now=now)
        else:
            segments = propose_segments(session, take, sitting, manifest, now=now)
            enqueue_measuring(session, take, segments, now)
        receipt = _audited_receipt(session, store, take, sitting, segments, now)
    if set_apart:
        store.blobs.quarantine(master_sha256)  # after its row: killed in between, nothing refers to the file
    return Finished(state="stored", take_sha256=master_sha256, receipt=receipt)


def _start_clock(session: Session, sitting: Sitting) -> None:
    """The first stored take of the holder ends the time to start; from then on the time to work counts."""
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    is_holder = claim is not None and claim.contributor_id == sitting.contributor_id
    if claim is not None and is_holder and claim.state == "active":
        begin_work(session, claim, terms_by_hash(session, claim.terms_sha256))


def enqueue_measuring(session: Session, take: Take, segments: list[str], now: datetime) -> None:
    """Ask for all that a worker has to hear in a stored take."""
    if take.track == "room":
        enqueue(session, "measure_take", {"take_id": take.id}, now=now)
    if take.track == "check":
        enqueue(session, "measure_check", {"take_id": take.id}, now=now)
    for segment_id in segments:
        enqueue(session, "measure_item", {"segment_id": segment_id}, now=now)
    ask_for_pairs(session, take, now=now)
    if take.capture_path != IMPORTED:
        compare_soon(session, take.id, now=now)


def _audited_receipt(
    session: Session, store: Store, take: Take, sitting: Sitting, segments: list[str], now: datetime
) -> Mapping[str, Any]:
    append_audit(
        session,
        actor=Actor(role="contributor", id=sitting.contributor_id),
        action="take.stored",
        object=f"take:{take.id}",
        detail={"take_sha256": take.master_sha256, "frames": take.frames, "segments": segments},
        now=now,
    )
    return upload_receipt(session, store, take, sitting, now=now)
