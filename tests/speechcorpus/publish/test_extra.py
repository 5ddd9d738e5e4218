"""Clips that would have leaked lie beside the release: whole, with their rows, never inside it."""

import json
import subprocess
from dataclasses import replace

import pytest

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.extra import build_extra
from tests.release_corpus import blob_reader, made_clips, planned


@pytest.fixture(scope="module")
def plan():
    clips = made_clips(speakers=5, clips=30)
    return planned(clips, include_synthetic=True, formats=("audio",)), blob_reader(clips)


@pytest.fixture(scope="module")
def trees(plan, tmp_path_factory):
    folder = tmp_path_factory.mktemp("both")
    extra = build_extra(plan[0], folder / "extra", plan[1].__getitem__)
    return build_tree(plan[0], folder / "main", plan[1].__getitem__), extra


def rows_of(built):
    return [json.loads(line) for line in (built.root / "clips.jsonl").read_text().splitlines()]


def test_main_and_extra_together_are_all_clips_and_the_set_lists_name_both(trees):
    main, extra = trees
    inside, beside = ({row["utt_id"] for row in rows_of(built)} for built in trees)
    assert beside
    assert not inside & beside
    lines = (main.root / "sets" / "strict-speaker.tsv").read_text().splitlines()[1:]
    listed = {line.split("\t")[0]: line.split("\t")[1:] for line in lines}
    assert listed.keys() == inside | beside
    for row in rows_of(extra):
        assert listed[row["utt_id"]] == [row["speaker_split"], "extra"]


def test_a_row_beside_has_the_columns_of_the_tree_two_splits_and_a_reason(trees):
    main, extra = trees
    columns = set(rows_of(main)[0]) - {"split"} | {"speaker_split", "sentence_split", "reason"}
    for row in rows_of(extra):
        assert set(row) == columns
        assert row["reason"] in ("split.sentence-across", "split.over-cap", "split.dialogue-across")
        assert row["audio_path"] == f"audio/{row['speaker_id']}/{row['utt_id']}.flac"


def test_the_list_of_digests_is_accepted_and_names_every_file(trees):
    _, extra = trees
    assert extra.root.name == "test-corpus-1.0.0-extra"
    done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=extra.root, check=False)
    assert done.returncode == 0
    listed = {line.split("  ")[1] for line in (extra.root / "SHA256SUMS").read_text().splitlines()}
    here = {p.relative_to(extra.root).as_posix() for p in extra.root.rglob("*") if p.is_file()}
    assert here == listed | {"SHA256SUMS"}


def test_a_build_that_was_killed_goes_on_and_ends_in_the_same_bytes(plan, trees, tmp_path):
    asked = []

    def dies(sha256):
        asked.append(sha256)
        if len(asked) > 2:
            raise KeyboardInterrupt
        return plan[1][sha256]

    with pytest.raises(KeyboardInterrupt):
        build_extra(plan[0], tmp_path, dies)
    again = build_extra(plan[0], tmp_path, plan[1].__getitem__)
    assert again.corpus_id == trees[1].corpus_id


def test_where_nothing_leaks_there_is_no_extra_tree(plan, tmp_path):
    without = replace(plan[0], extra_rows=())
    assert build_extra(without, tmp_path, {}.__getitem__) is None
    assert list(tmp_path.iterdir()) == []


def test_a_blob_that_is_not_what_it_is_called_stops_it(plan, tmp_path):
    with pytest.raises(ReleaseError, match="do not hash to its name"):
        build_extra(plan[0], tmp_path, lambda _: b"fLaC")
