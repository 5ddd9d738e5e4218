"""Published versions of a corpus in a store: built by one, approved by another."""

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Job, Release
from speechcorpus.workflows.release_approval import approve_release
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_deltas import make_deltas
from speechcorpus.workflows.release_requests import request_build
from tests.stage import Stage

SECOND = Actor(role="manager", id="second-manager")


def built(stage: Stage, version: str = "1.0.0") -> Release:
    """Build a version that nobody has approved."""
    release_id = request_build(
        stage.store,
        stage.manager,
        project_id=stage.project_id,
        corpus="test-corpus",
        version=version,
        released_on="2026-11-23",
        settings={"formats": ["audio", "webdataset"]},
        now=stage.now,
    )
    build_release(stage.store, release_id, now=stage.now)
    found = read(stage, release_id)
    assert found.state == "built", found.error
    return found


def approve(stage: Stage, found: Release) -> None:
    """Publish it as another manager."""
    approve_release(stage.store, SECOND, found.id, corpus_id=found.corpus_id or "", now=stage.now)


def read(stage: Stage, release_id: str) -> Release:
    """Return the row of a release as it is now."""
    with stage.store.catalogue.read() as session:
        return session.get_one(Release, release_id)


def publish_versions(stage: Stage, *versions: str) -> list[Release]:
    """Publish versions one after the other, and let a worker make the deltas between them."""
    found = []
    for version in versions:
        release = built(stage, version)
        approve(stage, release)
        found.append(read(stage, release.id))
    with stage.store.catalogue.read() as session:
        asked = session.scalars(select(Job.payload).where(Job.kind == "make_deltas")).all()
    assert [payload["release_id"] for payload in asked] == [release.id for release in found]
    for payload in [*asked, *asked]:  # twice, as after a crash
        make_deltas(stage.store, **payload, now=stage.now)
    return found
