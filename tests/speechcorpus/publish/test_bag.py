"""A bag wraps a release and never enters it; an archive's own validator takes it."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.bag import write_bag


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def bagged(two_versions, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bags") / "bag"
    done = CliRunner().invoke(cli, ["release", "bag", str(two_versions[1]), str(out)])
    assert done.exit_code == 0, done.output
    return out


def test_the_tree_lies_in_it_byte_for_byte_and_every_file_is_in_the_manifest(two_versions, bagged):
    tree = contents(two_versions[1])
    inside = {path.removeprefix("data/"): data for path, data in contents(bagged).items() if "/" in path}
    assert inside == tree
    lines = (bagged / "manifest-sha256.txt").read_text("ascii").splitlines()
    assert [line.partition("  ")[2] for line in lines] == sorted(f"data/{path}" for path in tree)
    info = dict(line.split(": ", 1) for line in (bagged / "bag-info.txt").read_text("utf-8").splitlines())
    assert info["Payload-Oxum"] == f"{sum(map(len, tree.values()))}.{len(tree)}"
    assert info["External-Identifier"] == "test-corpus-1.1.0"


@pytest.mark.skipif(importlib.util.find_spec("bagit") is None, reason="bagit is not installed: extra `bag`")
def test_the_library_of_congress_finds_it_complete_and_sound(bagged, tmp_path):
    import bagit

    assert bagit.Bag(str(bagged)).validate()
    copy = Path(shutil.copytree(bagged, tmp_path / "copy"))
    (copy / "data" / "VERSION").write_text("9.9.9\n")
    with pytest.raises(bagit.BagValidationError):
        bagit.Bag(str(copy)).validate()


def test_what_is_no_whole_release_is_not_bagged_and_nothing_is_left(two_versions, tmp_path):
    tree = Path(shutil.copytree(two_versions[0], tmp_path / "tree"))
    out = tmp_path / "out"
    with pytest.raises(ReleaseError, match="lies inside") as raised:
        write_bag(tree, tree / "bag")
    assert raised.value.code == "release.inside"
    with pytest.raises(ReleaseError, match="is there already"):
        write_bag(tree, tmp_path)
    (tree / "VERSION").write_text("9.9.9\n")
    with pytest.raises(ReleaseError, match="VERSION: its bytes do not have the listed digest"):
        write_bag(tree, out)
    (tree / "VERSION").unlink()
    (tree / "VERSION").symlink_to("/etc/hostname")
    with pytest.raises(ReleaseError, match="VERSION: not a regular file"):
        write_bag(tree, out)
    with pytest.raises(ReleaseError, match="is no release"):
        write_bag(tmp_path, out.parent.parent / "bag")
    with pytest.raises(ReleaseError, match="/proc/sys"):
        write_bag(two_versions[0], Path("/proc/sys/bag"))
    assert list(tmp_path.iterdir()) == [tree]
