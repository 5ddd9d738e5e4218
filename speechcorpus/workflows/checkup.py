"""The checkup: what must always hold in a store, looked at row by row and byte by byte."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select

from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Blob, Clip, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.decision_check import changed_decisions
from speechcorpus.workflows.ledger_check import check_ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that does not hold."""

    rule: str
    # audit.chain | blob.missing | blob.rotten | blob.size | row.orphan | review.changed, or one of the ledger
    object: str  # as kind:id


def check_store(store: Store) -> tuple[Fault, ...]:
    """Return every fault of the audit chain, of decisions and money, of blobs and the rows that name them."""
    return (*_audit_faults(store), *_decisions_and_money(store), *_blob_faults(store), *_orphans(store))


def _audit_faults(store: Store) -> Iterator[Fault]:
    with store.catalogue.read() as session:
        fault = check_audit(session)
    if fault is not None:
        yield Fault(rule="audit.chain", object=f"audit:{fault.seq}")


def _decisions_and_money(store: Store) -> Iterator[Fault]:
    with store.catalogue.read() as session:
        changed = [
            Fault(rule="review.changed", object=f"review:{each}") for each in changed_decisions(session)
        ]
        money = [Fault(rule=fault.rule, object=fault.object) for fault in check_ledger(session)]
    yield from (*changed, *money)


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
    bad = select(Blob.sha256).where(Blob.state.not_in(("ok", "erased")))
    clips_out_of_reach = select(Clip.segment_id).where(Clip.blob_sha256.in_(bad))
    with store.catalogue.read() as session:
        takes, clips = session.scalars(stored_without_master).all(), session.scalars(clips_out_of_reach).all()
    yield from (Fault(rule="row.orphan", object=f"take:{take_id}") for take_id in takes)
    yield from (Fault(rule="row.orphan", object=f"clip:{segment_id}") for segment_id in clips)
