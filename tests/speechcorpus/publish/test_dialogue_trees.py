"""Talks of two in a tree: one listing that follows from the table, and two channels from the clips."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from speechcorpus.audio.check import decode_checks
from speechcorpus.corpus.dialogues import dialogue_fault, dialogue_rows
from speechcorpus.corpus.snippets import snippets
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.content import check_table
from speechcorpus.publish.derivation import check_derived
from speechcorpus.publish.sources import read_document
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import Options, verify
from tests.release_corpus import RATE_HZ, blob_reader, made_clips, made_talk, planned

QUICK = Options(quick=True, consumers=False)
FORMATS = ("audio", "lhotse", "parquet")


@pytest.fixture(scope="module")
def clips():
    alone = made_clips(speakers=9, clips=27)
    return [*alone, *made_talk(40), *made_talk(60, speakers=(2, 3), track="shared")]


def built(clips, folder, **release):
    plan = planned(clips, include_synthetic=True, formats=FORMATS)
    for name, value in release.items():
        plan.release[name] = value
    return build_tree(plan, folder, blob_reader(clips).__getitem__, durable=False).root


@pytest.fixture(scope="module")
def tree(clips, tmp_path_factory):
    return built(clips, tmp_path_factory.mktemp("talks"))


def rows(root, name):
    return [json.loads(line) for line in (root / name).read_text("utf-8").splitlines()]


def failures(root):
    return [(each.check, each.detail) for each in verify(root, decode_checks, QUICK) if each.status == "FAIL"]


def test_a_tree_with_talks_verifies_and_lists_each_with_both_speakers(tree):
    assert failures(tree) == []
    own, shared = rows(tree, "dialogues.jsonl")
    assert [talk["dialogue_track"] for talk in (own, shared)] == ["own", "shared"]
    first, second = own["speakers"]
    methods = sorted(each["tracks"][0]["method"] for each in (first, second))
    assert methods == ["exchanges", "reference"]
    assert [each["clips"] for each in (first, second)] == [2, 2]
    table = [row for row in rows(tree, "clips.jsonl") if row["dialogue_id"] == own["dialogue_id"]]
    assert (own["start_s"], own["end_s"]) == (0.0, round(sum(row["duration"] for row in table), 4))
    assert len({row["split"] for row in table}) == 1
    assert len({row["session_id"] for row in table if row["speaker_id"] == first["speaker_id"]}) >= 1


@pytest.mark.consumers
def test_two_channels_are_put_together_from_the_clips_by_the_lines_of_the_card(tree):
    (wanted,) = [each for each in snippets(read_document(tree / "release.json")) if each.column]
    assert wanted.code in (tree / "README.md").read_text("utf-8")
    code = wanted.code + "numpy.save('/dev/stdout', both)\n"
    code = code.replace("print(dialogue, talk, both.shape, rate_hz)\n", "import sys\n")
    code = code.replace("numpy.save('/dev/stdout', both)", "numpy.save(sys.stdout.buffer, both)")
    done = subprocess.run([sys.executable, "-c", code], cwd=tree, capture_output=True, check=True)
    both = np.load(io.BytesIO(done.stdout))
    own = rows(tree, "dialogues.jsonl")[0]
    assert both.shape == (2, round(own["end_s"] * RATE_HZ))
    spoken = np.abs(both) > 1e-4
    assert spoken.mean(axis=1).min() > 0.3
    assert (spoken.all(axis=0)).mean() < 0.01  # in turns: never both at once


def test_what_is_withdrawn_leaves_the_listing_by_itself(clips, tree):
    table = rows(tree, "clips.jsonl")
    own = rows(tree, "dialogues.jsonl")[0]
    gone = own["speakers"][0]["speaker_id"]
    left = dialogue_rows(row for row in table if row["speaker_id"] != gone)
    assert [each["speaker_id"] for each in left[0]["speakers"]] == [own["speakers"][1]["speaker_id"]]
    assert dialogue_rows(row for row in table if row["dialogue_talk"] == "none") == []


def test_a_listing_or_a_row_that_says_otherwise_is_found(tree, tmp_path):
    root = Path(shutil.copytree(tree, tmp_path / tree.name))
    path = root / "dialogues.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"own"', b'"shared"', 1))
    (fault,) = check_derived(Tree(root))
    assert fault.startswith("dialogues.jsonl: differs from what the sources give")
    row = next(each for each in rows(root, "clips.jsonl") if each["dialogue_talk"] != "none")
    assert dialogue_fault(row) is None
    assert dialogue_fault({**row, "dialogue_start_s": None}) == "a talk is named without track or place in it"
    table = (root / "clips.jsonl").read_text("utf-8")
    start = f'"dialogue_start_s":{json.dumps(row["dialogue_start_s"])},'
    (root / "clips.jsonl").write_text(table.replace(start, '"dialogue_start_s":null,', 1), "utf-8")
    assert any("a talk is named without track" in fault for fault in check_table(Tree(root)))


def test_a_release_of_the_first_table_has_no_talks_and_still_verifies(tmp_path):
    clips = made_clips(clips=20)
    plan = planned(clips, include_synthetic=True, formats=FORMATS)
    absent = [name for name in plan.release["absent_columns"] if not name.startswith("dialogue_")]
    del plan.release["table"]
    plan.release["absent_columns"] = [*absent, "dialogue_id"]
    root = build_tree(plan, tmp_path, blob_reader(clips).__getitem__, durable=False).root
    assert failures(root) == []
    assert not (root / "dialogues.jsonl").exists()
    (root / "dialogues.jsonl").write_text("{}\n")
    assert list(check_derived(Tree(root))) == ["dialogues.jsonl: does not follow from the sources"]
