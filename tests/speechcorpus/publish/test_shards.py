"""Shards: what is in them, what one clip moves, and the bytes of a whole tree, pinned."""

import gzip
import hashlib
import json
import tarfile
import zlib
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
import soundfile

from speechcorpus.corpus.documents import csv_line, json_line
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import BlobClips, build_tree
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.parquet import BYTES_A_GROUP, layout_fault, read_parquet, write_parquet
from speechcorpus.publish.shards import write_shards
from speechcorpus.publish.sources import read_sources
from speechcorpus.publish.space import check_space, planned_bytes
from speechcorpus.publish.staging import HashedFile, Staging
from tests.release_corpus import blob_reader, made_clips, planned

FORMATS = ("audio", "parquet", "shar", "webdataset")
TOOLS = {"pyarrow": "26.0.1", "matplotlib": "3.11.2", "zlib": "1.2.13", "libsndfile": "1.2.2"}
CLIPS = "a2cc869bed4f2263"  # of the digests of all clips
PINNED = {  # of the lines of SHA256SUMS; whoever changes bytes on purpose writes the new ones here
    "audio": "42d808e5b6f26e34",
    "core": "6f2fe47254baa7bc",
    "kaldi": "5e6f501c29bf16d0",
    "lhotse": "cd88dcac21c47599",
    "nemo": "88ab97d4192ad1c2",
    "parquet": "2555f5509cf6043f",
    "shar": "a20d3f0fafa7780a",
    "webdataset": "c596842bca146f2b",
}


@pytest.fixture(scope="module")
def clips():
    return made_clips()


@pytest.fixture(scope="module")
def plan(clips):
    return planned(clips, include_synthetic=True)


