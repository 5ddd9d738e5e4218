"""The janitor: what nobody asks for and everybody needs, done between jobs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import Select, exists, select

from speechcorpus.record.take import ITEM_TRACK
from speechcorpus.store.blob_rows import in_pages
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import (
    Blob,
    Chunk,
    Claim,
    Contributor,
    Job,
    Segment,
    Sitting,
    Take,
    TakeSound,
    Task,
)
from speechcorpus.store.shelves import ChunkKey
from speechcorpus.store.store import Store
from speechcorpus.workflows.appeal_ends import close_windows, expire_appeals
from speechcorpus.workflows.audition_endings import expire_auditions
from speechcorpus.workflows.audition_results import lapse_auditions
from speechcorpus.workflows.call_messages import sweep_messages
from speechcorpus.workflows.calls import end_dead_calls
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.house_clock import is_reachable
from speechcorpus.workflows.lapses import abandon_sittings, expire_claims, hand_in_latecomers
from speechcorpus.workflows.one_by_one import reported
from speechcorpus.workflows.overdue import lapse_reviews
from speechcorpus.workflows.release_erasure import erase_release_files
from speechcorpus.workflows.review_figures import ask_for_figures
from speechcorpus.workflows.round_clock import advance_rounds
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.sign_in_rows import forget_ended_sign_ins
from speechcorpus.workflows.take_holds import is_out_of_use
from speechcorpus.workflows.withdrawal_patches import ask_for_patches
from speechcorpus.workflows.working_time import time_claims

KEEP_ORPHANS = timedelta(hours=24)
KEEP_CHUNKS = timedelta(hours=24)


def tidy(store: Store, now: datetime) -> None:
    """Do every chore once; each can be done by several workers at once, or again.

    One that fails is reported, and the others are done, also while what it needs is away or busy.
    """
    for chore in (ENDS if is_reachable(store, now) else ()) + CHORES:
        with reported(chore, raises=()):
            chore(store, now=now)


class Chore(Protocol):
    """Something that is looked after; returns how many rows or files that was."""

    def __call__(self, store: Store, *, now: datetime) -> int: ...


def cut_forgotten_takes(store: Store, *, now: datetime) -> int:
    """Ask for the cut of takes of free speech that nobody was asked to cut; return how many.

    Those are the ones that were stored before takes were cut at all. One whose job failed is not asked for
    again: its job says why.
    """
    with store.catalogue.read() as session:
        take_ids = session.scalars(_uncut()).all()
    return sum(_ask_for_cuts(store, page, now) for page in in_pages(take_ids))


def _ask_for_cuts(store: Store, take_ids: Sequence[str], now: datetime) -> int:
    with store.catalogue.write() as session:
        these = Take.id.in_(take_ids)
        session.scalars(select(Take.id).where(these).order_by(Take.id).with_for_update()).all()
        uncut = session.scalars(_uncut().where(these)).all()  # another janitor may have been here
        for take_id in uncut:
            enqueue(session, "cut_take", {"take_id": take_id}, now=now)
    return len(uncut)


def _uncut() -> Select[str]:
    asked = exists().where(Job.kind == "cut_take", Job.payload["take_id"].as_string() == Take.id)
    heard = exists().where(TakeSound.take_id == Take.id)
    cut = exists().where(Segment.take_id == Take.id)
    return (
        select(Take.id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Claim, Claim.id == Sitting.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Contributor, Contributor.id == Sitting.contributor_id)
        .where(Contributor.state.in_(("active", "paused")), Task.style != READ)
        .where(Take.track == ITEM_TRACK, Take.state == "stored", ~heard, ~cut, ~asked, ~is_out_of_use())
        .order_by(Take.created_at, Take.id)
    )


def verify_masters(store: Store, *, now: datetime) -> int:
    """Read every master that nobody has read back yet and note that it is whole; return how many are.

    A master that is not what its name says keeps its chunks, for a person to look at.
    """
    with store.catalogue.read() as session:
        unread = select(Take.master_sha256).join(Blob, Blob.sha256 == Take.master_sha256)
        waiting = set(session.scalars(unread.where(Take.state == "stored", Blob.verified_at.is_(None))))
    whole = [sha256 for sha256 in sorted(filter(None, waiting)) if _is_whole(store, sha256)]
    for page in in_pages(whole):
        with store.catalogue.write() as session:
            for row in session.scalars(select(Blob).where(Blob.sha256.in_(page))):
                row.verified_at = now
    return len(whole)


def drop_chunks(store: Store, *, now: datetime) -> int:
    """Remove the chunk files of takes whose master was read back a day ago; return how many files.

    The rows stay: they say which bytes the take was made of.
    """
    safe = (
        select(Take.id)
        .join(Blob, Blob.sha256 == Take.master_sha256)
        .where(Take.state == "stored", Blob.state == "ok", Blob.verified_at < now - KEEP_CHUNKS)
    )
    pages = in_pages(store.incoming.take_ids())
    with store.catalogue.read() as session:
        take_ids = [each for page in pages for each in session.scalars(safe.where(Take.id.in_(page)))]
    return sum(store.incoming.drop(take_id) for take_id in take_ids)


def sweep_orphans(store: Store, *, now: datetime) -> int:
    """Remove files older than a day that a killed process left behind and no row names; return how many."""
    rows, known = select(Chunk.take_id, Chunk.index, Chunk.sha256), set[ChunkKey]()
    with store.catalogue.read() as session:
        for page in in_pages(store.incoming.take_ids()):
            found = session.execute(rows.where(Chunk.take_id.in_(page)))
            known |= {(take_id, index, sha256) for take_id, index, sha256 in found}
    before_s = (now - KEEP_ORPHANS).timestamp()
    return store.incoming.sweep(before_s=before_s, known=known) + store.blobs.sweep(before_s=before_s)


ENDS: Final[tuple[Chore, ...]] = (
    advance_rounds,
    expire_claims,
    expire_auditions,
    close_windows,
    abandon_sittings,
)
"""What ends because a person did not come in time: only while they can."""
CHORES: Final[tuple[Chore, ...]] = (
    lapse_auditions,
    hand_in_latecomers,
    lapse_reviews,
    time_claims,
    expire_appeals,
    cut_forgotten_takes,
    verify_masters,
    drop_chunks,
    sweep_orphans,
    ask_for_figures,
    look_after_withdrawals,
    end_dead_calls,
    sweep_messages,
    ask_for_patches,
    erase_release_files,
    forget_ended_sign_ins,
)


def _is_whole(store: Store, sha256: str) -> bool:
    return store.blobs.exists(sha256) and store.blobs.is_whole(sha256)
