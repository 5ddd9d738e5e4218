"""Restore: a data folder out of a backup, checked byte by byte and rule by rule, before anybody is served."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

from sqlalchemy import select

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blobs import DIGEST, sync_folder
from speechcorpus.store.catalogue import FILE_MODE
from speechcorpus.store.incoming import CHUNK_NAME
from speechcorpus.store.models import AccessToken, Audit, Blob, Credential, LoginSession
from speechcorpus.store.sealed_keys import unseal
from speechcorpus.store.snapshots import put_back, sha256_of
from speechcorpus.store.store import FOLDER_MODE, Store, open_store
from speechcorpus.workflows.backup_layout import (
    DOCUMENT,
    PARTIAL,
    SEALED,
    BackupFacts,
    blob_path,
    link_or_copy,
    read_facts,
)
from speechcorpus.workflows.checkup import Fault, check_store
from speechcorpus.workflows.factors import drop_factors
from speechcorpus.workflows.partners import end_untaken
from speechcorpus.workflows.replaying import replay_tombstones
from speechcorpus.workflows.tombstones import NAME as TOMBSTONES
from speechcorpus.workflows.upkeep import note_upkeep

OWNER_ALONE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What to restore from."""

    backup: Path
    tombstones: Path | None = None  # newer ones, kept apart from backups
    passphrase: str | None = None  # opens the private keys
    link: bool = False  # for a drill: link the bytes instead of copying them


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What came of it."""

    facts: BackupFacts
    faults: tuple[Fault, ...]  # of the backup first, then of the store that was made of it
    forgotten: int  # withdrawals carried out again
    keys: bool  # whether the private keys are there


def restore(origin: Origin, data_dir: Path, database_url: str | None, *, now: datetime) -> Restored:
    """Make a data folder out of a backup; every fault is named, and what can be saved is there all the same.

    Whoever was signed in as staff has to come back by a new link: a sign-in that was ended since the backup
    must not live again. For the same reason links that nobody had used, invitations to a dialogue too, and
    download tokens are over, whoever they were made for. Contributors stay signed in, because their browsers
    may hold what is not sent yet.

    Raises
    ------
    StoreError : `restore.not-empty` for a folder or database that holds something, `backup.none`,
        `backup.format`, `backup.damaged` when the catalogue is not what was written, `backup.passphrase`,
        `restore.database` when the backup is of the other kind of database
    """
    facts = _whole(origin)
    secret = _secret(origin)
    _refuse_what_is_there(facts, data_dir, database_url)
    partial = data_dir.with_name(data_dir.name + PARTIAL)
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=FOLDER_MODE, parents=True)
    faults = [*_rows_of(facts), *_bytes(origin, partial)]
    _small_files(origin, facts, partial, secret)
    if data_dir.exists():
        data_dir.rmdir()  # empty, as was seen
    partial.rename(data_dir)
    sync_folder(data_dir.parent)
    store = open_store(data_dir, database_url)
    try:
        return _wake(store, origin, facts, faults, secret, now)
    finally:
        store.catalogue.close()


def drill(origin: Origin, database_url: str | None, *, now: datetime) -> Restored:
    """Restore into a folder beside the backup, check everything, and take the folder away again."""
    folder = origin.backup.with_name(f".drill-{uuid4().hex[:8]}")
    try:
        return restore(origin, folder, database_url, now=now)
    finally:
        for made in (folder, folder.with_name(folder.name + PARTIAL)):
            shutil.rmtree(made, ignore_errors=True)


def _whole(origin: Origin) -> BackupFacts:
    facts = read_facts(origin.backup)
    catalogue = origin.backup / facts.catalogue
    if not catalogue.is_file() or sha256_of(catalogue) != facts.catalogue_sha256:
        told = f"{catalogue} is not what {DOCUMENT} says was written: take another backup"
        raise StoreError("backup.damaged", told)
    return facts


def _secret(origin: Origin) -> dict[str, bytes]:
    sealed = origin.backup / SEALED
    if origin.passphrase is None or not sealed.exists():
        return {}
    return dict(unseal(sealed.read_bytes(), origin.passphrase))


def _refuse_what_is_there(facts: BackupFacts, data_dir: Path, database_url: str | None) -> None:
    if data_dir.exists() and (not data_dir.is_dir() or any(data_dir.iterdir())):
        told = f"{data_dir} is not empty: restore into a new folder, then put it in place of the old one"
        raise StoreError("restore.not-empty", told)
    wanted = "sqlite" if database_url is None else "postgresql"
    if facts.database != wanted:
        hint = (
            "give --database with an empty one" if facts.database == "postgresql" else "leave --database out"
        )
        raise StoreError("restore.database", f"this backup is of {facts.database}: {hint}")


def _rows_of(facts: BackupFacts) -> Iterator[Fault]:
    """Name what the backup itself says it could not keep."""
    for line in facts.faults:
        rule, _, about = line.partition(" ")
        yield Fault(rule=f"backup.{rule}", object=about)


def _bytes(origin: Origin, target: Path) -> Iterator[Fault]:
    """Copy recordings and chunks, each hashed; yield what is not what its name says, which is left out."""
    for path in sorted((origin.backup / "blobs").glob("??/??/*")):
        if DIGEST.fullmatch(path.name):
            yield from _kept(origin, path, blob_path(target, path.name), path.name, f"blob:{path.name}")
    for path in sorted((origin.backup / "incoming").glob("*/*")):
        if named := CHUNK_NAME.fullmatch(path.name):
            place = target / "incoming" / path.parent.name / path.name
            yield from _kept(origin, path, place, named[2], f"take:{path.parent.name}/{named[1]}")


def _kept(origin: Origin, source: Path, target: Path, sha256: str, about: str) -> Iterator[Fault]:
    if sha256_of(source) != sha256:
        yield Fault(rule="backup.rotten", object=about)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if origin.link:
        link_or_copy(source, target)
    else:
        shutil.copyfile(source, target)
        target.chmod(0o440)


def _small_files(origin: Origin, facts: BackupFacts, target: Path, secret: dict[str, bytes]) -> None:
    keys = target / "keys"
    keys.mkdir(parents=True, exist_ok=True)
    keys.chmod(0o700)
    for path in sorted((origin.backup / "keys").glob("*.json")):
        shutil.copyfile(path, keys / path.name)
    for name, data in secret.items():
        place = target / name if name.startswith("tls/") else keys / name
        place.parent.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
            file.write(data)
    if facts.database == "sqlite":
        catalogue = target / "catalogue.sqlite"
        catalogue.touch(mode=FILE_MODE)  # copied into, it keeps its mode
        shutil.copyfile(origin.backup / facts.catalogue, catalogue)
    lines = _tombstones(origin)
    if lines:
        (target / TOMBSTONES).write_bytes(b"".join(line + b"\n" for line in lines))
    os.sync()


def _tombstones(origin: Origin) -> Sequence[bytes]:
    """Return the lines of the backup and those that were kept apart, each once, in order."""
    found: dict[bytes, None] = {}
    for path in (origin.backup / TOMBSTONES, origin.tombstones):
        if path is not None and path.exists():
            found |= dict.fromkeys(path.read_bytes().splitlines())
    return list(found)


def _wake(
    store: Store,
    origin: Origin,
    facts: BackupFacts,
    faults: list[Fault],
    secret: dict[str, bytes],
    now: datetime,
) -> Restored:
    """Bring the store to this version, let it forget, end what must not live again, and look it over."""
    if facts.database == "postgresql":
        put_back(origin.backup / facts.catalogue, store.catalogue)
    store.catalogue.migrate()
    faults += _history(store, facts)
    _put_aside(store)
    forgotten = replay_tombstones(store, now=now)
    _end_access(store, now)
    faults += check_store(store)
    told = {"made_at": facts.made_at, "faults": len(faults), "forgotten": forgotten, "keys": bool(secret)}
    with store.catalogue.write() as session:
        note_upkeep(session, "restore", told, now=now)
        about = f"audit:{facts.audit_seq}"
        append_audit(session, actor="restore", action="house.restored", object=about, detail=told, now=now)
    return Restored(facts=facts, faults=tuple(faults), forgotten=forgotten, keys=bool(secret))


def _history(store: Store, facts: BackupFacts) -> Iterator[Fault]:
    """Hold the audit log against the head that the backup remembers."""
    with store.catalogue.read() as session:
        found = session.scalar(select(Audit.hash).where(Audit.seq == facts.audit_seq))
    if facts.audit_seq and found != facts.audit_hash:
        yield Fault(rule="backup.audit", object=f"audit:{facts.audit_seq}")


def _put_aside(store: Store) -> None:
    """Move what was in quarantine there again."""
    with store.catalogue.read() as session:
        away = session.scalars(select(Blob.sha256).where(Blob.state == "quarantined")).all()
    for sha256 in away:
        if store.blobs.exists(sha256):
            store.blobs.quarantine(sha256)


def _end_access(store: Store, now: datetime) -> None:
    """End what may have been ended or used up since the backup, but for sign-ins of contributors."""
    with store.catalogue.write() as session:
        drop_factors(session, None, now)  # one that was taken away since may be in other hands
        live = (LoginSession.staff_id.is_not(None), LoginSession.revoked_at.is_(None))
        for row in session.scalars(select(LoginSession).where(*live)).all():
            row.revoked_at = now
        for token in session.scalars(select(AccessToken).where(AccessToken.revoked_at.is_(None))).all():
            token.revoked_at = now
        for link in session.scalars(select(Credential).where(Credential.used_at.is_(None))).all():
            link.expires_at = min(link.expires_at, now)
        end_untaken(session, "restore", now=now)


def as_json(restored: Restored) -> str:
    """Return what came of it as one JSON object."""
    faults = [{"rule": fault.rule, "object": fault.object} for fault in restored.faults]
    said = {"made_at": restored.facts.made_at, "blobs": restored.facts.blobs, "chunks": restored.facts.chunks}
    return json.dumps({**said, "forgotten": restored.forgotten, "keys": restored.keys, "faults": faults})