@pytest.fixture(scope="module")
def tree(clips, plan, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tree")
    return build_tree(plan, folder, blob_reader(clips).__getitem__, durable=False).root


def rows_of(tree, split):
    lines = (tree / "clips.jsonl").read_text("utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["split"] == split]


def members_of(path):
    with tarfile.open(path) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]


def test_a_webdataset_shard_holds_audio_row_and_text_of_each_clip_side_by_side(tree):
    members = members_of(tree / "webdataset" / "train-000000.tar")
    rows = rows_of(tree, "train")
    assert len(members) == 3 * len(rows)
    for row, three in zip(rows, zip(*[iter(members)] * 3, strict=True), strict=True):
        (audio, flac), (table, cells), (words, text) = three
        assert [audio, table, words] == [f"{row['utt_id']}.{suffix}" for suffix in ("flac", "json", "txt")]
        assert hashlib.sha256(flac).hexdigest() == row["sha256"]
        assert json.loads(cells) == row
        assert text.decode() == row["text"]


def test_a_shar_shard_is_the_cuts_without_recordings_and_each_recording_behind_its_audio(tree):
    members = members_of(tree / "shar" / "dev" / "recording.000000.tar")
    lines = gzip.decompress((tree / "shar" / "dev" / "cuts.000000.jsonl.gz").read_bytes()).splitlines()
    rows = rows_of(tree, "dev")
    for row, line, pair in zip(rows, lines, zip(*[iter(members)] * 2, strict=True), strict=True):
        cut, (audio, flac), (beside, recording) = json.loads(line), *pair
        assert (audio, beside) == (f"{row['utt_id']}.flac", f"{row['utt_id']}.json")
        assert hashlib.sha256(flac).hexdigest() == row["sha256"]
        assert "recording" not in cut
        assert cut["supervisions"][0]["text"] == row["text"]
        assert json.loads(recording) == {
            "id": row["utt_id"],
            "sources": [{"type": "shar", "channels": [0], "source": ""}],
            "sampling_rate": 16_000,
            "num_samples": row["num_samples"],
            "duration": row["num_samples"] / 16_000,
            "channel_ids": [0],
        }


def test_the_same_audio_lies_in_every_format_byte_for_byte(tree):
    for row in rows_of(tree, "test"):
        flac = (tree / row["audio_path"]).read_bytes()
        for name in (
            "parquet/test-000000.parquet",
            "webdataset/test-000000.tar",
            "shar/test/recording.000000.tar",
        ):
            assert flac in (tree / name).read_bytes()


def test_the_list_of_shards_describes_every_file_by_path(tree):
    listed = json.loads((tree / "shards.json").read_bytes())
    assert [row["path"] for row in listed] == sorted(row["path"] for row in listed)
    shards = {"parquet", "shar", "webdataset"}
    here = [path for path in tree.rglob("*") if path.is_file() and path.relative_to(tree).parts[0] in shards]
    assert {row["path"] for row in listed} == {path.relative_to(tree).as_posix() for path in here}
    for row in listed:
        rows = rows_of(tree, row["split"])
        assert (row["clips"], row["first_utt"], row["last_utt"]) == (
            len(rows),
            rows[0]["utt_id"],
            rows[-1]["utt_id"],
        )
        assert row["duration_s"] == round(sum(each["duration"] for each in rows), 3)
        assert row["sha256"] == hashlib.sha256((tree / row["path"]).read_bytes()).hexdigest()


def test_a_corrected_text_changes_one_shard_a_format(clips, plan, tree, tmp_path):
    row = plan.rows[4]
    corrected = replace(plan, rows=tuple({**r, "text": "改過的字。"} if r == row else r for r in plan.rows))
    other = build_tree(corrected, tmp_path, blob_reader(clips).__getitem__, durable=False).root
    listed = [json.loads((root / "shards.json").read_bytes()) for root in (tree, other)]
    changed = [old for old, new in zip(*listed, strict=True) if old["sha256"] != new["sha256"]]
    assert sorted(entry["format"] for entry in changed) == ["parquet", "shar", "webdataset"]
    assert {(entry["split"], entry["shard"]) for entry in changed} == {(row["split"], 0)}


def test_a_shard_that_is_taken_over_is_not_written_again_and_its_clips_are_not_read(
    clips, plan, tree, tmp_path
):
    asked, blobs = [], blob_reader(clips)

    def open_clip(row):
        asked.append(row["split"])
        return blobs[row["sha256"]]

    staging = Staging(tmp_path, "copy")
    for path in sorted((tree / "webdataset").iterdir()):
        if path.name.startswith(("dev", "test")):
            staging.take_over(path, f"webdataset/{path.name}")
    rows = write_shards(read_sources(tree), staging, open_clip, formats=["webdataset"])
    staging.finish(durable=False)
    assert set(asked) == {"train"}
    listed = json.loads((tree / "shards.json").read_bytes())
    assert rows == [row for row in listed if row["format"] == "webdataset"]


def test_half_a_pair_that_a_killed_run_left_is_written_anew(clips, tree, tmp_path):
    blobs, sources = blob_reader(clips), read_sources(tree)

    def written():
        staging = Staging(tmp_path, "copy")
        rows = write_shards(sources, staging, BlobClips(blobs.__getitem__), formats=["shar"])
        staging.abandon()
        return rows

    before = written()
    (tmp_path / "copy" / "shar" / "dev" / "recording.000000.tar").write_bytes(b"cut off")
    assert written() == before


def test_each_blob_is_read_once_for_all_formats(clips, tree, tmp_path):
    asked, blobs = [], blob_reader(clips)

    def open_blob(sha256):
        asked.append(sha256)
        return blobs[sha256]

    staging = Staging(tmp_path, "copy")
    write_shards(read_sources(tree), staging, BlobClips(open_blob), formats=FORMATS)
    staging.abandon()
    assert sorted(asked) == sorted(row["sha256"] for split in SPLITS for row in rows_of(tree, split))


def test_a_row_group_ends_at_a_hundred_rows_or_at_64_mib(tree, tmp_path):
    release, rows = read_sources(tree).release, rows_of(tree, "train")
    many = [{**rows[0], "utt_id": f"spk00001-s0001-{n:06d}"} for n in range(230)]
    path = tmp_path / "many.parquet"
    with HashedFile(path) as file, write_parquet([file], release) as add:
        for row in many:
            add(row, b"fLaC")
    assert layout_fault(path, 230) is None
    assert sum(1 for _ in read_parquet(path)) == 230
    large = tmp_path / "large.parquet"
    flac = bytes(BYTES_A_GROUP // 3 + 1)
    with HashedFile(large) as file, write_parquet([file], release) as add:
        for row in many[:5]:
            add(row, flac)
    assert layout_fault(large, 5) is None
    assert large.stat().st_size > 5 * len(flac)


def test_a_disk_without_room_for_all_formats_is_refused_before_the_first_byte(tmp_path):
    clip = {"audio_bytes": 1 << 50, "clips": 1}
    one, all_four = (planned_bytes(**clip, formats=names) for names in (["audio"], FORMATS))
    assert all_four > 4 * (1 << 50) > one
    with pytest.raises(ReleaseError, match="are free") as caught:
        check_space(tmp_path, one)
    assert caught.value.code == "release.space"
    assert caught.value.facts["planned"] == one * 110 // 100
    check_space(tmp_path, one, there=one * 2)


def test_numbers_and_cells_have_one_form():
    row = {"z": 0.1 + 0.2, "a": None, "text": "「好」", "n": 3, "s": 1e-05, "f": 5.0}
    golden = '{"a":null,"f":5.0,"n":3,"s":1e-05,"text":"「好」","z":0.30000000000000004}\n'
    assert json_line(row) == golden.encode()
    assert csv_line(["a b", 'x"y', "1,2", None, 5.0, 1e-05, 7]) == b'a b,"x""y","1,2",,5.0,1e-05,7\n'
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_line({"a": float("nan")})


def test_the_bytes_of_a_whole_tree_are_the_pinned_ones(clips, tree):
    tools = {
        "pyarrow": version("pyarrow"),
        "matplotlib": version("matplotlib"),
        "zlib": zlib.ZLIB_RUNTIME_VERSION,
        "libsndfile": soundfile.__libsndfile_version__,
    }
    if tools != TOOLS:
        pytest.skip(f"pinned to {TOOLS}, here are {tools}")
    if digest(clip.candidate.blob_sha256 for clip in clips) != CLIPS:
        pytest.skip("the clips of the formula come out otherwise on this processor")
    lines: dict[str, list[str]] = {}
    for line in (tree / "SHA256SUMS").read_text().splitlines():
        lines.setdefault(bundle_of(line.partition("  ")[2]), []).append(line)
    assert {bundle: digest(listed) for bundle, listed in sorted(lines.items())} == PINNED


def digest(words):
    return hashlib.sha256("\n".join(words).encode()).hexdigest()[:16]
