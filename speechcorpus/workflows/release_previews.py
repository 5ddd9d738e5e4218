"""A version as it would be: planned by a worker, looked at by the manager, built when they say so."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

from speechcorpus.corpus.plan import Plan
from speechcorpus.corpus.settings import settings_from_mapping
from speechcorpus.corpus.versions import Version, parse_version
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Release
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_role
from speechcorpus.workflows.desk import is_own
from speechcorpus.workflows.release_folders import plan_summary
from speechcorpus.workflows.release_plans import Asked, latest_release, plan_from_catalogue
from speechcorpus.workflows.release_queue import audit_release, queue_build
from speechcorpus.workflows.release_requests import request_build

EXAMPLES = 50  # refused clips named on the page; of the rest their number by reason


def request_preview(
    store: Store,
    actor: Actor,
    *,
    project_id: str,
    corpus: str,
    version: str,
    released_on: str,
    settings: Mapping[str, object],
    now: datetime,
) -> str:
    """Ask a worker to plan a version without building it; return the release's id.

    Raises
    ------
    AccessError, ReleaseError : as `request_build`
    """
    release_id = request_build(
        store,
        actor,
        project_id=project_id,
        corpus=corpus,
        version=version,
        released_on=released_on,
        settings=settings,
        now=now,
        by_worker=False,
    )
    with store.catalogue.write() as session:
        release = session.get_one(Release, release_id)
        release.state, release.summary = "draft", None
        enqueue(session, "preview_release", {"release_id": release_id}, now=now)
    return release_id


def preview_release(store: Store, release_id: str, *, now: datetime) -> None:
    """Plan what was asked for and keep the figures; a job, safe to run again. What cannot be is a failure."""
    del now  # every job is given the time; a plan has none
    with store.catalogue.read() as session:
        release = session.get(Release, release_id)
        if release is None or release.state != "draft":
            return
        asked = Asked(
            project_id=release.project_id,
            corpus=release.corpus,
            version=release.version,
            released_on=release.released_on,
            settings=settings_from_mapping(release.settings),
        )
    summary: dict[str, object] | None = None
    error: str | None = None
    try:
        summary = {"plan": preview_of(plan_from_catalogue(store, asked))}
    except ReleaseError as refused:
        error = f"{refused.code}: {refused}"
    with store.catalogue.write() as session:
        release = session.get_one(Release, release_id, with_for_update=True)
        if release.state == "draft":
            release.summary, release.error = summary, error
            release.state = "draft" if error is None else "failed"


def preview_of(plan: Plan) -> dict[str, object]:
    """Return what would enter, what would not and why, and the warnings."""
    found = plan_summary(plan)
    extra = found.pop("extra")
    refused = found.pop("refused")
    moved = Counter(str(row[3]) for row in extra) if isinstance(extra, list) else Counter()
    return {
        **found,
        "changes": plan.changes,
        "extra": dict(sorted(moved.items())),
        "refused": refused[:EXAMPLES] if isinstance(refused, list) else [],
    }


def start_build(store: Store, actor: Actor, release_id: str, *, now: datetime) -> None:
    """Let a worker build what was looked at; whoever says so is the builder.

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators of the project
    ReleaseError : `release.state` unless its plan is ready
    """
    require_role(actor, "manager", "operator")
    with store.catalogue.write() as session:
        release = session.get(Release, release_id, with_for_update=True)
        if release is None or not is_own(session, actor, release.project_id):
            raise not_found("release")
        if release.state != "draft" or release.summary is None:
            raise ReleaseError("release.state", f"it is {release.state}, not planned to be looked at")
        release.state, release.built_by = "planned", actor.name_for_audit
        queue_build(session, release, now=now)
        session.flush()
        audit_release(session, actor, "release.asked", release, now=now)


def proposed_version(store: Store, corpus: str) -> tuple[str, str | None]:
    """Return the version to propose next, and the last published one: the smallest that may add clips."""
    with store.catalogue.read() as session:
        last = latest_release(session, corpus)
    if last is None:
        return "1.0.0", None
    known = parse_version(last.version)
    return str(Version(major=known.major, minor=known.minor + 1, patch=0)), last.version
