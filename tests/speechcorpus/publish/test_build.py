"""A tree is the same bytes wherever it is built, and every byte follows the rules."""

import gzip
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from speechcorpus.corpus.settings import FORMATS
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.parquet import read_parquet
from tests.release_corpus import blob_reader, made_clips, planned

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def tree(tmp_path_factory) -> Path:
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    return build_tree(plan, tmp_path_factory.mktemp("tree"), blob_reader(clips).__getitem__).root


def built_elsewhere(folder, *, kills, seed, **env):
    """Run `tests.release_kills` with another time zone, locale, umask, order and number of workers."""
    (folder / "matplotlibrc").write_text("font.size: 30\nsvg.fonttype: path\n")  # somebody's taste
    there = {"TZ": "America/Lima", "LC_ALL": "POSIX", "MATPLOTLIBRC": str(folder / "matplotlibrc"), **env}
    done = subprocess.run(
        [sys.executable, "-m", "tests.release_kills", str(folder), str(kills), str(seed)],
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "PYTHONPATH": str(ROOT), **there},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_build_anywhere_killed_or_not_and_after_a_full_disk_has_the_same_corpus_id(tree, tmp_path):
    corpus_id = hashlib.sha256((tree / "SHA256SUMS").read_bytes()).hexdigest()
    found = built_elsewhere(tmp_path, kills=4, seed=1, PYTHONHASHSEED="77")
    assert found["whole"] == corpus_id
    assert found["ids"] == [corpus_id]
    assert -signal.SIGKILL in found["ended"]
    assert found["early"] == 0
    assert found["full"] == 2  # it could not write, and said so
    modes = {path.stat().st_mode & 0o777 for path in (tmp_path / "whole").rglob("*.flac")}
    assert modes == {0o644}


@pytest.mark.slow
def test_builds_killed_at_a_hundred_points_end_at_the_same_corpus_id(tree, tmp_path):
    found = built_elsewhere(tmp_path, kills=100, seed=2)
    assert found["ids"] == [hashlib.sha256((tree / "SHA256SUMS").read_bytes()).hexdigest()]
    assert found["ended"].count(-signal.SIGKILL) >= 60
    assert found["early"] == 0


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
        if path.is_file() and path.suffix not in (".flac", ".gz", ".parquet", ".tar"):
            data = path.read_bytes()
            assert data.endswith(b"\n"), path
            assert b"\r" not in data, path
            assert not data.startswith(b"\xef\xbb\xbf"), path


def test_card_and_datasheet_speak_only_of_what_is_there(tree, tmp_path):
    clips = made_clips()
    plan = planned(clips, include_synthetic=True, formats=("audio",))
    alone = build_tree(plan, tmp_path, blob_reader(clips).__getitem__, durable=False).root
    folders = {path.name for path in alone.iterdir() if path.is_dir()}
    assert folders == {"audio", "plots", "sets"}
    words = (alone / "README.md").read_text() + (alone / "DATASHEET.md").read_text()
    for absent in ("`parquet", "`lhotse", "`shar", "`webdataset", "`kaldi", "`nemo", "load_dataset", "nemo/"):
        assert absent not in words
    words = (tree / "README.md").read_text() + (tree / "DATASHEET.md").read_text()
    for name in FORMATS:
        assert f"- `{name}`: " in words
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


def test_what_the_card_says_about_evaluating_runs_in_the_root_of_the_tree(tree, tmp_path):
    card = (tree / "README.md").read_text("utf-8")
    (snippet,) = re.findall(r"```sh\n(# evaluating:.*?)```", card, re.DOTALL)
    rows = [json.loads(line) for line in (tree / "clips.jsonl").read_text("utf-8").splitlines()]
    said = {row["utt_id"]: row["text"] for row in rows if row["split"] == "test"}
    (tmp_path / "hyp").write_text("".join(f"{utt_id} {text}\n" for utt_id, text in said.items()), "utf-8")
    before = sorted(tree.rglob("*"))
    done = subprocess.run(
        ["sh", "-c", snippet],
        cwd=tree,
        env={"HYP": str(tmp_path / "hyp"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert f"test-corpus 1.0.0, test: {len(said)} clips" in done.stdout
    assert "\ncer: 0.00 %" in done.stdout
    assert "score.references-changed" not in done.stderr
    assert sorted(tree.rglob("*")) == before
