"""The plan of a patch: a published version without what may no longer be in it, and nothing else changed."""

import json
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.changelog import Change, changelog
from speechcorpus.corpus.changes import count_changes
from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.packed import Packed
from speechcorpus.corpus.plan import WITHDRAWALS_HEAD, Plan, register_of
from speechcorpus.corpus.purging import (
    Remaining,
    remaining,
    remaining_consents,
    remaining_release,
    remaining_rows,
)
from speechcorpus.corpus.versions import parse_version
from speechcorpus.corpus.withdrawn import Withdrawn
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.sources import RowFile
from speechcorpus.store.models import Blob, Clip, Release, ReleaseItem, Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.events import private_within
from speechcorpus.workflows.release_extra import extra_manifest
from speechcorpus.workflows.release_plans import tools_here
from speechcorpus.workflows.withdrawal_contents import TABLE, table_of, withdrawn_names
from speechcorpus.workflows.withdrawal_feed import feed_rows
from speechcorpus.workflows.withdrawn_items import withdrawn_from


def patch_plan(store: Store, release_id: str, *, key_fingerprint: str | None) -> Plan:
    """Return the plan of a release that the house builds: the newest version of its major, purged.

    The table is then, byte for byte, the one to which a holder of that version purges a copy.

    Raises
    ------
    ReleaseError : `release.split-empty`; `release.erased` when nothing is left of what it is made from
    """
    with store.catalogue.read() as session:
        release = session.get_one(Release, release_id)
        base = patched_by(session, release)
        source = _Base(store, session, base)
        gone = _gone(session, base)
        feed = feed_rows(session, release.corpus)
        items = select(ReleaseItem).where(ReleaseItem.release_id == base.id)
        segments = {item.utt_id: item.segment_id for item in session.scalars(items)}
        told = remaining(source.rows, gone)
        rows = Packed(remaining_rows(source.rows, gone, told))
        extra = Packed(row for row in source.extra_rows if not gone.holds(row["utt_id"]))
        size = source.audio_bytes()
        change = _change(release, source.rows, gone)
        document = _release(
            source,
            told,
            gone,
            {
                "version": release.version,
                "released_on": release.released_on,
                "previous": {"version": base.version, "corpus_id": base.corpus_id},
                "key_fingerprint": key_fingerprint,
            },
        )
        return Plan(
            rows=rows,
            extra_rows=extra,
            consents=tuple(remaining_consents(source.lines("consents.jsonl"), told)),
            withdrawals=(WITHDRAWALS_HEAD, *register_of(feed, release.version)),
            release=document,
            changelog=gone.hide(changelog(change, source.read("CHANGELOG.md").decode())),
            segments={str(row["utt_id"]): segments[str(row["utt_id"])] for row in chain(rows, extra)},
            new_names={},
            audio_bytes=size,
            warnings=tuple(document["split"]["warnings"]),
            changes=count_changes(change, source.rows, rows, base.version),
        )


def patched_by(session: Session, patch: Release) -> Release:
    """Return the version that a patch follows: the newest one of its major that is published before it."""
    version = parse_version(patch.version)
    out = (Release.corpus == patch.corpus, Release.state == "published")
    older = [
        row for row in session.scalars(select(Release).where(*out)) if parse_version(row.version) < version
    ]
    same = [row for row in older if parse_version(row.version).major == version.major]
    if not same:
        raise ReleaseError("release.erased", f"there is no version that {patch.version} could follow")
    return max(same, key=lambda row: parse_version(row.version))


class _Base:
    """The sources of the version before, as the store keeps them."""

    def __init__(self, store: Store, session: Session, release: Release) -> None:
        self._store, self._session, self._id = store, session, release.id
        self._manifest: Mapping[str, Mapping[str, Any]] = release.manifest or {}
        self.release: dict[str, Any] = json.loads(self.read("release.json"))
        self.rows: Iterable[Row] = RowFile(store.blobs.path_of(table_of(store, session, release)))
        extra = extra_manifest(store, release)
        self.extra_rows = self._if_there(str(extra[TABLE]["sha256"])) if extra else ()

    def read(self, path: str) -> bytes:
        return self._store.blobs.read(str(self._manifest[path]["sha256"]))

    def lines(self, path: str) -> Iterable[Row]:
        return RowFile(self._store.blobs.path_of(str(self._manifest[path]["sha256"])))

    def audio_bytes(self) -> int:
        """Bytes of the FLACs of this version: at most so much is written again."""
        clips = select(func.sum(Blob.bytes)).join(Clip, Clip.blob_sha256 == Blob.sha256)
        mine = clips.join(ReleaseItem, ReleaseItem.segment_id == Clip.segment_id)
        return self._session.scalar(mine.where(ReleaseItem.release_id == self._id)) or 0

    def _if_there(self, sha256: str) -> Iterable[Row]:
        blobs = self._store.blobs
        return RowFile(blobs.path_of(sha256)) if blobs.exists(sha256) else ()


def _gone(session: Session, base: Release) -> Withdrawn:
    """Return what the feed names, and clips that became private since: nobody publishes those either."""
    named = withdrawn_names(session, base.corpus)
    clips = (
        select(ReleaseItem.utt_id)
        .join(Segment, Segment.id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == base.id, or_(withdrawn_from("release"), private_within(Segment)))
    )
    return Withdrawn(speakers=named.speakers, clips=named.clips | set(session.scalars(clips)))


def _release(
    source: _Base, told: Remaining, gone: Withdrawn, told_by: Mapping[str, object]
) -> dict[str, Any]:
    left = remaining_release(
        source.release, gone, told, version=str(told_by["version"]), formats=source.release["formats"]
    )
    return {**left, **told_by, "tools": {**source.release["tools"], **tools_here()}}


def _change(release: Release, before: Iterable[Row], gone: Withdrawn) -> Change:
    return Change(
        version=release.version,
        released_on=release.released_on,
        first=False,
        added=(),
        left=tuple(str(row["utt_id"]) for row in before if gone.holds(row["utt_id"])),
        now_leaking=(),
        corrected=(),
    )
