"""Deltas that lead to a published version, made by a worker and kept as blobs."""

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from io import BufferedWriter
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.versions import parse_version
from speechcorpus.domain.errors import ReleaseError, StoreError
from speechcorpus.publish.delta import write_delta
from speechcorpus.publish.editions import SUMS
from speechcorpus.store.blob_rows import note_blob
from speechcorpus.store.models import Release, ReleaseDelta
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_editions import edition_of, holds_withdrawn

READ = ("release.json", "clips.jsonl", "withdrawals.jsonl", SUMS)  # of the old version; the rest may be gone
WORTH_IT = 2  # across majors, a delta is kept if it is smaller than the new version divided by this


def deltas_to(store: Store, corpus: str, version: str) -> Sequence[tuple[str, str, int]]:
    """Return (from version, SHA-256, bytes) of the deltas that lead to a published version, newest first.

    There is none once a clip of that version was withdrawn: its audio would be in them.
    """
    with store.catalogue.read() as session:
        these = (Release.corpus == corpus, Release.version == version, Release.state == "published")
        release = session.scalar(select(Release).where(*these))
        if release is None or holds_withdrawn(session, release.id):
            return []
        rows = session.scalars(select(ReleaseDelta).where(ReleaseDelta.release_id == release.id)).all()
    found = [(row.from_version, row.sha256, row.bytes) for row in rows]
    return sorted(found, key=lambda row: parse_version(row[0]), reverse=True)


def delta_blobs(session: Session, release_id: str) -> list[str]:
    """Return the blobs of the deltas that lead to a release: they hold its new clips.

    Their rows stay, so that an erasure that was cut short knows what is left to remove.
    """
    of_release = select(ReleaseDelta.sha256).where(ReleaseDelta.release_id == release_id)
    return sorted(session.scalars(of_release.distinct()))


def make_deltas(store: Store, release_id: str, *, now: datetime) -> None:
    """Make the deltas to a version that was just published; a job, safe to run again.

    From every earlier version of its major; of each other major from the newest, if that is worth it.
    """
    with store.catalogue.read() as session:
        release = session.get(Release, release_id)
        if release is None or release.state != "published" or holds_withdrawn(session, release_id):
            return
        known = set(
            session.scalars(select(ReleaseDelta.from_version).where(ReleaseDelta.release_id == release_id))
        )
        same = (Release.corpus == release.corpus, Release.state == "published")
        published = {row.version: row for row in session.scalars(select(Release).where(*same))}
    for old in map(published.__getitem__, starts(release.version, published)):
        if old.version not in known and all(_is_there(store, old, path) for path in READ):
            _make(store, old, release, now)


def starts(version: str, published: Iterable[str]) -> list[str]:
    """Return the versions that a delta to `version` may begin at, oldest first.

    Examples
    --------
    >>> starts("2.1.0", ["1.0.0", "1.2.0", "2.0.0", "2.0.1", "2.1.0", "3.0.0"])
    ['1.2.0', '2.0.0', '2.0.1']
    """
    number = parse_version(version)
    older = sorted(found for found in map(parse_version, published) if found < number)
    newest = {found.major: found for found in older}
    return [str(found) for found in older if found.major == number.major or newest[found.major] == found]


def _make(store: Store, old: Release, new: Release, now: datetime) -> None:
    whole = sum(int(entry["bytes"]) for entry in (new.manifest or {}).values())
    same_major = parse_version(old.version).major == parse_version(new.version).major
    with _scratch(store, f"delta-{new.id}-{old.version}.tar") as file:
        try:
            info = write_delta(edition_of(store, old), edition_of(store, new), file)
        except FileNotFoundError as error:  # erased while we were reading
            raise ReleaseError("release.erased", f"a file of {new.version} is gone: {error}") from error
        if info.bytes >= (whole if same_major else whole // WORTH_IT):
            return
        file.flush()
        kept = store.blobs.put_file(Path(file.name))
    if not _noted(store, old, new, kept, info.bytes, now):
        store.blobs.remove(kept)


@contextmanager
def _scratch(store: Store, name: str) -> Iterator[BufferedWriter]:
    """Give a file to write into, one writer at a time; what a killed one left is written over."""
    path = store.data_dir / "releases" / ".staging" / name
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError("release.building", "another process is making this delta") from error
        file.truncate(0)
        try:
            yield file
        finally:
            path.unlink(missing_ok=True)


def _noted(store: Store, old: Release, new: Release, sha256: str, size: int, now: datetime) -> bool:
    """Note a delta, unless a clip in it was withdrawn while it was made."""
    with store.catalogue.write() as session:
        if holds_withdrawn(session, new.id):
            return False
        note_blob(session, sha256, size=size, now=now)
        if session.get(ReleaseDelta, (new.id, old.version)) is None:
            session.add(
                ReleaseDelta(
                    release_id=new.id, from_version=old.version, sha256=sha256, bytes=size, made_at=now
                )
            )
    return True


def _is_there(store: Store, release: Release, path: str) -> bool:
    entry = (release.manifest or {}).get(path)
    return entry is not None and store.blobs.exists(str(entry["sha256"]))
