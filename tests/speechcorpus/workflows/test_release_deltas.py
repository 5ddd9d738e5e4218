"""At publication a worker makes the deltas that lead to a version; a withdrawal takes them back."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, select

from speechcorpus.cli import cli
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.apply_delta import apply_delta
from speechcorpus.store.models import ReleaseDelta, ReleaseItem, Withdrawal, WithdrawnItem
from speechcorpus.store.store import open_store
from speechcorpus.workflows.release_deltas import delta_blobs, deltas_to, make_deltas
from speechcorpus.workflows.release_export import export_object

SECOND = Actor(role="manager", id="second-manager")


@pytest.fixture
def stage(house, tmp_path):
    """The house with a store of one's own, to be changed."""
    store = open_store(Path(shutil.copytree(house[0].store.data_dir, tmp_path / "data")))
    yield replace(house[0], store=store)
    store.catalogue.close()


def tree(stage, release, folder):
    for path, entry in release.manifest.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(stage.store.blobs.read(entry["sha256"]))
    return folder


def take_back_a_clip_of(stage, release):
    person = stage.contributor().id
    with stage.store.catalogue.write() as session:
        inside = (ReleaseItem.release_id == release.id, ReleaseItem.split != "extra")
        segment = session.scalars(select(ReleaseItem.segment_id).where(*inside)).first()
        row = Withdrawal(id="w", contributor_id=person, scope="item", segment_id=segment)
        row.withdrawn_at = stage.now
        session.add(row)
        session.flush()
        session.add(WithdrawnItem(segment_id=segment, effect="release", withdrawal_id="w"))


def test_a_delta_leads_from_each_earlier_version_of_the_major_to_the_new_one(stage, house, tmp_path):
    first, second = house[1]
    assert deltas_to(stage.store, "test-corpus", "1.0.0") == []
    ((version, sha256, size),) = deltas_to(stage.store, "test-corpus", "1.0.1")
    assert (version, stage.store.blobs.size(sha256)) == ("1.0.0", size)
    made = apply_delta(tree(stage, first, tmp_path / "a"), stage.store.blobs.path_of(sha256), tmp_path / "b")
    assert made.corpus_id == second.corpus_id
    assert deltas_to(stage.store, "test-corpus", "9.0.0") == []


def test_after_a_withdrawal_no_delta_leads_to_a_version_with_that_voice(stage, house):
    second = house[1][1]
    ((_, sha256, _),) = deltas_to(stage.store, "test-corpus", "1.0.1")
    take_back_a_clip_of(stage, second)
    assert deltas_to(stage.store, "test-corpus", "1.0.1") == []
    with stage.store.catalogue.write() as session:
        assert delta_blobs(session, second.id) == [sha256]
        session.execute(delete(ReleaseDelta))
    make_deltas(stage.store, second.id, now=stage.now)
    with stage.store.catalogue.read() as session:
        assert delta_blobs(session, second.id) == []


def test_every_version_goes_into_one_object_for_an_archive_but_not_a_withdrawn_voice(stage, house, tmp_path):
    said = ["release", "export", "--ocfl", "--data", str(stage.store.data_dir), "--corpus", "test-corpus"]
    done = CliRunner().invoke(cli, [*said, "--out", str(tmp_path / "all")])
    assert done.output == f"{tmp_path / 'all'}: test-corpus 1.0.0, 1.0.1\n"
    inventory = json.loads((tmp_path / "all" / "inventory.json").read_bytes())
    assert {path for paths in inventory["versions"]["v2"]["state"].values() for path in paths} == set(
        house[1][1].manifest
    )
    take_back_a_clip_of(stage, house[1][0])
    with pytest.raises(ReleaseError, match=r"1\.0\.0 holds a voice that was withdrawn"):
        export_object(stage.store, "test-corpus", ["1.0.0"], tmp_path / "out")
    with pytest.raises(ReleaseError, match=r"3\.0\.0 is not published"):
        export_object(stage.store, "test-corpus", ["3.0.0"], tmp_path / "out")
    with pytest.raises(ReleaseError, match="no version of other-corpus can be handed over"):
        export_object(stage.store, "other-corpus", [], tmp_path / "out")
    with pytest.raises(ReleaseError, match="no version of test-corpus can be handed over"):
        export_object(stage.store, "test-corpus", [], tmp_path / "out")
    with stage.store.catalogue.write() as session:  # as if the clip had never been in the second
        session.execute(delete(ReleaseItem).where(ReleaseItem.release_id == house[1][1].id))
    assert not (tmp_path / "out").exists()
    found = export_object(stage.store, "test-corpus", [], tmp_path / "out")
    assert (found.versions, found.left_out) == (("1.0.1",), ("1.0.0",))
