"""What pages show of releases: the published ones to those who load them, all to those who make them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from speechcorpus.corpus.settings import FORMATS
from speechcorpus.corpus.snippets import Snippet, snippets
from speechcorpus.corpus.versions import parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.publish.tar import VirtualTar
from speechcorpus.store.models import Project, Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.affected_releases import affected_in, successor_of, withdrawn_clips_of
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.release_bundles import bundle_archive
from speechcorpus.workflows.release_extra import EXTRA, extra_archive
from speechcorpus.workflows.second_person import those_who_may_be

BUNDLE_ORDER = ("core", *FORMATS)
OUT = ("published", "superseded", "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One unit of download."""

    name: str
    bytes: int
    sha256: str
    files: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseView:
    """One version, as its page shows it; `summary` is None before it is built.

    `manifest` is empty where only the head of a version was asked for.
    """

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
    settings: Mapping[str, Any]

    @property
    def bundles(self) -> list[Bundle]:
        """Bundles in the order they are listed everywhere."""
        found = self.summary.get("bundles", {}) if self.summary else {}
        names = [*BUNDLE_ORDER, *sorted(found.keys() - set(BUNDLE_ORDER))]
        listed = [Bundle(name=name, **found[name]) for name in names if name in found]
        extra = self.summary.get("extra_tree") if self.summary else None
        if extra:  # a tree of its own beside the main one
            listed.append(Bundle(name=EXTRA, **{name: extra[name] for name in ("bytes", "sha256", "files")}))
        return listed

    @property
    def formats(self) -> list[str]:
        """Formats beside `core`."""
        return [bundle.name for bundle in self.bundles if bundle.name not in ("core", EXTRA)]

    @property
    def snippets(self) -> list[Snippet]:
        """How to load it, for the formats it has."""
        return snippets({"formats": self.formats})

    @property
    def root(self) -> str:
        """Name of the tree's folder."""
        return f"{self.corpus}-{self.version}"

    @property
    def licence_sha256(self) -> str | None:
        """Digest of the licence text in the tree."""
        return self.digest_of("LICENSE")

    def digest_of(self, path: str) -> str | None:
        """Return the digest of a file of the tree; None when it has no such file."""
        entry = self.manifest.get(path)
        return None if entry is None else str(entry["sha256"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where a published version stands today, which its bytes cannot know."""

    newest: str  # version of the same corpus
    withdrawn_clips: int = 0  # of this version, taken back since
    successor: str | None = None  # what to fetch instead of it, while it holds any
    stopped: frozenset[str] = frozenset()  # files of it that are served no more

    def state_of(self, version: str) -> Literal["published", "superseded", "withdrawn"]:
        """Return the word for it; a voice that was taken back outweighs a newer version.

        Examples
        --------
        >>> Standing(newest="1.1.0", withdrawn_clips=0).state_of("1.0.0")
        'superseded'
        """
        if self.withdrawn_clips:
            return "withdrawn"
        return "published" if version == self.newest else "superseded"


def published_releases(store: Store) -> list[ReleaseView]:
    """Return the heads of all published versions, by corpus, newest first."""
    with store.catalogue.read() as session:
        found = [_view(row, {}) for row in session.scalars(_out().options(defer(Release.manifest)))]
    newest_first = sorted(found, key=lambda view: parse_version(view.version), reverse=True)
    return sorted(newest_first, key=lambda view: view.corpus)


def published_release(store: Store, corpus: str, version: str) -> ReleaseView:
    """Return one published version whole; AccessError `not-found`."""
    with store.catalogue.read() as session:
        row = _published(session, corpus, version)
        return _view(row, row.manifest or {})


def published_id(store: Store, corpus: str, version: str) -> str:
    """Return the id of a published version, cheaply; AccessError `not-found`."""
    with store.catalogue.read() as session:
        where = (Release.corpus == corpus, Release.version == version, Release.state.in_(OUT))
        found = session.scalar(select(Release.id).where(*where))
    if found is None:
        raise not_found("release")
    return found


def standings(store: Store, releases: Sequence[ReleaseView]) -> dict[str, Standing]:
    """Return where published versions stand, by id."""
    with store.catalogue.read() as session:
        rows = session.execute(select(Release.corpus, Release.version).where(Release.state.in_(OUT)))
        pairs = [(corpus, version) for corpus, version in rows]
        newest = dict(sorted(pairs, key=lambda pair: parse_version(pair[1])))
        return {view.id: _standing(store, session, view, newest[view.corpus]) for view in releases}


def open_bundle(store: Store, corpus: str, version: str, bundle: str) -> VirtualTar:
    """Return a bundle of a published version as an archive; AccessError `not-found`."""
    with store.catalogue.read() as session:
        row = _published(session, corpus, version)
        archive = extra_archive(store, row) if bundle == EXTRA else bundle_archive(store, row, bundle)
    if archive is None:
        raise not_found("bundle")
    return archive


def releases_in_making(store: Store, actor: Actor) -> tuple[list[ReleaseView], list[str]]:
    """Return all versions in any state, newest first, and the projects to build from."""
    require_role(actor, "manager", "operator")
    with store.catalogue.read() as session:
        newest_first = select(Release).order_by(Release.created_at.desc(), Release.id)
        rows = session.scalars(newest_first.options(defer(Release.manifest)))
        every = session.scalars(select(Project.id).order_by(Project.id))
        mine = [project for project in every.all() if is_own(session, actor, project)]
        return [_view(row, {}) for row in rows if row.project_id in mine], mine


def approved_by_others(store: Store, actor: Actor, releases: Sequence[ReleaseView]) -> set[str]:
    """Return the ids of built versions that this person may not approve, for they may have built them."""
    builders = {view.built_by for view in releases if view.state == "built"}
    with store.catalogue.read() as session:
        found = those_who_may_be(session, builders, actor)
    return {view.id for view in releases if view.state == "built" and view.built_by in found}


def _standing(store: Store, session: Session, view: ReleaseView, newest: str) -> Standing:
    clips = withdrawn_clips_of(session, view.id)
    main = sum(split != EXTRA for split in clips.values())
    if not main:
        return Standing(newest=newest)
    row = session.get_one(Release, view.id)
    return Standing(
        newest=newest,
        withdrawn_clips=main,
        successor=successor_of(session, row),
        stopped=frozenset(affected_in(store, row, clips)),
    )


def _out() -> Select[Release]:
    return select(Release).where(Release.state.in_(OUT))


def _published(session: Session, corpus: str, version: str) -> Release:
    found = session.scalar(_out().where(Release.corpus == corpus, Release.version == version))
    if found is None:
        raise not_found("release")
    return found


def _view(row: Release, manifest: Mapping[str, Mapping[str, Any]]) -> ReleaseView:
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
        manifest=manifest,
        settings=row.settings,
    )
