"""What a delta is refused for: each refusal names what is wrong, and nothing is left behind."""

import io
import json
import resource
import shutil
import tarfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish import aside
from speechcorpus.publish.apply_delta import apply_delta
from speechcorpus.publish.delta import write_delta_file
from speechcorpus.publish.delta_archive import read_delta
from speechcorpus.publish.tar import TarWriter
from tests.delta_trees import contents, edited, make_tree


@pytest.fixture
def small(tmp_path) -> tuple[Path, Path, Path]:
    clips = {i: (i, i, 0) for i in range(4)}
    old = make_tree(tmp_path / "old", clips, "1.0.0")
    new = make_tree(tmp_path / "new", edited(clips, [("add", 0, 0), ("retell", 1, 3)]), "1.0.1")
    write_delta_file(old, new, tmp_path / "delta.tar")
    return old, new, tmp_path / "delta.tar"


def refused(code: str, old: Path, delta: Path, out: Path) -> str:
    before, beside = contents(old), sorted(out.parent.iterdir())
    with pytest.raises(ReleaseError) as raised:
        apply_delta(old, delta, out)
    assert raised.value.code == code, str(raised.value)
    assert contents(old) == before
    assert sorted(out.parent.iterdir()) == beside
    return str(raised.value)


def test_another_version_or_a_changed_one_is_refused_by_name(small, tmp_path):
    old, new, delta = small
    assert "this is test-corpus 1.0.1" in refused("release.other-base", new, delta, tmp_path / "out")
    path = next((old / "audio").rglob("*.flac"))
    path.write_bytes(path.read_bytes() + b"x")
    assert path.name in refused("release.untrusted", old, delta, tmp_path / "out")
    path.unlink()
    path.symlink_to("/etc/hostname")
    assert "not a regular file" in refused("release.untrusted", old, delta, tmp_path / "out")


def test_out_must_be_new_and_outside(small, tmp_path):
    old, new, delta = small
    refused("release.exists", old, delta, new)
    refused("release.inside", old, delta, old / "next")
    with pytest.raises(ReleaseError, match=r"delta\.tar/"):
        apply_delta(old, delta, delta / "out")


def test_a_full_or_read_only_disk_leaves_the_old_tree_and_nothing_else(small, tmp_path, monkeypatch):
    old, _, delta = small
    monkeypatch.setattr(aside.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(9, 9, 9))
    assert "9 are free" in refused("release.space", old, delta, tmp_path / "out")
    monkeypatch.undo()
    nowhere = Path("/proc/sys/out")  # a folder in which nobody can make one
    with pytest.raises(ReleaseError, match="/proc/sys"):
        apply_delta(old, delta, nowhere)


