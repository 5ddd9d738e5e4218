"""The janitor: what nobody asks for and everybody needs, done between jobs."""

from datetime import datetime, timedelta

from sqlalchemy import select

from speechcorpus.store.models import Blob, Chunk, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.lapses import abandon_sittings, expire_claims, hand_in_latecomers
from speechcorpus.workflows.overdue import lapse_reviews

KEEP_ORPHANS = timedelta(hours=24)
KEEP_CHUNKS = timedelta(hours=24)


def tidy(store: Store, now: datetime) -> None:
    """Do every chore once; each can be done by several workers at once, or again."""
    expire_claims(store, now=now)
    hand_in_latecomers(store, now=now)
    lapse_reviews(store, now=now)
    abandon_sittings(store, now=now)
    verify_masters(store, now=now)
    drop_chunks(store, now=now)
    sweep_orphans(store, now=now)


def verify_masters(store: Store, *, now: datetime) -> int:
    """Read every master that nobody has read back yet and note that it is whole; return how many are.

    A master that is not what its name says keeps its chunks, for a person to look at.
    """
    with store.catalogue.read() as session:
        unread = select(Take.master_sha256).join(Blob, Blob.sha256 == Take.master_sha256)
        waiting = set(session.scalars(unread.where(Take.state == "stored", Blob.verified_at.is_(None))))
    whole = [sha256 for sha256 in sorted(filter(None, waiting)) if _is_whole(store, sha256)]
    if whole:
        with store.catalogue.write() as session:
            for row in session.scalars(select(Blob).where(Blob.sha256.in_(whole))):
                row.verified_at = now
    return len(whole)


def drop_chunks(store: Store, *, now: datetime) -> int:
    """Remove the chunk files of takes whose master was read back a day ago; return how many files.

    The rows stay: they say which bytes the take was made of.
    """
    here = store.incoming.take_ids()
    safe = (
        select(Take.id)
        .join(Blob, Blob.sha256 == Take.master_sha256)
        .where(Take.id.in_(here), Take.state == "stored", Blob.state == "ok")
        .where(Blob.verified_at < now - KEEP_CHUNKS)
    )
    with store.catalogue.read() as session:
        take_ids = session.scalars(safe).all() if here else []
    return sum(store.incoming.drop(take_id) for take_id in take_ids)


def sweep_orphans(store: Store, *, now: datetime) -> int:
    """Remove files older than a day that a killed process left behind and no row names; return how many."""
    here = store.incoming.take_ids()
    with store.catalogue.read() as session:
        rows = session.execute(
            select(Chunk.take_id, Chunk.index, Chunk.sha256).where(Chunk.take_id.in_(here))
        )
        known = {(take_id, index, sha256) for take_id, index, sha256 in rows} if here else set()
    before_s = (now - KEEP_ORPHANS).timestamp()
    return store.incoming.sweep(before_s=before_s, known=known) + store.blobs.sweep(before_s=before_s)


def _is_whole(store: Store, sha256: str) -> bool:
    return store.blobs.exists(sha256) and store.blobs.is_whole(sha256)
