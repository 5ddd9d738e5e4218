"""Thirty days after a withdrawal: the files of published versions that hold the voice are erased for good.

The inventory of a version keeps their digests; its page says which version is without the voice.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Blob,
    Release,
    ReleaseContent,
    ReleaseItem,
    Tombstone,
    Withdrawal,
    WithdrawnItem,
)
from speechcorpus.store.store import Store
from speechcorpus.work.withdrawal import ERASED_AFTER
from speechcorpus.workflows.affected_releases import affected_beside, affected_in, withdrawn_clips_of
from speechcorpus.workflows.erasure import ERASED
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.release_deltas import delta_blobs
from speechcorpus.workflows.release_extra import extra_manifest
from speechcorpus.workflows.tombstones import keep_tombstones
from speechcorpus.workflows.withdrawal_contents import lacking, newest_seq


def erase_release_files(store: Store, *, now: datetime) -> int:
    """Erase what is due; return in how many versions. What is left of their tables must be kept by then."""
    with store.catalogue.read() as session:
        due = _due(session, now)
    return one_by_one(lambda release_id: _erase(store, release_id, now), due)


def _due(session: Session, now: datetime) -> Sequence[str]:
    """Return the published versions with a withdrawal of 30 days ago in them."""
    found = session.scalars(
        select(Release.id)
        .join(ReleaseItem, ReleaseItem.release_id == Release.id)
        .join(WithdrawnItem, WithdrawnItem.segment_id == ReleaseItem.segment_id)
        .join(Withdrawal, Withdrawal.id == WithdrawnItem.withdrawal_id)
        .where(
            Release.state == "published",
            WithdrawnItem.effect == "release",
            Withdrawal.withdrawn_at <= now - ERASED_AFTER,
        )
        .distinct()
        .order_by(Release.id)
    )
    return found.all()


def _erase(store: Store, release_id: str, now: datetime) -> bool:
    """Erase the files of one version that hold what was withdrawn and say whether there were any.

    Loose audio is left to the erasure of the items themselves: without sound to erase, it is still theirs.
    So is what a version without the voice is made of too: equal bytes are stored once.
    Bytes go after the commit that names them: a crash in between leaves files that the next run removes.
    """
    with store.catalogue.read() as session:
        release = session.get_one(Release, release_id)
        if lacking(session, release.corpus):
            return False  # what is left of a table would be lost with it; versions share them
        gone = _digests(store, session, release)
        new = sorted(sha256 for sha256 in gone if session.get(Tombstone, sha256) is None)
    if not new:
        _unlink(store, gone)
        return False
    with store.catalogue.write() as session:
        release = session.get_one(Release, release_id, with_for_update=True)
        new = sorted(sha256 for sha256 in gone if session.get(Tombstone, sha256) is None)
        row = _newest_withdrawal(session, release_id, now)
        session.add_all(Tombstone(blob_sha256=sha256, withdrawal_id=row, erased_at=now) for sha256 in new)
        for blob in session.scalars(select(Blob).where(Blob.sha256.in_(gone))):
            blob.state = ERASED
        append_audit(
            session,
            actor="janitor",
            action="release.files-erased",
            object=f"release:{release_id}",
            detail={"corpus": release.corpus, "version": release.version, "files": len(new)},
            now=now,
        )
    _unlink(store, gone)
    keep_tombstones(store)
    return True


def _digests(store: Store, session: Session, release: Release) -> set[str]:
    clips = withdrawn_clips_of(session, release.id)
    files = {**affected_in(store, release, clips), **_beside(store, release, clips)}
    held = {sha256 for path, sha256 in files.items() if not path.endswith(".flac")}
    tables = session.execute(
        select(ReleaseContent.seq, ReleaseContent.content_id).where(ReleaseContent.release_id == release.id)
    ).all()
    newest = newest_seq(session, release.corpus)
    kept = {content_id for seq, content_id in tables if seq == newest}
    found = (held | {content_id for _, content_id in tables if content_id}) - kept
    return (found - _still_needed(store, session, found)) | set(delta_blobs(session, release.id))


def _still_needed(store: Store, session: Session, digests: set[str]) -> set[str]:
    """Return which of these bytes are files of a version, of any corpus, in which they hold no such voice.

    A list of speakers, or a shard beside the one with the clip, is the same in the patch.
    """
    needed: set[str] = set()
    here = {sha256 for sha256 in digests if store.blobs.is_anywhere(sha256)}
    for release_id in session.scalars(select(Release.id).order_by(Release.id)).all() if here else ():
        release = session.get_one(Release, release_id)
        clips = withdrawn_clips_of(session, release_id)
        for files, affected in (
            (release.manifest or {}, affected_in),
            (extra_manifest(store, release), affected_beside),
        ):
            shared = {path: str(entry["sha256"]) for path, entry in files.items()}
            shared = {path: sha256 for path, sha256 in shared.items() if sha256 in here}
            if shared:
                gone = affected(store, release, clips)
                needed |= {sha256 for path, sha256 in shared.items() if path not in gone}
    return needed


def _beside(store: Store, release: Release, clips: dict[str, str]) -> dict[str, str]:
    return {f"extra/{path}": sha256 for path, sha256 in affected_beside(store, release, clips).items()}


def _newest_withdrawal(session: Session, release_id: str, now: datetime) -> str:
    rows = session.execute(
        select(Withdrawal.id)
        .join(WithdrawnItem, WithdrawnItem.withdrawal_id == Withdrawal.id)
        .join(ReleaseItem, ReleaseItem.segment_id == WithdrawnItem.segment_id)
        .where(ReleaseItem.release_id == release_id, WithdrawnItem.effect == "release")
        .where(Withdrawal.withdrawn_at <= now - ERASED_AFTER)
        .order_by(Withdrawal.withdrawn_at.desc(), Withdrawal.id)
    )
    return str(rows.scalars().first())


def _unlink(store: Store, digests: Iterable[str]) -> None:
    for sha256 in digests:
        store.blobs.remove(sha256)
