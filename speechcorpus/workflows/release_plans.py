"""Plans a release from the catalogue: candidates, names given before, the release before."""

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.metadata import version as package_version

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.packed import Packed
from speechcorpus.corpus.plan import Plan, plan_release
from speechcorpus.corpus.request import Previous, Request
from speechcorpus.corpus.selection import Candidate
from speechcorpus.corpus.settings import ReleaseSettings
from speechcorpus.corpus.versions import parse_version
from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.terms import Terms
from speechcorpus.publish import plots
from speechcorpus.publish.parquet import tool_version
from speechcorpus.publish.sources import RowFile
from speechcorpus.store.blob_rows import in_pages
from speechcorpus.store.models import (
    CorpusName,
    Project,
    Release,
    TermsVersion,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.release_candidates import gather_candidates, terms_name
from speechcorpus.workflows.release_collection import collection_of
from speechcorpus.workflows.withdrawal_contents import table_of
from speechcorpus.workflows.withdrawal_feed import feed_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asks to be built."""

    project_id: str
    corpus: str
    version: str
    released_on: str
    settings: ReleaseSettings


def plan_from_catalogue(store: Store, asked: Asked, *, key_fingerprint: str | None = None) -> Plan:
    """Return the plan of a release, from one view of the catalogue; nothing is written.

    Parameters
    ----------
    key_fingerprint : of the key that will sign; None leaves it open who signs

    Raises
    ------
    AccessError : `not-found` for an unknown project
    ReleaseError : as `plan_release`
    """
    with store.catalogue.read() as session:
        project = session.get(Project, asked.project_id)
        if project is None:
            raise not_found("project")
        terms = _terms_of(session, asked.project_id)
        used: set[str] = set()
        candidates = Packed(_noted(gather_candidates(store, session, asked.project_id), used))
        licences = sorted({terms[name].project.licence for name in used & terms.keys()}) or ["CC-BY-4.0"]
        request = Request(
            corpus=asked.corpus,
            version=asked.version,
            released_on=asked.released_on,
            settings=_titled(asked.settings, project.title),
            licence=" AND ".join(licences),
            terms={name: parse_json(terms[name].to_document()) for name in sorted(used & terms.keys())},
            collection=collection_of(session, asked.project_id),
            tools=tools_here(),
            names=_names(session, asked.corpus),
            previous=_previous(store, session, asked.corpus),
            withdrawals=feed_rows(session, asked.corpus),
            key_fingerprint=key_fingerprint,
        )
    return plan_release(candidates, request)


def tools_here() -> dict[str, str]:
    """Return the versions of what writes the bytes of a release."""
    return {
        "speechcorpus": package_version("speechcorpus"),
        "pyarrow": tool_version(),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "matplotlib": plots.tool_version(),
    }


def keep_names(session: Session, corpus: str, plan: Plan) -> None:
    """Keep the names a plan has drawn, so that they mean the same for ever; what has one keeps it."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    once = insert(CorpusName).on_conflict_do_nothing(index_elements=("corpus", "kind", "object_id"))
    for page in in_pages(sorted(plan.new_names.items())):
        rows = [{"kind": kind, "object_id": object_id, "name": name} for (kind, object_id), name in page]
        session.execute(once, [{"corpus": corpus, **row} for row in rows])


def latest_release(session: Session, corpus: str) -> Release | None:
    """Return the highest published version of a corpus."""
    rows = session.scalars(select(Release).where(Release.corpus == corpus, Release.state == "published"))
    return max(rows, key=lambda row: parse_version(row.version), default=None)


def _titled(settings: ReleaseSettings, title: str) -> ReleaseSettings:
    return settings if settings.title else replace(settings, title=title)


def _terms_of(session: Session, project_id: str) -> dict[str, Terms]:
    documents = session.scalars(
        select(TermsVersion.document).where(
            TermsVersion.project_id == project_id, TermsVersion.state != "draft"
        )
    )
    found = [Terms.from_document(document) for document in documents]
    return {terms_name(terms): terms for terms in found}


def _names(session: Session, corpus: str) -> dict[tuple[str, str], str]:
    columns = select(CorpusName.kind, CorpusName.object_id, CorpusName.name)
    rows = session.execute(columns.where(CorpusName.corpus == corpus).execution_options(yield_per=1000))
    return {(kind, object_id): name for kind, object_id, name in rows}


def _noted(candidates: Iterable[Candidate], used: set[str]) -> Iterator[Candidate]:
    """Yield the same candidates, and note under which terms each was recorded."""
    for candidate in candidates:
        used.add(str(candidate.facts["terms_version"]))
        yield candidate


def _previous(store: Store, session: Session, corpus: str) -> Previous | None:
    release = latest_release(session, corpus)
    if release is None or release.manifest is None or release.corpus_id is None:
        return None
    manifest: Mapping[str, Mapping[str, str]] = release.manifest

    def read(path: str) -> bytes:
        return store.blobs.read(manifest[path]["sha256"])

    return Previous(
        corpus_id=release.corpus_id,
        release=json.loads(read("release.json")),
        clips=RowFile(store.blobs.path_of(table_of(store, session, release))),
        withdrawals=_json_lines(read("withdrawals.jsonl"))[1:],
        changelog=read("CHANGELOG.md").decode(),
    )


def _json_lines(data: bytes) -> list[Row]:
    return [json.loads(line) for line in data.splitlines()]
