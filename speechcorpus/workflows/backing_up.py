"""Backup: a consistent copy of a data folder, made while people record.

The order makes it consistent. The catalogue comes first, as it is at one moment; a row is only written once
its bytes are durable, so every recording a row of that moment names is on the disk, and is copied afterwards;
so are the texts of consent, which have no row of their own but are named by those who agreed to them.
What was erased meanwhile is named by the tombstones, which are copied last.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.audit import AuditHead, append_audit, audit_head
from speechcorpus.store.blobs import LocalBlobs, blocks_of, sync_folder
from speechcorpus.store.incoming import Incoming
from speechcorpus.store.migrations import version_gap
from speechcorpus.store.models import Blob, Chunk, Consent, Take
from speechcorpus.store.receipt_keys import IN_USE as RECEIPT_KEY
from speechcorpus.store.sealed_keys import key_files, seal
from speechcorpus.store.snapshots import sha256_of, snapshot
from speechcorpus.store.store import Store
from speechcorpus.workflows.backup_layout import (
    PARTIAL,
    SEALED,
    BackupFacts,
    Keys,
    blob_path,
    link_or_copy,
    read_facts,
    write_facts,
)
from speechcorpus.workflows.chunk_rows import is_arriving
from speechcorpus.workflows.release_keys import IN_USE as RELEASE_KEY
from speechcorpus.workflows.release_keys import LISTED as RELEASE_KEYS
from speechcorpus.workflows.release_keys import key_list
from speechcorpus.workflows.signing_keys import LISTED as RECEIPT_KEYS
from speechcorpus.workflows.signing_keys import signing_keys
from speechcorpus.workflows.tombstones import NAME as TOMBSTONES
from speechcorpus.workflows.upkeep import note_upkeep

TEXT = "text"  # stands for the state of a blob that consents name, and no row of its own
TLS = ("ca.key", "ca.pem")  # phones trust this authority; its leaf is made anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a backup is to be made."""

    earlier: Path | None = None  # a backup on the same disk whose blobs are linked instead of copied
    link: bool = False  # link blobs of the live folder: no second copy, but in an instant
    passphrase: str | None = None  # seals the private keys; without it they are left out


@dataclass(slots=True, kw_only=True)
class _Work:
    """What is being made."""

    folder: Path
    wanted: Wanted
    live: LocalBlobs
    incoming: Incoming
    blobs: int = 0
    bytes: int = 0
    reused: int = 0
    chunks: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    """What the catalogue named at the moment of the backup."""

    blobs: Sequence[tuple[str, int, str]]  # digest, bytes, state
    texts: Sequence[str]  # digests of what people agreed to
    chunks: Sequence[tuple[str, int, str]]  # take, index, digest
    audit: AuditHead
    revision: str


def back_up(store: Store, target: Path, wanted: Wanted, *, now: datetime) -> BackupFacts:
    """Make a backup in `target`, which must not be there; return what it holds.

    It is there under its name only when it is whole; what a killed one left, `target.partial`, is replaced.

    Raises
    ------
    StoreError : `backup.exists`, `backup.blobs` when recordings are in an object store, `backup.pg-dump`,
        `backup.passphrase`; `backup.none` when `earlier` is no whole backup
    """
    work = _begin(store, target, wanted)
    with snapshot(store.catalogue, work.folder) as (catalogue, session):
        moment = _moment(session)
    _copy_chunks(store, work, moment)
    _copy_blobs(store, work, moment)
    keys = _copy_keys(store, work)
    if (store.data_dir / TOMBSTONES).exists():
        shutil.copyfile(store.data_dir / TOMBSTONES, work.folder / TOMBSTONES)
    os.sync()  # once for all files; only then is it called a backup
    facts = _facts(store, work, moment, catalogue, keys, now)
    write_facts(work.folder, facts)
    work.folder.rename(target)
    sync_folder(target.parent)
    _note(store, facts, now)
    return facts


def _begin(store: Store, target: Path, wanted: Wanted) -> _Work:
    if target.exists():
        raise StoreError("backup.exists", f"{target} is there already: name a folder that is not")
    if not isinstance(store.blobs, LocalBlobs) or not isinstance(store.incoming, Incoming):
        raise StoreError(
            "backup.blobs",
            "the recordings are in an object store: let it keep versions or a replica of the bucket; "
            "this command copies folders",
        )
    if wanted.earlier is not None:
        _require_whole(wanted.earlier)
    store.catalogue.check_version()
    folder = target.with_name(target.name + PARTIAL)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, mode=0o700)
    return _Work(folder=folder, wanted=wanted, live=store.blobs, incoming=store.incoming)


def _require_whole(earlier: Path) -> None:
    if earlier.name.endswith(PARTIAL):
        raise StoreError(
            "backup.none", f"{earlier} was cut short: name a whole backup, or leave --earlier out"
        )
    read_facts(earlier)


def _moment(session: Session) -> _Moment:
    blobs = session.execute(select(Blob.sha256, Blob.bytes, Blob.state).order_by(Blob.sha256)).all()
    texts = session.scalars(select(Consent.text_sha256).distinct().order_by(Consent.text_sha256)).all()
    chunks = session.execute(
        select(Chunk.take_id, Chunk.index, Chunk.sha256)
        .join(Take, Take.id == Chunk.take_id)
        .where(Take.master_sha256.is_(None))
        .order_by(Chunk.take_id, Chunk.index)
    ).all()
    revision, _ = version_gap(session.connection())
    return _Moment(
        blobs=[(sha256, size, state) for sha256, size, state in blobs],
        texts=texts,
        chunks=[(take_id, index, sha256) for take_id, index, sha256 in chunks],
        audit=audit_head(session),
        revision=str(revision),
    )


