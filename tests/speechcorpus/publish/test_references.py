"""What was said in a release that somebody handed us: nothing is believed, no link is followed."""

import hashlib
import os

import pytest

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.references import read_references
from speechcorpus.publish.tree import Tree
from tests.score_tree import clip_row, core_tree

ROWS = [clip_row(1, 0), clip_row(1, 1), clip_row(2, 0, split="train")]


@pytest.fixture
def tree(tmp_path):
    return core_tree(tmp_path / "tree", ROWS)


def refusal(root, split="test"):
    with pytest.raises(ReleaseError) as caught:
        read_references(root, split)
    return f"{caught.value.code}: {caught.value}"


def test_the_rows_of_a_split_come_with_the_digest_of_the_table_they_stand_in(tree):
    found = read_references(tree, "test")
    assert list(found.rows) == ["spk00001-s0001-000000", "spk00001-s0001-000001"]
    assert found.split_elsewhere == {"spk00002-s0001-000000": "train"}
    assert (found.corpus, found.version, found.as_listed) == ("small", "1.2.0", True)
    assert found.content_id == hashlib.sha256((tree / "clips.jsonl").read_bytes()).hexdigest()


def test_a_table_that_the_digests_do_not_name_is_told(tree):
    data = (tree / "clips.jsonl").read_bytes()
    (tree / "clips.jsonl").write_bytes(data.replace("天地".encode(), "地天".encode(), 1))
    assert not read_references(tree, "test").as_listed
    (tree / "clips.jsonl").write_bytes(data)
    assert read_references(tree, "test").as_listed
    (tree / "SHA256SUMS").unlink()
    assert not read_references(tree, "test").as_listed


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"utt_id": 7}, "release.row-invalid: clips.jsonl: a row has no utt_id"),
        ({"utt_id": "x" * 201}, "release.row-invalid: clips.jsonl: a row has no utt_id"),
        ({"utt_id": ROWS[0]["utt_id"]}, "clips.jsonl: spk00001-s0001-000000 is there twice"),
        ({"text": None}, "release.row-invalid: spk00009-s0001-000000: text is no text"),
        ({"script": 3.5}, "release.row-invalid: spk00009-s0001-000000: script is no text"),
        ({"text": "天" * 20_001}, "spk00009-s0001-000000: text: 20001 characters are more"),
        ({"reading": "天" * 20_001}, "spk00009-s0001-000000: reading: 20001 characters are more"),
    ],
)
def test_a_row_that_no_release_holds_is_refused_by_clip_and_column(tmp_path, change, sentence):
    assert sentence in refusal(core_tree(tmp_path / "bad", [*ROWS, clip_row(9, 0, **change)]))


def test_half_a_character_in_a_text_is_refused(tree):
    data = (tree / "clips.jsonl").read_bytes().replace("天地人，日月。".encode(), b"\\ud83d")
    (tree / "clips.jsonl").write_bytes(data)
    assert "spk00001-s0001-000000: text: half of a character stands at 0" in refusal(tree)


@pytest.mark.parametrize("name", ["clips.jsonl", "release.json", "consents.jsonl", "withdrawals.jsonl"])
def test_a_link_in_place_of_a_table_is_no_release(tree, tmp_path, name):
    (tree / name).rename(tmp_path / name)
    (tree / name).symlink_to(tmp_path / name)
    assert f"release.not-a-release: tree is no release: {name} is missing" in refusal(tree)


def test_a_link_in_place_of_the_digests_is_not_followed(tree, tmp_path):
    (tree / "SHA256SUMS").rename(tmp_path / "SHA256SUMS")
    (tree / "SHA256SUMS").symlink_to(tmp_path / "SHA256SUMS")
    assert not read_references(tree, "test").as_listed
    with pytest.raises(ReleaseError, match="SHA256SUMS is not a regular file"):
        Tree(tree).read("SHA256SUMS")


def test_a_pipe_in_place_of_a_table_does_not_make_us_wait(tree):
    (tree / "clips.jsonl").unlink()
    os.mkfifo(tree / "clips.jsonl")
    assert "clips.jsonl is missing" in refusal(tree)


def test_a_table_larger_than_any_release_is_not_read(tree):
    os.truncate(tree / "clips.jsonl", (1 << 30) + 1)  # a hole: it takes no room on the disk
    assert "release.too-large: clips.jsonl is larger than 1 GiB" in refusal(tree)
