"""Who holds which part of which version, so that a withdrawal reaches those who have the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Download, Release, ReleaseItem, WithdrawnItem
from speechcorpus.store.store import Store
from speechcorpus.workflows.download_tokens import Downloader

AGAIN_AFTER = timedelta(minutes=10)  # a resumed download, or the next of many files, is no new row


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A version somebody holds, and how many of its clips were withdrawn since."""

    corpus: str
    version: str
    parts: Sequence[str]
    last_at: datetime
    withdrawn_clips: int


def record_download(store: Store, who: Downloader, release_id: str, part: str, *, now: datetime) -> None:
    """Remember that somebody began to fetch a part; the audit chain keeps the first time of each.

    Parameters
    ----------
    part : `bundle:<name>`, `delta:<old version>`, or `files` for single ones
    """
    key = (release_id, who.key, part)
    with store.catalogue.read() as session:
        known = session.get(Download, key)
        if known is not None and now - known.last_at < AGAIN_AFTER:
            return
    with store.catalogue.write() as session:
        # One by one: programs open several at once.
        session.get_one(Release, release_id, with_for_update=True)
        row = session.get(Download, key)
        if row is not None:
            row.last_at = max(row.last_at, now)
            return
        session.add(_row(who, key, now))
        session.flush()
        detail = {"by": who.key, "part": part}
        append_audit(
            session,
            actor=who.actor,
            action="release.downloaded",
            object=f"release:{release_id}",
            detail=detail,
            now=now,
        )


def held_by(store: Store, actor: Actor, corpus: str | None = None) -> list[Held]:
    """Return what a person has fetched, by any of their tokens or signed in; newest first."""
    mine = select(Release, Download.part, Download.last_at).join(Download, Download.release_id == Release.id)
    mine = mine.where(Download.staff_id == actor.id)
    if corpus is not None:
        mine = mine.where(Release.corpus == corpus)
    with store.catalogue.read() as session:
        found: dict[str, tuple[Release, set[str], datetime]] = {}
        for release, part, last_at in session.execute(mine):
            _, parts, latest = found.get(release.id, (release, set(), last_at))
            found[release.id] = (release, parts | {part}, max(latest, last_at))
        held = [_held(session, *each) for each in found.values()]
    return sorted(held, key=lambda each: each.last_at, reverse=True)


def withdrawn_clips(session: Session, release_id: str) -> int:
    """Count the clips of a release that have been taken back from it."""
    gone = (
        select(func.count(ReleaseItem.segment_id.distinct()))
        .join(WithdrawnItem, WithdrawnItem.segment_id == ReleaseItem.segment_id)
        .where(
            ReleaseItem.release_id == release_id,
            ReleaseItem.split != "extra",
            WithdrawnItem.effect == "release",
        )
    )
    return session.scalar(gone) or 0


def _row(who: Downloader, key: tuple[str, str, str], now: datetime) -> Download:
    release_id, holder, part = key
    return Download(
        release_id=release_id, holder=holder, part=part, staff_id=who.actor.id, first_at=now, last_at=now
    )


def _held(session: Session, release: Release, parts: set[str], last_at: datetime) -> Held:
    return Held(
        corpus=release.corpus,
        version=release.version,
        parts=sorted(parts),
        last_at=last_at,
        withdrawn_clips=withdrawn_clips(session, release.id),
    )
