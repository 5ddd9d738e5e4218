"""Old + delta = new, byte for byte, whatever was changed and whichever bundles are at hand; else nothing."""

import hashlib
import io
import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.publish.apply_delta import apply_delta
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.delta import write_delta, write_delta_file
from speechcorpus.publish.editions import edition_in
from speechcorpus.publish.signature import sign
from tests.delta_trees import contents, edited, flac, make_tree, sum_again
from tests.editions import SIGNING_KEY

SUBSETS = ({"parquet"}, {"audio", "kaldi"}, {"webdataset", "shar"}, set())


@pytest.fixture(scope="module")
def delta(two_versions, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("delta") / "delta.tar"
    write_delta_file(*two_versions, path)
    return path


def only(root: Path, bundles: set[str], into: Path) -> Path:
    for path, data in contents(root).items():
        if bundle_of(path) in {"core", *bundles}:
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            (into / path).write_bytes(data)
    return into


def test_old_and_delta_make_new_byte_for_byte(two_versions, delta, tmp_path):
    made = apply_delta(two_versions[0], delta, tmp_path / "out")
    assert contents(made.root) == contents(two_versions[1])
    assert made.root.stat().st_mode & 0o777 == 0o755
    assert {p.stat().st_mode & 0o777 for p in made.root.rglob("*") if p.is_file()} == {0o644}
    assert list(tmp_path.iterdir()) == [made.root]


@pytest.mark.parametrize("bundles", SUBSETS, ids=lambda bundles: "+".join(sorted(bundles)) or "core")
def test_a_copy_of_some_bundles_becomes_the_same_bundles_of_the_new_version(
    two_versions, delta, bundles, tmp_path
):
    old = only(two_versions[0], bundles, tmp_path / "old")
    made = apply_delta(old, delta, tmp_path / "out")
    assert contents(made.root) == contents(only(two_versions[1], bundles, tmp_path / "new"))


def test_a_bundle_that_is_new_is_made_of_the_others_for_whoever_has_them_all(two_versions, tmp_path):
    lacking = {"audio", "kaldi"}
    old = only(two_versions[0], lacking, tmp_path / "old")
    release = json.loads((old / "release.json").read_bytes())
    (old / "release.json").write_text(json.dumps({**release, "formats": sorted(lacking)}))
    sum_again(old)
    info = write_delta_file(old, two_versions[1], tmp_path / "delta.tar")
    assert info.ops["splice"] == sum(
        path.endswith((".parquet", ".tar")) for path in contents(two_versions[1])
    )
    sent = (tmp_path / "delta.tar").read_bytes()
    assert not any(data in sent for path, data in contents(old).items() if path.endswith(".flac"))
    assert contents(apply_delta(old, tmp_path / "delta.tar", tmp_path / "all").root) == contents(
        two_versions[1]
    )
    few = only(old, {"kaldi"}, tmp_path / "few")
    assert {
        bundle_of(p) for p in contents(apply_delta(few, tmp_path / "delta.tar", tmp_path / "o").root)
    } == {
        "core",
        "kaldi",
    }


def test_the_same_versions_give_the_same_delta_and_each_new_flac_is_in_it_once(two_versions, delta):
    sink = io.BytesIO()
    info = write_delta(edition_in(two_versions[0]), edition_in(two_versions[1]), sink)
    assert sink.getvalue() == delta.read_bytes()
    assert (info.bytes, info.sha256) == (len(sink.getvalue()), hashlib.sha256(sink.getvalue()).hexdigest())
    old, new = contents(two_versions[0]), contents(two_versions[1])
    fresh = [data for path, data in new.items() if path.endswith(".flac") and path not in old]
    assert len(fresh) == 7
    assert all(sink.getvalue().count(data) == 1 for data in fresh)
    kept = [data for path, data in old.items() if path.endswith(".flac") and path in new]
    assert not any(data in sink.getvalue() for data in kept)


ALPHABET = st.integers(0, 9)
EDIT = st.tuples(st.sampled_from(("add", "remove", "alter", "retell", "move")), ALPHABET, ALPHABET)


@settings(max_examples=15)
@given(edits=st.lists(EDIT, max_size=8), bundles=st.sets(st.sampled_from(("audio", "parquet", "webdataset"))))
def test_whatever_was_edited_any_subset_of_bundles_comes_out_as_the_new_one(edits, bundles, tmp_path_factory):
    folder = tmp_path_factory.mktemp("edit")
    clips = {i: (i, i, i % 2) for i in range(10)}
    old = make_tree(folder / "old", clips, "1.0.0")
    new = make_tree(folder / "new", edited(clips, edits), "1.0.1")
    write_delta_file(old, new, folder / "delta.tar")
    copy = only(old, bundles, folder / "copy")
    made = apply_delta(copy, folder / "delta.tar", folder / "out")
    assert contents(made.root) == contents(only(new, bundles, folder / "wanted"))
    shutil.rmtree(folder)


def test_without_loose_audio_a_new_flac_is_sent_with_one_container_and_found_there_by_the_others(tmp_path):
    clips = {i: (i, i, 0) for i in range(6)}
    old = make_tree(tmp_path / "old", clips, "1.0.0", loose=False)
    edits = [("add", 0, 0), ("add", 1, 3), ("alter", 2, 5), ("retell", 3, 2), ("alter", 5, 6)]
    new = make_tree(tmp_path / "new", edited(clips, edits), "1.0.1", loose=False)
    write_delta_file(old, new, tmp_path / "delta.tar")
    sent = (tmp_path / "delta.tar").read_bytes()
    assert [sent.count(flac(seed)) for seed in (100, 103, 205, 206)] == [1, 1, 1, 1]
    assert not any(flac(seed) in sent for seed in (0, 1, 3, 4))
    assert contents(apply_delta(old, tmp_path / "delta.tar", tmp_path / "out").root) == contents(new)


def test_a_copy_that_lost_its_signature_gets_that_of_the_new_version(tmp_path):
    clips = {i: (i, i, 0) for i in range(3)}
    old, new = (make_tree(tmp_path / v, clips, v) for v in ("1.0.0", "1.0.1"))
    for root in (old, new):
        sign(root, SIGNING_KEY)
    write_delta_file(old, new, tmp_path / "delta.tar")
    for path in ("SHA256SUMS.pem", "SHA256SUMS.sig"):
        (old / path).unlink()
    assert contents(apply_delta(old, tmp_path / "delta.tar", tmp_path / "out").root) == contents(new)
