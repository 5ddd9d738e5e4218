"""After a withdrawal the newest version of each major is patched by the house; managers see what is due."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import Job, Release, ReleaseContent, ReleaseItem, Segment
from speechcorpus.workflows.withdrawal_patches import ask_for_patches, due_patches, make_patches
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.accepted import accepted_clips
from tests.stage import set_stage

MANAGER = Actor(role="manager", id="m")


@pytest.fixture
def stage(store, now):
    """Four published versions of two majors, each with the one clip there is; what they hold is not read."""
    stage = set_stage(store, now)
    (stage.person,) = accepted_clips(stage, speakers=1, clips=1)
    with store.catalogue.write() as session:
        segment = session.scalars(select(Segment.id)).one()
        for number, version in enumerate(("1.0.0", "1.1.0", "2.0.0", "2.0.1")):
            row = Release(id=version, project_id=stage.project_id, corpus="taigi", version=version)
            row.state, row.settings, row.manifest = "published", {}, {}
            row.released_on, row.built_by = "2026-03-01", "somebody"
            row.created_at = row.published_at = now - timedelta(days=9 - number)
            session.add(row)
            session.flush()
            session.add(ReleaseContent(release_id=version, seq=0, content_id=None))
            session.add(ReleaseItem(release_id=version, segment_id=segment, utt_id="u", split="train"))
    stage.segment = segment
    return stage


def of_house(stage):
    with stage.store.catalogue.read() as session:
        return {r.version: r for r in session.scalars(select(Release).where(Release.built_by == "house"))}


def builds(stage):
    with stage.store.catalogue.read() as session:
        return len(session.scalars(select(Job.id).where(Job.kind == "build_release")).all())


def state_of(stage, version, state, error=None):
    with stage.store.catalogue.write() as session:
        row = session.scalars(select(Release).where(Release.version == version)).one()
        row.state, row.error = state, error


@pytest.mark.either_database
def test_the_newest_version_of_each_major_is_patched_once_and_again_if_it_failed(stage):
    assert ask_for_patches(stage.store, now=stage.now) == 0
    at = stage.later
    withdraw(stage.store, stage.person, Asked(scope="item", segment_id=stage.segment), now=at)
    assert ask_for_patches(stage.store, now=at) == 1
    for _ in range(2):
        make_patches(stage.store, "taigi", now=at)
    assert set(of_house(stage)) == {"1.1.1", "2.0.2"}
    assert builds(stage) == 2
    with stage.store.catalogue.write() as session:
        for job in session.scalars(select(Job)):
            job.state = "done"
    state_of(stage, "1.1.1", "failed", "release.space: full")
    state_of(stage, "2.0.2", "failed", "release.split-empty: no clip is left for dev")
    assert ask_for_patches(stage.store, now=at + timedelta(hours=1)) == 0
    make_patches(stage.store, "taigi", now=at + timedelta(hours=7))
    assert {version: row.state for version, row in of_house(stage).items()} == {
        "1.1.1": "planned",
        "2.0.2": "failed",
    }
    assert builds(stage) == 3


@pytest.mark.either_database
def test_what_is_due_is_told_to_managers_until_it_is_published(stage):
    assert due_patches(stage.store, MANAGER, now=stage.now) == []
    withdraw(stage.store, stage.person, Asked(scope="item", segment_id=stage.segment), now=stage.later)
    make_patches(stage.store, "taigi", now=stage.later)
    found = due_patches(stage.store, MANAGER, now=stage.later + timedelta(hours=72))
    assert [(each.version, each.patch, each.state, each.overdue) for each in found] == [
        ("1.1.0", "1.1.1", "planned", False),
        ("2.0.1", "2.0.2", "planned", False),
    ]
    state_of(stage, "2.0.2", "published")
    late = due_patches(stage.store, MANAGER, now=stage.later + timedelta(hours=72, minutes=1))
    assert [(each.version, each.overdue) for each in late] == [("1.1.0", True)]
    with pytest.raises(AccessError):
        due_patches(stage.store, Actor(role="ml", id="x"), now=stage.now)
