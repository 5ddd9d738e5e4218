"""`release diff` tells every difference between two trees, and ends with 1 only over a broken promise."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.diff import diff
from tests.delta_trees import sum_again


@pytest.fixture
def copies(two_versions, tmp_path) -> tuple[Path, Path]:
    """The two versions without their shards, to be changed."""
    small = shutil.ignore_patterns("*.parquet", "*.tar", "*.gz", "*.flac", "*.svg")
    return tuple(shutil.copytree(root, tmp_path / root.name, ignore=small) for root in two_versions)


def table(root):
    return {
        row["utt_id"]: row for row in map(json.loads, (root / "clips.jsonl").read_text("utf-8").splitlines())
    }


def test_the_command_tells_everything_as_json_and_as_lines(two_versions):
    old, new = map(str, two_versions)
    said = CliRunner().invoke(cli, ["release", "diff", old, new, "--json"])
    found = json.loads(said.output)
    assert (said.exit_code, found["broken"]) == (0, [])
    before, after = map(table, two_versions)
    assert found["clips"]["added"] == sorted(after.keys() - before.keys())
    assert found["clips"]["removed"] == sorted(before.keys() - after.keys())
    (text,) = found["clips"]["text_changed"]
    assert (text["old"], text["new"]) == (before[text["utt_id"]]["text"], "新的文字。")
    cells = {cell["column"]: cell for cell in found["clips"]["metadata_changed"]}
    assert cells.keys() == {"snr_db", "speech_rate_cps"}  # the second follows from the text
    assert (cells["snr_db"]["old"], cells["snr_db"]["new"]) == (19.9, 11.5)
    paths = [{p.relative_to(r).as_posix() for p in r.rglob("*") if p.is_file()} for r in two_versions]
    flac = {path for path in paths[1] - paths[0] if path.endswith(".flac")}
    assert flac <= set(found["files"]["added"])
    assert "clips.jsonl" in found["files"]["changed"]
    lines = CliRunner().invoke(cli, ["release", "diff", old, new]).output.splitlines()
    assert f"text {text['utt_id']}: {text['old']} → 新的文字。" in lines
    assert lines[-1].startswith("test-corpus 1.0.0 → 1.1.0: 7 added, 2 removed, 1 text changed")


def test_a_published_clip_that_is_gone_without_a_withdrawal_ends_the_command_with_1(copies):
    old, new = copies
    register = new / "withdrawals.jsonl"
    register.write_text(register.read_text("utf-8").splitlines(True)[0], "utf-8")
    sum_again(new)
    said = CliRunner().invoke(cli, ["release", "diff", str(old), str(new)])
    assert said.exit_code == 1
    assert said.output.count("is gone without a withdrawal") == 2


def test_a_version_is_the_same_as_itself(two_versions):
    said = CliRunner().invoke(cli, ["release", "diff", *[str(two_versions[0])] * 2])
    assert said.output == "test-corpus 1.0.0 → 1.0.0: no difference\n"


def test_what_cannot_be_compared_is_refused(copies, tmp_path):
    old, new = copies
    with pytest.raises(ReleaseError, match=r"1\.0\.0 is older than 1\.1\.0"):
        diff(new, old)
    with pytest.raises(ReleaseError, match="is no release"):
        diff(tmp_path, new)
    release = (old / "release.json").read_text("utf-8")
    (old / "release.json").write_text(release.replace('"test-corpus"', '"another"'), "utf-8")
    with pytest.raises(ReleaseError, match="another and test-corpus are different corpora"):
        diff(old, new)
    (new / "VERSION").unlink()
    (new / "VERSION").symlink_to("/etc/hostname")
    with pytest.raises(ReleaseError, match="VERSION: not a regular file"):
        diff(old, new)
