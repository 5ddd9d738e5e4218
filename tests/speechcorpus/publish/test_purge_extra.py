"""The clips beside a release forget a withdrawn voice as the release does: one command, two receipts."""

import json
import os
import random
import shutil
import signal
import time

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.corpus.withdrawn import Withdrawn
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.extra import build_extra
from speechcorpus.publish.extra_tree import check_whose, is_being_purged, require_whole
from speechcorpus.publish.purge import Request
from speechcorpus.publish.purge_copy import purge_copy
from speechcorpus.publish.purge_extra import purge_extra
from speechcorpus.publish.purge_swap import RECEIPT, folder_beside
from speechcorpus.publish.signature import sign, signature_files
from speechcorpus.publish.staging import digest_of
from tests.marked import KEY, NOW, feed, feed_bytes, names_in, purge, signed_feed, snapshot
from tests.release_corpus import blob_reader, made_clip, made_clips, planned, sentence

NAME = "test-corpus-1.0.0"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A release and its extra tree, both signed: everybody has said two sentences that one split may hold."""
    folder = tmp_path_factory.mktemp("made")
    clips = made_clips(speakers=27, clips=81)
    clips += [made_clip(100 + k, speaker=k, text=sentence(300)) for k in range(27)]
    clips += [made_clip(200 + k, speaker=k, text=sentence(301)) for k in range(27)]
    plan = planned(clips, include_synthetic=True, formats=("audio",))
    blobs = blob_reader(clips).__getitem__
    main, extra = (
        build_tree(plan, folder / "main", blobs).root,
        build_extra(plan, folder / "extra", blobs).root,
    )
    sign(main, KEY)
    for path, data in signature_files((extra / "SHA256SUMS").read_bytes(), KEY).items():
        (extra / path).write_bytes(data)
    return Made(main, extra, plan)


class Made:
    def __init__(self, main, extra, plan):
        self.main, self.extra, self.plan = main, extra, plan
        self.beside = [str(row["utt_id"]) for row in plan.extra_rows]
        names = {name.partition("-")[0] for name in self.beside}
        splits = {str(row["speaker_id"]): str(row["split"]) for row in plan.rows}
        of_many = [name for name in sorted(names) if list(splits.values()).count(splits[name]) > 1]
        self.speaker = of_many[0]  # no split is left empty

    def copy(self, folder):
        root, beside = folder / NAME, folder / f"{NAME}-extra"
        shutil.copytree(self.main, root)
        shutil.copytree(self.extra, beside)
        return root, beside

    def left(self, *gone):
        return [name for name in self.beside if not name.startswith(gone)]


def rows_of(root):
    return [json.loads(line) for line in (root / "clips.jsonl").read_text().splitlines()]


def run(*said):
    return CliRunner().invoke(cli, ["release", "apply-withdrawals", *map(str, said)])


def test_one_command_purges_a_release_and_the_extra_tree_beside_it_each_with_a_receipt(made, tmp_path):
    root, beside = made.copy(tmp_path)
    (tmp_path / "test-corpus-0.9.0-extra").mkdir()
    before, old = snapshot(beside), digest_of(beside / "SHA256SUMS")
    path = signed_feed(tmp_path, feed_bytes(made.speaker))
    left = len(made.left(made.speaker))
    gone = len(made.beside) - left
    planned_only = run(root, "--feed", path, "--dry-run")
    assert f"{NAME}-extra: {gone} clips deleted, it would keep {left}" in planned_only.output
    assert snapshot(beside) == before
    said = run(root, "--feed", path)
    assert said.exit_code == 1, said.output  # the feed publishes no content id
    assert f"{NAME}-extra: {gone} clips deleted, it keeps {left}" in said.output
    assert "test-corpus-0.9.0-extra: look into it" in said.output
    assert f"{NAME}-extra: look" not in said.output
    for tree in (root, beside):
        held = {p.name for p in tree.rglob("*") if p.is_file() and made.speaker.encode() in p.read_bytes()}
        assert held <= {"withdrawals.jsonl"}
        assert not any(made.speaker in p.as_posix() for p in tree.rglob("*.flac"))
    assert [row["utt_id"] for row in rows_of(beside)] == made.left(made.speaker)
    require_whole(beside)
    receipt = json.loads((tmp_path / f"{NAME}-extra.purged-w1.json").read_bytes())
    assert receipt["corpus_id"] == {"before": old, "after": digest_of(beside / "SHA256SUMS")}
    assert receipt["content_id"]["after"] == digest_of(beside / "clips.jsonl")
    assert (receipt["clips"], receipt["speakers"], receipt["feed"]["seq"]) == (gone, 1, 1)
    assert (tmp_path / f"{NAME}.purged-w1.json").is_file()
    held = snapshot(tmp_path)
    (tmp_path / "key.pem").write_bytes((made.main / "SHA256SUMS.pem").read_bytes())
    again = run(root, "--feed", path, "--key", tmp_path / "key.pem")
    (tmp_path / "key.pem").unlink()
    assert (again.exit_code, "nothing to do" in again.output) == (0, True)
    assert snapshot(tmp_path) == held


def test_what_is_left_beside_is_what_a_build_without_the_voice_puts_there(made, tmp_path):
    root, beside = made.copy(tmp_path)
    purge_copy(Request(root=root, feed=feed(made.speaker), now=NOW))
    kept = [row for row in made.plan.extra_rows if row["speaker_id"] != made.speaker]
    assert rows_of(beside) == [dict(row) for row in kept]
    assert snapshot(beside).items() - snapshot(made.extra).items() == {
        (path, digest)
        for path, digest in snapshot(beside).items()
        if path.name in ("clips.jsonl", "SHA256SUMS")
    }
    assert not (beside / "SHA256SUMS.sig").exists()  # nobody has signed this


def test_a_copy_that_was_purged_before_its_extra_tree_was_fetched_is_caught_up(made, tmp_path):
    root, beside = made.copy(tmp_path / "one") if (tmp_path / "one").mkdir() is None else None
    elsewhere = tmp_path / "fetched-later"
    beside.rename(elsewhere)
    told = feed(made.speaker)
    assert purge(root, told).clips
    done = purge_copy(Request(root=root, feed=told, now=NOW, receipt=tmp_path / "r.json"), elsewhere)
    assert (done.main, len(done.extra.deleted)) == (None, len(made.beside) - len(made.left(made.speaker)))
    assert names_in(tmp_path) == ["fetched-later", "one", "r-extra.json"]


def test_an_extra_tree_alone_is_purged_by_its_name_and_goes_when_nothing_is_left(made, tmp_path):
    _, beside = made.copy(tmp_path)
    names = sorted({name.partition("-")[0] for name in made.beside})
    path = signed_feed(tmp_path, feed_bytes(*names[:-1]))
    said = run(beside, "--feed", path, "--receipt", tmp_path / "one.json")
    assert said.exit_code == 0, said.output
    assert [row["speaker_id"] for row in rows_of(beside)] == [names[-1]] * len(rows_of(beside))
    key = tmp_path / "key.pem"
    key.write_bytes((made.main / "SHA256SUMS.pem").read_bytes())
    signed_feed(tmp_path, feed_bytes(*names))
    said = run(beside, "--feed", path, "--key", key, "--receipt", tmp_path / "two.json")
    assert (said.exit_code, "nothing of it is left" in said.output) == (0, True), said.output
    assert not beside.exists()
    receipt = json.loads((tmp_path / "two.json").read_bytes())
    assert (receipt["clips_left"], receipt["corpus_id"]["after"]) == (0, None)
    assert snapshot(made.main) == snapshot(tmp_path / NAME)  # asked for the extra tree alone


def test_what_is_wrong_with_either_tree_leaves_both_as_they_are(made, tmp_path):
    root, beside = made.copy(tmp_path)
    clip = next(beside.rglob("*.flac"))
    sound = clip.read_bytes()

    def refused(code, said, extra=None, told=None):
        before = snapshot(tmp_path)
        with pytest.raises(ReleaseError, match=said) as caught:
            purge_copy(Request(root=root, feed=told or feed(made.speaker), now=NOW), extra)
        assert caught.value.code == code
        assert snapshot(tmp_path) == before

    clip.write_bytes(sound + b"x")
    refused("release.modified", f"{clip.name}: its bytes do not have the listed digest")
    clip.unlink()
    refused("release.modified", "missing")
    clip.symlink_to("/etc/hostname")
    refused("release.modified", "not a regular file")
    clip.unlink()
    clip.write_bytes(sound)
    (beside / "notes.txt").write_text("mine")
    refused("release.modified", r"notes\.txt: not listed")
    (beside / "notes.txt").unlink()
    refused("feed.corpus", "the feed is about another", told=feed(made.speaker, corpus="another"))
    refused("release.not-a-release", "no extra tree", extra=tmp_path)
    (tmp_path / "linked-extra").symlink_to(beside)
    refused("release.not-a-release", "no extra tree", extra=tmp_path / "linked-extra")
    (tmp_path / "linked-extra").unlink()
    refused("release.not-a-release", "nowhere is no extra tree", extra=tmp_path / "nowhere")
    (root / "README.md").write_text("changed")
    refused("release.modified", r"README\.md")


def test_an_extra_tree_of_something_else_is_not_touched(made, tmp_path):
    _, beside = made.copy(tmp_path)
    for name in ("mine", "other-corpus-1.0.0-extra", "test-corpus-extra"):
        renamed = beside.rename(tmp_path / name)
        with pytest.raises(ReleaseError, match=f"nothing says that {name} is of that corpus"):
            purge_copy(Request(root=renamed, feed=feed(made.speaker), now=NOW))
        renamed.rename(beside)
    nobody = Withdrawn(speakers=frozenset(), clips=frozenset())
    with pytest.raises(ReleaseError, match="is the extra tree of another version") as caught:
        check_whose(beside, {"extra": [[name] for name in made.beside[1:]]}, "test-corpus", nobody)
    assert caught.value.code == "extra.other"
    check_whose(beside, {"extra": [[name] for name in made.beside]}, "test-corpus", nobody)


@pytest.mark.parametrize("everybody", [False, True])
def test_a_run_that_is_killed_leaves_the_old_extra_tree_or_the_new_one_and_the_next_one_ends_it(
    made, tmp_path, everybody
):
    names = sorted({name.partition("-")[0] for name in made.beside}) if everybody else [made.speaker]
    told, moments, old = feed(*names), random.Random(3), digest_of(made.extra / "SHA256SUMS")
    whole = killed_after(made, tmp_path / "whole", told, None)
    assert digest(whole) != old
    for number in range(12):
        beside = killed_after(made, tmp_path / f"{number}", told, moments.uniform(0, 0.05))
        assert digest(beside) in (old, digest(whole))
        if beside.exists() or is_being_purged(beside):
            purge_copy(Request(root=beside, feed=told, now=NOW))
        assert digest(beside) == digest(whole)
        assert names_in(beside.parent) == names_in(whole.parent)


def killed_after(made, folder, told, seconds):
    """The extra tree of a copy after a purge that was killed so long after it began; None: it was not."""
    folder.mkdir()
    _, beside = made.copy(folder)
    child = os.fork()
    if child == 0:
        try:
            purge_extra(beside, told, now=NOW)
        finally:
            os._exit(0)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return beside


def digest(beside):
    """What a tree is known by, None when it is gone; what is there is whole."""
    return digest_of(require_whole(beside).root / "SHA256SUMS") if beside.exists() else None


def test_a_tree_that_was_being_taken_away_is_finished_by_the_command(made, tmp_path):
    root, beside = made.copy(tmp_path)
    told = feed(*sorted({name.partition("-")[0] for name in made.beside}))
    folder = folder_beside(beside)
    (folder / "gone").mkdir(parents=True)
    beside.rename(folder / "gone")
    (folder / "gone" / "clips.jsonl").unlink()  # it was being removed already
    said = {"corpus_id": {"after": None}, "feed": {"seq": told.seq}}
    (folder / RECEIPT).write_text(json.dumps(said))
    done = purge_copy(Request(root=beside, feed=told, now=NOW))
    assert (done.extra, names_in(tmp_path)) == (None, [NAME, f"{NAME}-extra.purged-w{told.seq}.json"])
    assert snapshot(root) == snapshot(made.main)
