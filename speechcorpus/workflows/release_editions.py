"""A stored release as `publish` reads it, its files being blobs; and whether a voice in it was withdrawn."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.publish.editions import SUMS, Edition, Lying, listed_in
from speechcorpus.store.models import Release, ReleaseItem, Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_extra import EXTRA
from speechcorpus.workflows.withdrawn_items import withdrawn_from


def edition_of(store: Store, release: Release) -> Edition:
    """Return a built release with the places of its files; those of an erased file hold nothing any more."""
    manifest: Mapping[str, Mapping[str, Any]] = release.manifest or {}
    files = {
        path: Lying(
            find=partial(store.blobs.path_of, str(entry["sha256"])),
            bytes=int(entry["bytes"]),
            sha256=str(entry["sha256"]),
        )
        for path, entry in manifest.items()
    }
    return Edition(files=files, listed=listed_in(store.blobs.read(files[SUMS].sha256)))


def holds_withdrawn(session: Session, release_id: str) -> bool:
    """Say whether a clip in the tree of a release was taken back since."""
    clips = (
        select(ReleaseItem.segment_id)
        .join(Segment, Segment.id == ReleaseItem.segment_id)
        .where(ReleaseItem.release_id == release_id, ReleaseItem.split != EXTRA, withdrawn_from("release"))
    )
    return session.scalars(clips.limit(1)).first() is not None
