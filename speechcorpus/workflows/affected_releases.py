"""Which files of published versions hold what was withdrawn since, and which version is without it."""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.versions import parse_version
from speechcorpus.publish.affected import affected_files
from speechcorpus.store.models import Release, ReleaseItem, WithdrawnItem
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_extra import EXTRA, extra_manifest


def withdrawn_clips_of(session: Session, release_id: str) -> dict[str, str]:
    """Return utt_id → split of the clips of a release that were taken back; `extra` for those beside it."""
    rows = session.execute(
        select(ReleaseItem.utt_id, ReleaseItem.split)
        .join(WithdrawnItem, WithdrawnItem.segment_id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == release_id, WithdrawnItem.effect == "release")
    )
    return {row.utt_id: row.split for row in rows}


def affected_in(store: Store, release: Release, clips: Mapping[str, str]) -> dict[str, str]:
    """Return path → digest of the files of a tree that hold one of these clips."""
    main = {utt_id: split for utt_id, split in clips.items() if split != EXTRA}
    manifest: Mapping[str, Mapping[str, Any]] = release.manifest or {}
    document = json.loads(store.blobs.read(str(manifest["release.json"]["sha256"]))) if main else {}
    return {
        path: str(manifest[path]["sha256"])
        for path in affected_files(manifest, document.get("shards", {}), main)
    }


def affected_beside(store: Store, release: Release, clips: Mapping[str, str]) -> dict[str, str]:
    """Return path → digest of the files of the extra tree that hold one of these clips."""
    beside = {utt_id: split for utt_id, split in clips.items() if split == EXTRA}
    manifest = extra_manifest(store, release) if beside else {}
    return {path: str(manifest[path]["sha256"]) for path in affected_files(manifest, {}, beside)}


def successor_of(session: Session, release: Release) -> str | None:
    """Return the version to fetch instead: of the same major if there is one, without anything withdrawn."""
    out = (Release.corpus == release.corpus, Release.state == "published", Release.id != release.id)
    found = [
        row
        for row in session.scalars(select(Release).where(*out))
        if parse_version(row.version) > parse_version(release.version)
        and not withdrawn_clips_of(session, row.id)
    ]
    major = parse_version(release.version).major
    same = [row for row in found if parse_version(row.version).major == major]
    newest = max(same or found, key=lambda row: parse_version(row.version), default=None)
    return newest.version if newest else None
