"""A tree is the same bytes wherever it is built, and every byte follows the rules."""

import gzip
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.parquet import read_parquet
from tests.release_corpus import blob_reader, made_clips, planned

BUILD = """
import sys, pathlib, random, os
from speechcorpus.publish.build import build_tree
from tests.release_corpus import blob_reader, made_clips, planned
os.umask(int(sys.argv[2], 8))
clips = made_clips()
random.Random(int(sys.argv[3])).shuffle(clips)
plan = planned(clips, include_synthetic=True)
print(build_tree(plan, pathlib.Path(sys.argv[1]), blob_reader(clips).__getitem__).corpus_id)
"""
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    return build_tree(plan, tmp_path_factory.mktemp("tree"), blob_reader(clips).__getitem__).root


def built_elsewhere(folder, *, umask, order, **env):
    done = subprocess.run(
        [sys.executable, "-c", BUILD, str(folder), umask, order],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **env},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_two_builds_in_different_places_of_the_world_have_the_same_corpus_id(tmp_path):
    here = {"TZ": "Asia/Taipei", "LC_ALL": "C.utf8", "PYTHONHASHSEED": "1"}
    there = {"TZ": "America/Lima", "LC_ALL": "POSIX", "PYTHONHASHSEED": "77"}
    one = built_elsewhere(tmp_path / "one", umask="022", order="1", **here)
    other = built_elsewhere(tmp_path / "other", umask="077", order="2", **there)
    assert one == other
    assert len(one) == 64
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "other").rglob("*.flac")}
    assert modes == {0o644}


def test_the_corpus_id_is_the_digest_of_the_list_that_sha256sum_accepts(tree):
    listed = (tree / "SHA256SUMS").read_bytes()
    paths = [line.split("  ")[1] for line in listed.decode().splitlines()]
    assert paths == sorted(paths, key=str.encode)
    here = {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()}
    assert set(paths) == here - {"SHA256SUMS"}
    assert subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=tree, check=False).returncode == 0


def test_a_build_that_was_killed_goes_on_where_it_stopped(tmp_path):
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    blobs, asked = blob_reader(clips), []

    def dies(sha256):
        asked.append(sha256)
        if len(asked) > 20:
            raise KeyboardInterrupt
        return blobs[sha256]

    with pytest.raises(KeyboardInterrupt):
        build_tree(plan, tmp_path / "a", dies)
    again = build_tree(plan, tmp_path / "a", blobs.__getitem__)
    whole = build_tree(plan, tmp_path / "b", blobs.__getitem__)
    assert again.corpus_id == whole.corpus_id
    assert (tmp_path / "a" / "journal.jsonl").is_file()


def test_what_an_earlier_plan_left_in_staging_is_not_released(tmp_path):
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    stale = tmp_path / "test-corpus-1.0.0" / "audio" / "train" / "stale.flac"
    stale.parent.mkdir(parents=True)
    stale.write_bytes(b"x")
    build_tree(plan, tmp_path, blob_reader(clips).__getitem__)
    assert not stale.exists()


def test_a_blob_that_is_not_what_it_is_called_stops_the_build(tmp_path):
    clips = made_clips()
    with pytest.raises(ReleaseError, match="do not hash to its name") as caught:
        build_tree(planned(clips, include_synthetic=True), tmp_path, lambda _: b"fLaC")
    assert caught.value.code == "release.fixity"


def test_gzip_files_tell_neither_time_nor_name(tree):
    for path in (tree / "lhotse").iterdir():
        assert path.read_bytes()[:10].hex() == "1f8b08000000000000ff"
        assert gzip.decompress(path.read_bytes()).endswith(b"}\n")


def test_each_flac_lies_in_one_piece_inside_parquet_and_is_the_loose_file(tree):
    shard = (tree / "parquet" / "train-000000.parquet").read_bytes()
    rows = list(read_parquet(tree / "parquet" / "train-000000.parquet"))
    assert [row["utt_id"] for row in rows] == sorted(row["utt_id"] for row in rows)
    for row in rows:
        loose = (tree / "audio" / "train" / row["speaker_id"] / f"{row['utt_id']}.flac").read_bytes()
        assert row["audio"] == {"bytes": loose, "path": f"{row['utt_id']}.flac"}
        assert hashlib.sha256(loose).hexdigest() == row["sha256"]
        assert loose in shard


def test_speakers_of_no_stated_gender_leave_kaldi_without_spk2gender(tree):
    genders = {}
    for line in (tree / "clips.jsonl").read_text().splitlines():
        row = json.loads(line)
        genders.setdefault(row["split"], set()).add(row["gender"])
    for split, found in genders.items():
        assert (tree / "kaldi" / split / "spk2gender").exists() == (found <= {"m", "f"})


def test_text_is_utf8_with_line_feeds_and_ends_in_one(tree):
    for path in tree.rglob("*"):
        if path.is_file() and path.suffix not in (".flac", ".gz", ".parquet"):
            data = path.read_bytes()
            assert data.endswith(b"\n"), path
            assert b"\r" not in data, path
            assert not data.startswith(b"\xef\xbb\xbf"), path


def test_card_and_datasheet_speak_only_of_what_is_there(tree):
    words = (tree / "README.md").read_text() + (tree / "DATASHEET.md").read_text()
    for absent in ("WebDataset", "webdataset", "NeMo", "Croissant", "croissant", "plots/", "Shar", "--key"):
        assert absent not in words
    headings = [line[3:] for line in words.splitlines() if line.startswith("## ")][-7:]
    assert headings == [
        "Motivation",
        "Composition",
        "Collection process",
        "Preprocessing/cleaning/labelling",
        "Uses",
        "Distribution",
        "Maintenance",
    ]
