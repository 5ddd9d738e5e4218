"""Erasure, 30 days after a withdrawal: bytes and person go, numbers stay under a dead pseudonym."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import cast
from uuid import uuid4

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from speechcorpus.store.audit import append_audit
from speechcorpus.store.blob_rows import in_pages
from speechcorpus.store.models import (
    Blob,
    Clip,
    Contributor,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    Tombstone,
    Withdrawal,
    WithdrawnItem,
)
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import Scope, effects_of
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.payout_accounts import destroy_identity
from speechcorpus.workflows.picture_rows import pictures_of
from speechcorpus.workflows.second_bodies import second_bodies_of
from speechcorpus.workflows.sign_in_rows import forget_sign_ins
from speechcorpus.workflows.tombstones import keep_tombstones
from speechcorpus.workflows.withdrawal_effects import end_use
from speechcorpus.workflows.withdrawn_access import end_access
from speechcorpus.workflows.withdrawn_items import take_is_withdrawn
from speechcorpus.workflows.withdrawn_scope import items_heard, newly_withdrawn

DEAD = "gone-"  # what a pseudonym becomes, with a number that says nothing
ERASED = "erased"
LATE = timedelta(days=35)  # after that nothing recorded before a withdrawal is still on its way


def look_after_withdrawals(store: Store, *, now: datetime) -> int:
    """Take in what arrived late, erase what is due, keep the tombstones; return how many were erased.

    Nothing is erased for good while what arrived late cannot be taken in: it would be forgotten.
    """
    with store.catalogue.read() as session:
        recent = or_(Withdrawal.erase_at.is_not(None), Withdrawal.withdrawn_at >= now - LATE)
        waiting = select(Withdrawal.id).where(Withdrawal.erased_at.is_(None), recent)
        open_ones = session.scalars(waiting.order_by(Withdrawal.withdrawn_at)).all()
    if not open_ones:
        return 0
    complete: list[str] = []

    def take_in(withdrawal_id: str) -> int:
        late = take_in_latecomers(store, withdrawal_id, now=now)
        complete.append(withdrawal_id)
        return late

    one_by_one(take_in, open_ones)
    keep_tombstones(store)
    return one_by_one(lambda withdrawal_id: erase_withdrawal(store, withdrawal_id, now=now), complete)


def take_in_latecomers(store: Store, withdrawal_id: str, *, now: datetime) -> int:
    """End the use of items that were cut after their withdrawal from takes recorded before it."""
    with store.catalogue.read() as session:
        if not _late(session, session.get_one(Withdrawal, withdrawal_id)):
            return 0
    with store.catalogue.write() as session:
        row = session.get_one(Withdrawal, withdrawal_id, with_for_update=True)
        late = _late(session, row)
        ended = newly_withdrawn(session, late, effects_of(cast(Scope, row.scope), row.purpose))
        end_use(session, store, row, ended, now=now)
        return len(late)


def erase_withdrawal(store: Store, withdrawal_id: str, *, now: datetime) -> bool:
    """Erase what a withdrawal is about once its 30 days are over, and say whether that was done.

    Bytes go after the commit that names them: a crash in between leaves files that the next run removes.
    """
    with store.catalogue.write() as session:
        row = session.get_one(Withdrawal, withdrawal_id, with_for_update=True)
        if row.erased_at is not None or row.erase_at is None or now < row.erase_at:
            return False
        blobs = _blobs_of(session, row)
        erase_blobs(store, session, row, blobs, now)
        if row.scope == "all":
            erase_person(session, row.contributor_id, now)
        row.erased_at = now
        session.flush()
        append_audit(
            session,
            actor="janitor",
            action="withdrawal.erased",
            object=f"withdrawal:{row.id}",
            detail={"blobs": len(blobs)},
            now=now,
        )
    keep_tombstones(store)
    return True


def erase_blobs(store: Store, session: Session, row: Withdrawal, blobs: Iterable[str], at: datetime) -> None:
    """Remove bytes and all that was drawn from them, and keep a tombstone of each."""
    for sha256 in blobs:
        if session.get(Tombstone, sha256) is None:
            session.add(Tombstone(blob_sha256=sha256, withdrawal_id=row.id, erased_at=at))
        kept = session.get(Blob, sha256)
        if kept is not None:
            kept.state = ERASED
        store.blobs.remove(sha256)
    session.flush()
    for take_id in _takes_of(session, row):
        store.incoming.drop(take_id)
    for items in _heard_in(session, row).values():
        for item_sha256 in items:
            pictures_of(store).drop(item_sha256)


def erase_person(session: Session, contributor_id: str, at: datetime) -> None:
    """Replace the pseudonym and forget what a person said of themselves; nobody signs in as them again."""
    person = session.get_one(Contributor, contributor_id, with_for_update=True)
    if person.state == "erased":
        return
    known, dead = person.pseudonym, f"{DEAD}{uuid4().hex[:11]}"
    person.state, person.pseudonym = ERASED, dead
    person.variety = person.subvariety = person.gender = person.age_band = None
    for sitting in session.scalars(select(Sitting).where(Sitting.contributor_id == person.id)).all():
        sitting.device = {}
    session.execute(update(Segment).where(Segment.speaker == known).values(speaker=dead))
    session.execute(update(SittingPeer).where(SittingPeer.said == known).values(said=dead))
    destroy_identity(session, person.id)
    end_access(session, person.id, keep=None, now=at)
    forget_sign_ins(session, person.id)


def _late(session: Session, row: Withdrawal) -> Sequence[Segment]:
    effects = effects_of(cast(Scope, row.scope), row.purpose)
    if row.scope == "item" or not effects:
        return ()
    heard = items_heard(session, row.contributor_id, row.text_sha256)
    ended = newly_withdrawn(session, heard, effects)
    unknown = {segment.id: segment for segment, _ in ended}
    before = select(Take.id).where(Take.created_at <= row.withdrawn_at)
    pages = in_pages(sorted({each.take_id for each in unknown.values()}))
    takes = {take_id for page in pages for take_id in session.scalars(before.where(Take.id.in_(page)))}
    return [segment for segment in unknown.values() if segment.take_id in takes]


def _takes_of(session: Session, row: Withdrawal) -> set[str]:
    """Return the takes of which nothing is left; of a whole withdrawal also room tone and sound checks."""
    takes = {take_id for take_id in _heard_in(session, row) if take_is_withdrawn(session, take_id)}
    if row.scope == "all":
        own = select(Take.id).join(Sitting, Sitting.id == Take.sitting_id)
        takes |= set(session.scalars(own.where(Sitting.contributor_id == row.contributor_id)))
    return takes


def _blobs_of(session: Session, row: Withdrawal) -> Collection[str]:
    """Return the bytes to erase: of takes of which nothing is left all that came, and the clips of items."""
    clips = select(Clip.blob_sha256).join(WithdrawnItem, WithdrawnItem.segment_id == Clip.segment_id)
    gone = set(session.scalars(clips.where(*_sound_of(row))))
    takes = _takes_of(session, row)
    for page in in_pages(sorted(takes)):
        masters = session.scalars(select(Take.master_sha256).where(Take.id.in_(page)))
        gone |= {sha256 for sha256 in masters if sha256 is not None}
    gone |= second_bodies_of(session, takes)
    return sorted(gone - _still_needed(session, gone, takes))


def _heard_in(session: Session, row: Withdrawal) -> dict[str, list[str]]:
    """Return the takes of the withdrawn items, each with the digests of its items' sound."""
    found: dict[str, list[str]] = {}
    segments = select(Segment).join(WithdrawnItem, WithdrawnItem.segment_id == Segment.id)
    for segment in session.scalars(segments.where(*_sound_of(row))):
        found.setdefault(segment.take_id, []).extend(filter(None, [segment.item_sha256]))
    return found


def _sound_of(row: Withdrawal) -> tuple[ColumnElement[bool], ...]:
    return (WithdrawnItem.withdrawal_id == row.id, WithdrawnItem.effect == "sound")


def _still_needed(session: Session, gone: Collection[str], takes: Collection[str]) -> set[str]:
    """Return which of these bytes something else is made of too: equal bytes are stored once."""
    needed, masters = set[str](), select(Take.id, Take.master_sha256)
    withdrawn = select(WithdrawnItem.segment_id).where(WithdrawnItem.effect == "sound")
    clips = select(Clip.blob_sha256).where(Clip.segment_id.not_in(withdrawn))
    for page in in_pages(sorted(gone)):
        rows = session.execute(masters.where(Take.master_sha256.in_(page)))
        needed |= {sha256 for take_id, sha256 in rows if sha256 and take_id not in takes}
        needed |= set(session.scalars(clips.where(Clip.blob_sha256.in_(page))))
    return needed
