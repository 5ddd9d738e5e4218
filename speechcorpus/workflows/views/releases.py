"""What pages show of releases: the published ones to those who load them, all to those who make them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.settings import FORMATS
from speechcorpus.corpus.snippets import Snippet, snippets
from speechcorpus.corpus.versions import parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.publish.tar import VirtualTar
from speechcorpus.store.models import Project, Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.release_bundles import bundle_archive

BUNDLE_ORDER = ("core", *FORMATS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One unit of download."""

    name: str
    bytes: int
    sha256: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """One version, as its page shows it; `summary` is None before it is built."""

    id: str
    project_id: str
    corpus: str
    version: str
    state: str
    released_on: str
    corpus_id: str | None
    summary: Mapping[str, Any] | None
    error: str | None
    built_by: str
    approved_by: str | None
    created_at: datetime
    published_at: datetime | None
    manifest: Mapping[str, Mapping[str, Any]]

    @property
    def bundles(self) -> list[Bundle]:
        """Bundles in the order they are listed everywhere."""
        found = self.summary["bundles"] if self.summary else {}
        return [Bundle(name=name, **found[name]) for name in BUNDLE_ORDER if name in found]

    @property
    def formats(self) -> list[str]:
        """Formats beside `core`."""
        return [bundle.name for bundle in self.bundles if bundle.name != "core"]

    @property
    def snippets(self) -> list[Snippet]:
        """How to load it, for the formats it has."""
        return snippets({"formats": self.formats})

    @property
    def root(self) -> str:
        """Name of the tree's folder."""
        return f"{self.corpus}-{self.version}"

    def to_json(self) -> dict[str, object]:
        """Return what `index.json` says of it."""
        return {
            "corpus": self.corpus,
            "version": self.version,
            "released_on": self.released_on,
            "corpus_id": self.corpus_id,
            "content_id": self.summary["content_id"] if self.summary else None,
            "statistics": self.summary["statistics"] if self.summary else None,
            "bundles": {b.name: {"bytes": b.bytes, "sha256": b.sha256} for b in self.bundles},
            "files": {
                path: {"bytes": entry["bytes"], "sha256": entry["sha256"], "bundle": entry["bundle"]}
                for path, entry in sorted(self.manifest.items())
            },
        }


def published_releases(store: Store) -> list[ReleaseView]:
    """Return all published versions, by corpus, newest first."""
    with store.catalogue.read() as session:
        rows = session.scalars(select(Release).where(Release.state == "published"))
        found = [_view(row) for row in rows]
    newest_first = sorted(found, key=lambda view: parse_version(view.version), reverse=True)
    return sorted(newest_first, key=lambda view: view.corpus)


def published_release(store: Store, corpus: str, version: str) -> ReleaseView:
    """Return one published version; AccessError `not-found`."""
    with store.catalogue.read() as session:
        return _view(_published(session, corpus, version))


def open_bundle(store: Store, corpus: str, version: str, bundle: str) -> VirtualTar:
    """Return a bundle of a published version as an archive; AccessError `not-found`."""
    with store.catalogue.read() as session:
        archive = bundle_archive(store, _published(session, corpus, version), bundle)
    if archive is None:
        raise not_found("bundle")
    return archive


def releases_in_making(store: Store, actor: Actor) -> tuple[list[ReleaseView], list[str]]:
    """Return all versions in any state, newest first, and the projects to build from."""
    require_role(actor, "manager", "operator")
    with store.catalogue.read() as session:
        rows = session.scalars(select(Release).order_by(Release.created_at.desc(), Release.id))
        every = session.scalars(select(Project.id).order_by(Project.id))
        mine = [project for project in every.all() if is_own(session, actor, project)]
        return [_view(row) for row in rows if row.project_id in mine], mine


def _published(session: Session, corpus: str, version: str) -> Release:
    found = session.scalar(select(Release).where(Release.corpus == corpus, Release.version == version))
    if found is None or found.state != "published":
        raise not_found("release")
    return found


def _view(row: Release) -> ReleaseView:
    return ReleaseView(
        id=row.id,
        project_id=row.project_id,
        corpus=row.corpus,
        version=row.version,
        state=row.state,
        released_on=row.released_on,
        corpus_id=row.corpus_id,
        summary=row.summary,
        error=row.error,
        built_by=row.built_by,
        approved_by=row.approved_by,
        created_at=row.created_at,
        published_at=row.published_at,
        manifest=row.manifest or {},
    )