def _copy_chunks(store: Store, work: _Work, moment: _Moment) -> None:
    """Copy the chunks of takes that have no master yet; the few minutes of now."""
    for take_id, index, sha256 in moment.chunks:
        source = work.incoming.path_of(take_id, index, sha256)
        target = work.folder / "incoming" / take_id / source.name
        fault = _copied(source, target, sha256)
        work.chunks += fault is None
        if fault and _is_arriving(store, take_id):
            work.faults.append(f"chunk.{fault} take:{take_id}/{index}")


def _is_arriving(store: Store, take_id: str) -> bool:
    with store.catalogue.read() as session:
        return is_arriving(session, take_id)


def _copy_blobs(store: Store, work: _Work, moment: _Moment) -> None:
    for sha256, state in _all_blobs(work, moment):
        source, target = _source(work.live, sha256), blob_path(work.folder, sha256)
        if _reuse(work, source, target, sha256):
            work.reused += 1
        elif fault := _copied(source, target, sha256):
            if _is_fault(store, sha256, state, fault):
                work.faults.append(f"blob.{fault} blob:{sha256}")
            continue
        work.blobs += 1
        work.bytes += target.stat().st_size


def _all_blobs(work: _Work, moment: _Moment) -> Iterator[tuple[str, str]]:
    """Yield what the rows of the moment name, texts of consent too, then what no row names."""
    named = dict.fromkeys(moment.texts, TEXT) | {sha256: state for sha256, _, state in moment.blobs}
    yield from ((sha256, state) for sha256, state in named.items() if state != "erased")
    yield from ((sha256, "") for sha256 in work.live.digests() if sha256 not in named)


def _is_fault(store: Store, sha256: str, state: str, fault: str) -> bool:
    """Say whether what could not be kept is a loss; without a row, what is gone was not to be kept."""
    if state == "":
        return fault == "rotten"
    return state == TEXT or (state == "ok" and not _was_erased(store, sha256))


def _source(live: LocalBlobs, sha256: str) -> Path:
    path = live.path_of(sha256)
    return path if path.exists() else live.quarantined_path(sha256)


def _was_erased(store: Store, sha256: str) -> bool:
    with store.catalogue.read() as session:
        row = session.get(Blob, sha256)
        return row is None or row.state == "erased"


def _reuse(work: _Work, source: Path, target: Path, sha256: str) -> bool:
    """Link a blob instead of copying it: from the backup before, or from the live folder when asked to."""
    places = [source] if work.wanted.link else []
    if work.wanted.earlier is not None:
        places.append(blob_path(work.wanted.earlier, sha256))
    for place in places:
        if place.is_file() and source.is_file() and place.stat().st_size == source.stat().st_size:
            link_or_copy(place, target)
            return True
    return False


def _copied(source: Path, target: Path, sha256: str) -> str | None:
    """Copy a file and hash it on the way; return what is wrong with it, and then keep no copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with target.open("xb") as file:
            for block in blocks_of(source):
                digest.update(block)
                file.write(block)
    except FileNotFoundError:
        target.unlink(missing_ok=True)
        return "missing"
    if digest.hexdigest() == sha256:
        return None
    target.unlink()
    return "rotten"


def _copy_keys(store: Store, work: _Work) -> Keys:
    public, secret = key_files(store.data_dir / "keys")
    tls = store.data_dir / "tls"
    secret = {**secret, **{f"tls/{name}": (tls / name).read_bytes() for name in TLS if (tls / name).exists()}}
    (work.folder / "keys").mkdir()
    for name, data in {**_lists(store), **public}.items():
        (work.folder / "keys" / name).write_bytes(data)
    if not secret:
        return "none"
    if work.wanted.passphrase is None:
        return "left-out"
    (work.folder / SEALED).write_bytes(seal(secret, work.wanted.passphrase))
    return "sealed"


def _lists(store: Store) -> Mapping[str, bytes]:
    """Return the lists of public keys, also of a house that has had one of each: receipts verify by them."""
    folder, found = store.data_dir / "keys", dict[str, bytes]()
    if (folder / RECEIPT_KEY).exists():
        found[RECEIPT_KEYS] = signing_keys(store).to_document()
    if (folder / RELEASE_KEY).exists():
        found[RELEASE_KEYS] = json.dumps(key_list(store), indent=1).encode()
    return found


def _facts(
    store: Store, work: _Work, moment: _Moment, catalogue: Path, keys: Keys, now: datetime
) -> BackupFacts:
    return BackupFacts(
        made_at=now.astimezone(UTC).isoformat(timespec="seconds"),
        program=version("speechcorpus"),
        revision=moment.revision,
        database="sqlite" if store.catalogue.is_sqlite else "postgresql",
        catalogue=catalogue.name,
        catalogue_sha256=sha256_of(catalogue),
        audit_seq=moment.audit.seq,
        audit_hash=moment.audit.hash,
        blobs=work.blobs,
        blob_bytes=work.bytes,
        reused=work.reused,
        chunks=work.chunks,
        keys=keys,
        faults=tuple(work.faults),
    )


def _note(store: Store, facts: BackupFacts, now: datetime) -> None:
    said = {"blobs": facts.blobs, "bytes": facts.blob_bytes, "reused": facts.reused, "keys": facts.keys}
    said |= {"faults": len(facts.faults)}
    with store.catalogue.write() as session:
        note_upkeep(session, "backup", said, now=now)
        about = f"audit:{facts.audit_seq}"
        append_audit(session, actor="backup", action="house.backed-up", object=about, detail=said, now=now)
