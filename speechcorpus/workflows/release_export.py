"""Hands the stored versions of a corpus over as an OCFL object, to an archive that outlives this server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select

from speechcorpus.corpus.versions import Version, parse_version
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.ocfl import Stored, write_object
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.release_editions import edition_of, holds_withdrawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was handed over: versions in the order of their publication; and those that were left out."""

    versions: tuple[str, ...]
    left_out: tuple[str, ...]


def export_object(store: Store, corpus: str, versions: Sequence[str], out: Path) -> Exported:
    """Write published versions of a corpus as one OCFL object into the new folder `out`.

    Parameters
    ----------
    versions : which; none named means all that hold no withdrawn voice, the others are left out

    Raises
    ------
    ReleaseError : `release.unknown` for a version that is not published, or a corpus without one;
        `release.erased` for a named version that holds a withdrawn voice; as `write_object`
    """
    with store.catalogue.read() as session:
        published = (Release.corpus == corpus, Release.state == "published")
        rows = sorted(session.scalars(select(Release).where(*published)), key=_when)
        gone = {row.version for row in rows if holds_withdrawn(session, row.id)}
    known = {row.version for row in rows}
    for version in versions:
        if version not in known:
            raise ReleaseError("release.unknown", f"{corpus} {version} is not published")
        if version in gone:
            raise ReleaseError("release.erased", f"{corpus} {version} holds a voice that was withdrawn")
    wanted = [row for row in rows if row.version in (versions or known - gone)]
    if not wanted:
        raise ReleaseError("release.unknown", f"no version of {corpus} can be handed over")
    stored = [
        Stored(edition=edition_of(store, row), created=row.published_at or row.created_at) for row in wanted
    ]
    write_object(stored, out)
    return Exported(
        versions=tuple(row.version for row in wanted),
        left_out=() if versions else tuple(row.version for row in rows if row.version in gone),
    )


def _when(release: Release) -> tuple[datetime, Version]:
    return release.published_at or release.created_at, parse_version(release.version)