def test_a_disk_that_fills_up_half_way_leaves_nothing(small, tmp_path):
    old, new, delta = small
    largest = max(path.stat().st_size for path in new.rglob("*") if path.is_file())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest - 1, before[1]))  # no file may grow to that
    try:
        assert "File too large" in refused("release.write", old, delta, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def rewritten(delta: Path, change) -> Path:
    """Write a delta again with its members changed: name → bytes."""
    with tarfile.open(delta) as tar:
        members = {m.name: tar.extractfile(m).read() for m in tar.getmembers()}
    members = change(members)
    file = io.BytesIO()
    tar = TarWriter(file)
    for name, data in members.items():
        tar.add(name, data)
    tar.finish()
    delta.write_bytes(file.getvalue())
    return delta


def told_otherwise(**said):
    def change(members):
        document = {**json.loads(members["DELTA.json"]), **said}
        return {**members, "DELTA.json": json.dumps(document).encode()}

    return change


def other_ops(change):
    def changed(members):
        document = json.loads(members["DELTA.json"])
        return told_otherwise(ops=[new for op in document["ops"] for new in change(op)])(members)

    return changed


AUDIO = "audio/train/spk00001/spk00001-s0001-000001.flac"


def audio_made_by(word, *rest):
    return other_ops(lambda op: [[word, AUDIO, *rest]] if op[1] == AUDIO else [op])


BAD_DELTAS = [
    (told_otherwise(form="other/1"), "its form is 'other/1'"),
    (told_otherwise(ops={}), "no operation"),
    (told_otherwise(corpus=3), "names and ids are texts"),
    (other_ops(lambda op: [["link", op[1]]]), "no operation"),
    (other_ops(lambda op: [[["keep"], op[1]]]), "[['keep'], "),
    (other_ops(lambda op: [op, ["keep", "../x"]]), "leaves the tree"),
    (other_ops(lambda op: [op, ["write", "/etc/x", "ab" * 32]]), "leaves the tree"),
    (other_ops(lambda op: [op, op]), "made twice"),
    (audio_made_by("rename", "../../etc/passwd"), "is not there"),
    (audio_made_by("splice", [["old", AUDIO, 0, 10**12]]), "beyond"),
    (audio_made_by("splice", [["old", AUDIO, -5, 10]]), "no range"),
    (audio_made_by("splice", [["old", AUDIO, 0, 90]] * 9999), "bytes out of"),
    (other_ops(lambda op: [] if op[1] == "SHA256SUMS" else [op]), "SHA256SUMS is not sent"),
    (lambda members: {"DELTA.json": members["DELTA.json"]}, "which is not there"),
    (lambda members: {**members, "extra.txt": b"x"}, "does not belong into a delta"),
    (lambda members: dict(reversed(members.items())), "out of order"),
]


@pytest.mark.parametrize(("change", "said"), BAD_DELTAS, ids=[said for _, said in BAD_DELTAS])
def test_a_delta_that_somebody_has_made_up_is_refused(small, tmp_path, change, said):
    old, _, delta = small
    assert said in refused("release.delta", old, rewritten(delta, change), tmp_path / "out")


@pytest.mark.parametrize("cut", [0, 700, 5000, -10_000])
def test_a_delta_that_is_cut_off_is_refused(small, tmp_path, cut):
    old, _, delta = small
    delta.write_bytes(delta.read_bytes()[:cut])
    refused("release.delta", old, delta, tmp_path / "out")


def test_a_member_that_is_a_link_or_says_who_made_it_is_refused(small, tmp_path):
    old, _, delta = small
    for field, value in (("type", tarfile.SYMTYPE), ("mtime", 1), ("uname", "me"), ("mode", 0o4755)):
        info = tarfile.TarInfo("DELTA.json")
        setattr(info, field, value)
        delta.write_bytes(info.tobuf(tarfile.USTAR_FORMAT) + bytes(9728))
        assert "not that of a plain file" in refused("release.delta", old, delta, tmp_path / "out")


def test_a_payload_that_was_changed_comes_out_wrong_and_ends_the_command_with_1(small, tmp_path):
    old, _, delta = small
    with delta.open("rb") as file:
        document, payloads = read_delta(file)
    digest = next(op[2] for op in document.ops if op[0] == "write" and op[1].endswith(".flac"))
    data = bytearray(delta.read_bytes())
    data[payloads[digest].offset + 100] ^= 1
    delta.write_bytes(data)
    refused("release.delta-digest", old, delta, tmp_path / "out")
    said = CliRunner().invoke(
        cli, ["release", "apply-delta", str(old), str(delta), "--out", str(tmp_path / "o")]
    )
    assert said.exit_code == 1


def test_a_file_that_is_made_of_other_bytes_than_the_new_version_lists_is_found_out(small, tmp_path):
    old, _, delta = small
    rewritten(delta, audio_made_by("rename", AUDIO.replace("000001", "000002")))
    assert AUDIO in refused("release.delta-digest", old, delta, tmp_path / "out")
    rewritten(delta, other_ops(lambda op: [] if op[1] == AUDIO else [op]))
    assert AUDIO in refused("release.delta-digest", old, delta, tmp_path / "out")


def test_a_delta_is_made_of_whole_and_unchanged_releases_only(small, tmp_path):
    old, new, _ = small
    shutil.rmtree(new / "webdataset")
    with pytest.raises(ReleaseError, match="a delta is made of whole releases: no webdataset/"):
        write_delta_file(old, new, tmp_path / "other.tar")
    (old / "VERSION").write_text("9")
    with pytest.raises(ReleaseError, match="VERSION: its bytes do not have the listed digest"):
        write_delta_file(old, new, tmp_path / "other.tar")
    assert not list(tmp_path.glob("*other*"))


def test_the_commands_make_a_delta_and_apply_it(two_versions, tmp_path):
    delta, out = tmp_path / "d.tar", tmp_path / "out"
    old, new = map(str, two_versions)
    said = CliRunner().invoke(cli, ["release", "diff", old, new, "--delta", str(delta)])
    assert (said.exit_code, "bytes, SHA-256" in said.output) == (0, True), said.output
    done = CliRunner().invoke(cli, ["release", "apply-delta", old, str(delta), "--out", str(out)])
    assert (done.exit_code, "1.1.0, corpus id" in done.output) == (0, True), done.output
    again = CliRunner().invoke(cli, ["release", "apply-delta", old, str(delta), "--out", str(out)])
    assert (again.exit_code, "is there already" in again.output) == (2, True)
