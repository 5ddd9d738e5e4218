"""Scrub: read back what is kept, the longest unread first, and take out of reach what has changed."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.blobs import LocalBlobs
from speechcorpus.store.incoming import Incoming
from speechcorpus.store.models import Blob, Clip, Release, ReleaseItem, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.checkup import Fault
from speechcorpus.workflows.upkeep import note_upkeep

PAGE: Final = 200  # rows whose new date shares a transaction
Say = Callable[[int, int], None]
"""Is told after each page: blobs and bytes read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rot:
    """A fault of what is kept, and what it touches: takes, clips, releases, as `kind:id`."""

    fault: Fault
    touches: tuple[str, ...] = ()


@dataclass(slots=True, kw_only=True)
class Scrubbed:
    """What a scrub came to."""

    blobs: int = 0
    bytes: int = 0
    chunks: int = 0
    found: list[Rot] = field(default_factory=list)


def scrub(
    store: Store,
    *,
    now: datetime,
    unread_since: datetime | None = None,
    most_bytes: int | None = None,
    bytes_per_s: float | None = None,
    say: Say = lambda _blobs, _bytes: None,
) -> Scrubbed:
    """Read blobs back, hash them, note when; what is not what its name says is moved out of reach.

    It can be stopped at any moment and begun again: what was read is not read again before its turn.

    Parameters
    ----------
    unread_since : only what was not read back since then; None: everything once
    most_bytes : stop after so many bytes; None: go through
    bytes_per_s : read no faster than this
    """
    done, began_s = Scrubbed(), time.monotonic()
    before, gone = unread_since or now, set[str]()

    def enough() -> bool:
        return most_bytes is not None and done.bytes >= most_bytes

    while not enough() and (page := _page(store, before, gone)):
        whole = []
        for sha256, size in page:
            if _read_back(store, sha256, size, done, now=now):
                whole.append(sha256)
            else:
                gone.add(sha256)
            if bytes_per_s:
                time.sleep(max(0.0, done.bytes / bytes_per_s - (time.monotonic() - began_s)))
            if enough():
                break
        _note_whole(store, whole, now)
        say(done.blobs, done.bytes)
    if not enough():
        _files_without_rows(store, done)
        _chunks(store, done)
    _note(store, done, now)
    return done


def _page(store: Store, before: datetime, gone: set[str]) -> Sequence[tuple[str, int]]:
    """Return the next blobs to read: those that never were, then the longest unread."""
    ok = (Blob.state == "ok", Blob.sha256.not_in(gone))
    rows = select(Blob.sha256, Blob.bytes).where(*ok)
    never = rows.where(Blob.verified_at.is_(None)).order_by(Blob.sha256)
    old = rows.where(Blob.verified_at < before).order_by(Blob.verified_at, Blob.sha256)
    with store.catalogue.read() as session:
        found = session.execute(never.limit(PAGE)).all() or session.execute(old.limit(PAGE)).all()
    return [(sha256, size) for sha256, size in found]


def _read_back(store: Store, sha256: str, size: int, done: Scrubbed, *, now: datetime) -> bool:
    """Read one blob; say whether it is whole, else name it and take it out of reach."""
    rule = _what_is_wrong(store, sha256, size)
    done.blobs += 1
    done.bytes += size
    if rule is None:
        return True
    with store.catalogue.write() as session:
        row = session.get(Blob, sha256, with_for_update=True)
        if row is None or row.state != "ok":
            return False  # erased while we read
        fault = Fault(rule=rule, object=f"blob:{sha256}")
        done.found.append(Rot(fault=fault, touches=touched(session, sha256)))
        if rule != "blob.missing":
            row.state = "quarantined"
        about, detail = f"blob:{sha256}", {"rule": rule}
        append_audit(session, actor="scrub", action="blob.rotten", object=about, detail=detail, now=now)
    if rule != "blob.missing":
        store.blobs.quarantine(sha256)  # after its row: killed in between, the row keeps it out of reach
    return False


def _what_is_wrong(store: Store, sha256: str, size: int) -> str | None:
    try:
        if store.blobs.size(sha256) != size:
            return "blob.size"
        return None if store.blobs.is_whole(sha256) else "blob.rotten"
    except StoreError as error:
        if error.code != "blob.missing":
            raise
        return "blob.missing"


