"""The checkup: what must always hold in a store, looked at row by row and byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Blob, Clip, Take
from speechcorpus.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that does not hold."""

    rule: str  # audit.chain | blob.missing | blob.rotten | blob.size | row.orphan
    object: str  # as kind:id


def check_store(store: Store) -> tuple[Fault, ...]:
    """Return every fault of the audit chain, of the blobs and of the rows that name them."""
    return (*_audit_faults(store), *_blob_faults(store), *_orphans(store))


def _audit_faults(store: Store) -> Iterator[Fault]:
    with store.catalogue.read() as session:
        fault = check_audit(session)
    if fault is not None:
        yield Fault(rule="audit.chain", object=f"audit:{fault.seq}")


def _blob_faults(store: Store) -> Iterator[Fault]:
    with store.catalogue.read() as session:
        rows = session.execute(
            select(Blob.sha256, Blob.bytes).where(Blob.state == "ok").order_by(Blob.sha256)
        ).all()
    for sha256, size in rows:
        if not store.blobs.exists(sha256):
            yield Fault(rule="blob.missing", object=f"blob:{sha256}")
        elif store.blobs.size(sha256) != size:
            yield Fault(rule="blob.size", object=f"blob:{sha256}")
        elif not store.blobs.is_whole(sha256):
            yield Fault(rule="blob.rotten", object=f"blob:{sha256}")


def _orphans(store: Store) -> Iterator[Fault]:
    stored_without_master = select(Take.id).where(Take.state == "stored", Take.master_sha256.is_(None))
    bad = select(Blob.sha256).where(Blob.state != "ok")
    clips_out_of_reach = select(Clip.segment_id).where(Clip.blob_sha256.in_(bad))
    with store.catalogue.read() as session:
        takes, clips = session.scalars(stored_without_master).all(), session.scalars(clips_out_of_reach).all()
    yield from (Fault(rule="row.orphan", object=f"take:{take_id}") for take_id in takes)
    yield from (Fault(rule="row.orphan", object=f"clip:{segment_id}") for segment_id in clips)
