"""Asking for a version to be built: its number, its day, and the row that stands for it."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.identifiers import check_corpus_name
from speechcorpus.corpus.settings import settings_from_mapping
from speechcorpus.corpus.versions import Needs, check_follows, parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.models import Job, Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.release_plans import latest_release
from speechcorpus.workflows.release_queue import audit_release, queue_build


def request_build(
    store: Store,
    actor: Actor,
    *,
    project_id: str,
    corpus: str,
    version: str,
    released_on: str,
    settings: Mapping[str, object],
    now: datetime,
    by_worker: bool = True,
) -> str:
    """Ask for a version to be built by a worker; return the release's id. One that failed, or that
    nobody builds any more, may be asked anew.

    Parameters
    ----------
    settings : keys of `ReleaseSettings`; what is not named has its default
    by_worker : False when the caller builds it next, in its own process

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators, an unknown project, or
        another project's corpus
    ReleaseError : `release.corpus-name`, `release.version`, `release.date`, `release.version-taken`
    """
    require_role(actor, "manager", "operator")
    check_corpus_name(corpus)
    check_date(released_on)
    kept = settings_from_mapping(settings).to_json()
    with store.catalogue.write() as session:
        if not is_own(session, actor, project_id):
            raise not_found("project")
        _check_corpus_is_own(session, actor, corpus)
        last = latest_release(session, corpus)
        check_follows(parse_version(version), parse_version(last.version) if last else None, Needs())
        release = _row_for(session, project_id, corpus, version, now)
        release.project_id, release.released_on = project_id, released_on
        release.settings, release.built_by = kept, actor.name_for_audit
        release.state, release.error = "planned", None
        session.flush()
        if by_worker:
            queue_build(session, release, now=now)
        audit_release(session, actor, "release.asked", release, now=now)
        return release.id


def check_date(released_on: str) -> None:
    """Raise `release.date` unless this is a day, as YYYY-MM-DD."""
    try:
        date.fromisoformat(released_on)
    except ValueError as error:
        raise ReleaseError("release.date", f"{released_on!r} is no date YYYY-MM-DD") from error


def _check_corpus_is_own(session: Session, actor: Actor, corpus: str) -> None:
    """Refuse the name of a corpus that somebody else's project publishes: tokens are given for the name."""
    projects = select(Release.project_id).where(Release.corpus == corpus).distinct()
    if not all(is_own(session, actor, project_id) for project_id in session.scalars(projects).all()):
        raise not_found("corpus")


def _row_for(session: Session, project_id: str, corpus: str, version: str, now: datetime) -> Release:
    """Return the row of this version: a new one, one that was only looked at, or one whose build failed."""
    found = session.scalar(select(Release).where(Release.corpus == corpus, Release.version == version))
    if found is None:
        found = Release(
            id=str(uuid4()), project_id=project_id, corpus=corpus, version=version, created_at=now
        )
        session.add(found)
    elif found.state not in ("draft", "failed") and not _is_abandoned(session, found):
        raise ReleaseError(
            "release.version-taken",
            f"{corpus} {version} is already {found.state}, by {found.built_by}",
            state=found.state,
        )
    return found


def _is_abandoned(session: Session, release: Release) -> bool:
    """Say whether a build was begun and nobody works on it any more: its job gave up, or its process died."""
    alive = (Job.kind == "build_release", Job.state.in_(("queued", "running")))
    working = {str(payload["release_id"]) for payload in session.scalars(select(Job.payload).where(*alive))}
    return release.state in ("planned", "building") and release.id not in working