def readmit(store: Store, *, now: datetime) -> int:
    """Take back blobs that were out of reach and whose right bytes were put in their place again.

    Returns how many. They are read page by page: a house may hold a million that are away.
    """
    taken, last = 0, ""
    while page := _away(store, after=last):
        back = [sha256 for sha256 in page if store.blobs.exists(sha256) and store.blobs.is_whole(sha256)]
        taken += _take_back(store, back, now) if back else 0
        last = page[-1]
    return taken


def _away(store: Store, *, after: str) -> Sequence[str]:
    """Return the next blobs that are out of reach, by digest."""
    away = select(Blob.sha256).where(Blob.state == "quarantined", Blob.sha256 > after)
    with store.catalogue.read() as session:
        return session.scalars(away.order_by(Blob.sha256).limit(PAGE)).all()


def _take_back(store: Store, digests: Sequence[str], now: datetime) -> int:
    still = (Blob.sha256.in_(digests), Blob.state == "quarantined")  # one may have been erased while we read
    with store.catalogue.write() as session:
        rows = session.scalars(select(Blob).where(*still).order_by(Blob.sha256).with_for_update()).all()
        for row in rows:
            row.state, row.verified_at, row.bytes = "ok", now, store.blobs.size(row.sha256)
            about = f"blob:{row.sha256}"
            append_audit(session, actor="scrub", action="blob.readmitted", object=about, detail={}, now=now)
    return len(rows)


def touched(session: Session, sha256: str) -> tuple[str, ...]:
    """Return what rests on a blob: takes, clips and the releases they are in, releases whose file it is."""
    takes = session.scalars(select(Take.id).where(Take.master_sha256 == sha256).order_by(Take.id)).all()
    clips = session.scalars(
        select(Clip.segment_id).where(Clip.blob_sha256 == sha256).order_by(Clip.segment_id)
    ).all()
    of_clips = select(ReleaseItem.release_id).where(ReleaseItem.segment_id.in_(clips)).distinct()
    releases = set(session.scalars(of_clips).all())
    if not takes:
        releases |= {each.id for each in session.scalars(select(Release)) if names_file(each, sha256)}
    named = [f"take:{each}" for each in takes] + [f"clip:{each}" for each in clips]
    return (*named, *(f"release:{each}" for each in sorted(releases)))


def names_file(release: Release, sha256: str) -> bool:
    """Say whether a file of a release is this blob."""
    return any(entry.get("sha256") == sha256 for entry in (release.manifest or {}).values())


def _note_whole(store: Store, whole: Sequence[str], now: datetime) -> None:
    with store.catalogue.write() as session:
        session.execute(
            update(Blob)
            .where(Blob.sha256.in_(whole), Blob.state == "ok")
            .values(verified_at=now)
            .execution_options(synchronize_session=False)
        )


def _files_without_rows(store: Store, done: Scrubbed) -> None:
    """Read what no row names: texts of consent, and what a killed process left."""
    if not isinstance(store.blobs, LocalBlobs):
        return
    for page in _in_pages(store.blobs.digests()):
        with store.catalogue.read() as session:
            known = set(session.scalars(select(Blob.sha256).where(Blob.sha256.in_(page))))
        for sha256 in sorted(set(page) - known):
            done.blobs += 1
            done.bytes += store.blobs.size(sha256)
            if not store.blobs.is_whole(sha256):
                done.found.append(Rot(fault=Fault(rule="blob.rotten", object=f"blob:{sha256}")))
                store.blobs.quarantine(sha256)


def _in_pages(digests: Iterator[str]) -> Iterator[Sequence[str]]:
    page: list[str] = []
    for digest in digests:
        page.append(digest)
        if len(page) == PAGE:
            yield page
            page = []
    yield page


def _chunks(store: Store, done: Scrubbed) -> None:
    """Read the chunks of takes that are being sent; a changed one is named and stays for a person."""
    if not isinstance(store.incoming, Incoming):
        return  # an object store keeps its own sums, and says so when it answers
    for (take_id, index, sha256), path in store.incoming.chunks():
        done.chunks += 1
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            continue  # its take has become one file meanwhile
        done.bytes += len(data)
        if hashlib.sha256(data).hexdigest() != sha256:
            done.found.append(Rot(fault=Fault(rule="chunk.rotten", object=f"take:{take_id}/{index}")))


def _note(store: Store, done: Scrubbed, now: datetime) -> None:
    facts = {
        "blobs": done.blobs,
        "bytes": done.bytes,
        "chunks": done.chunks,
        "faults": [f"{rot.fault.rule} {rot.fault.object}" for rot in done.found][:100],
    }
    with store.catalogue.write() as session:
        note_upkeep(session, "scrub", facts, now=now)
