"""Thirty days after a withdrawal what holds the voice is erased, and nothing that other versions need."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, Contributor, Release, ReleaseDelta, ReleaseItem, Segment
from speechcorpus.store.store import open_store
from speechcorpus.workflows.erasure import look_after_withdrawals
from speechcorpus.workflows.release_building import build_release
from speechcorpus.workflows.release_erasure import erase_release_files
from speechcorpus.workflows.release_requests import request_build
from speechcorpus.workflows.withdrawal_patches import make_patches
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.published import approve, read


@pytest.fixture
def stage(house, tmp_path):
    """The house with a store of one's own, to be changed."""
    store = open_store(Path(shutil.copytree(house[0].store.data_dir, tmp_path / "data")))
    yield replace(house[0], store=store)
    store.catalogue.close()


def withdraw_one_clip(stage, release):
    with stage.store.catalogue.read() as session:
        mine = (ReleaseItem.release_id == release.id, ReleaseItem.split == "train")
        segment_id = session.scalars(select(ReleaseItem.segment_id).where(*mine)).first()
        owner = session.get_one(Claim, session.get_one(Segment, segment_id).claim_id).contributor_id
    asked = Asked(scope="item", segment_id=segment_id)
    withdraw(stage.store, Actor(role="contributor", id=owner), asked, now=stage.now)


def patched(stage):
    """Publish the patch that the house makes after a withdrawal."""
    make_patches(stage.store, "test-corpus", now=stage.now)
    with stage.store.catalogue.read() as session:
        patch = session.scalars(select(Release).where(Release.built_by == "house")).one()
    build_release(stage.store, patch.id, now=stage.now)
    patch = read(stage, patch.id)
    assert patch.state == "built", patch.error
    approve(stage, patch)
    return read(stage, patch.id)


def missing(stage, release):
    return [path for path, entry in release.manifest.items() if not stage.store.blobs.exists(entry["sha256"])]


def with_kaldi(stage):
    """Publish a version with a list of speakers: in the patch it is the same."""
    with stage.store.catalogue.write() as session:
        session.execute(update(Contributor).values(gender="female"))
    release_id = request_build(
        stage.store,
        stage.manager,
        project_id=stage.project_id,
        corpus="test-corpus",
        version="1.0.2",
        released_on="2026-11-24",
        settings={"formats": ["audio", "webdataset", "kaldi"]},
        now=stage.now,
    )
    build_release(stage.store, release_id, now=stage.now)
    approve(stage, read(stage, release_id))
    return read(stage, release_id)


def test_what_holds_the_voice_is_erased_and_the_patch_keeps_every_file(stage, house, monkeypatch):
    before = with_kaldi(stage)
    withdraw_one_clip(stage, before)
    patch = patched(stage)
    (delta,) = deltas_of(stage, house[1][1])
    later = stage.now + timedelta(days=31)
    look_after_withdrawals(stage.store, now=later)
    make_patches(stage.store, "test-corpus", now=later)  # what is left of the patch's table is kept too
    with monkeypatch.context() as broken:
        broken.setattr(Path, "unlink", killed)  # after the commit, before the first file is removed
        for _ in house[1]:
            with pytest.raises(KeyboardInterrupt):
                erase_release_files(stage.store, now=later)
    assert stage.store.blobs.exists(delta)
    erase_release_files(stage.store, now=later)
    assert missing(stage, patch) == []
    gone = set(missing(stage, before))
    assert {"clips.jsonl", "kaldi/train/text", "webdataset/train-000000.tar"} <= gone
    assert "kaldi/train/spk2gender" not in gone
    assert not stage.store.blobs.exists(delta)


def deltas_of(stage, release):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(ReleaseDelta.sha256).where(ReleaseDelta.release_id == release.id)).all()


def killed(*_, **__):
    raise KeyboardInterrupt
