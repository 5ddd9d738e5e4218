"""The checkup: what must always hold in a store, looked at row by row and byte by byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import select

from speechcorpus.domain.errors import SpeechCorpusError, StoreError
from speechcorpus.store.audit import check_audit
from speechcorpus.store.incoming import Incoming
from speechcorpus.store.models import Blob, Chunk, Clip, Consent, Receipt, Take
from speechcorpus.store.store import Store
from speechcorpus.work.key_list import keys_of
from speechcorpus.work.receipts import verify_receipt
from speechcorpus.workflows.chunk_rows import is_arriving
from speechcorpus.workflows.decision_check import changed_decisions
from speechcorpus.workflows.ledger_check import check_ledger
from speechcorpus.workflows.signing_keys import signing_keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that does not hold."""

    rule: str
    # audit.chain | blob.missing | blob.rotten | blob.size | chunk.missing | row.orphan | review.changed |
    # receipt.false, or one of the ledger
    object: str  # as kind:id


def check_store(store: Store) -> tuple[Fault, ...]:
    """Return every fault of the audit chain, of decisions and money, of blobs and the rows that name them."""
    return (
        *_audit_faults(store),
        *_decisions_and_money(store),
        *_blob_faults(store),
        *_text_faults(store),
        *_orphans(store),
        *_chunk_faults(store),
        *_receipt_faults(store),
    )


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


def _text_faults(store: Store) -> Iterator[Fault]:
    """Read the texts of consent: they have no row of their own, and are all that shows what was agreed to."""
    looked_at = select(Blob.sha256).where(Blob.state == "ok")
    texts = select(Consent.text_sha256).where(Consent.text_sha256.not_in(looked_at)).distinct()
    with store.catalogue.read() as session:
        named = session.scalars(texts.order_by(Consent.text_sha256)).all()
    for sha256 in named:
        if not store.blobs.exists(sha256):
            yield Fault(rule="blob.missing", object=f"blob:{sha256}")
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


def _chunk_faults(store: Store) -> Iterator[Fault]:
    """Look for the acknowledged chunks of every take that is not one file yet."""
    sent = (
        select(Chunk.take_id, Chunk.index, Chunk.sha256)
        .join(Take, Take.id == Chunk.take_id)
        .where(Take.state == "receiving")
        .order_by(Chunk.take_id, Chunk.index)
    )
    with store.catalogue.read() as session:
        rows = session.execute(sent).all()
    missing = [row for row in rows if not _is_kept(store, *row)]
    for take_id, index, _ in missing:
        with store.catalogue.read() as session:
            missed = is_arriving(session, take_id)  # it may have become one file meanwhile
        if missed:
            yield Fault(rule="chunk.missing", object=f"take:{take_id}/{index}")


def _is_kept(store: Store, take_id: str, index: int, sha256: str) -> bool:
    if isinstance(store.incoming, Incoming):
        return store.incoming.path_of(take_id, index, sha256).is_file()
    try:
        store.incoming.read(take_id, index, sha256)
    except StoreError as error:
        if error.code != "blob.missing":
            raise
        return False
    return True


def _receipt_faults(store: Store) -> Iterator[Fault]:
    """Verify every receipt as its owner would, with the list of keys that is published."""
    with store.catalogue.read() as session:
        rows = session.execute(select(Receipt.id, Receipt.document).order_by(Receipt.id)).all()
    keys = keys_of(signing_keys(store), ()) if rows else ()
    for receipt_id, document in rows:
        if not _is_true(document, keys):
            yield Fault(rule="receipt.false", object=f"receipt:{receipt_id}")


def _is_true(document: str, keys: Sequence[Ed25519PublicKey]) -> bool:
    try:
        return verify_receipt(document, keys).valid
    except SpeechCorpusError:
        return False  # it cannot be read in one way only
