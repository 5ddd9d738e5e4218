"""A copy on somebody's disk forgets a voice: nothing of it is left, and the rest is as if rebuilt."""

import gzip
import json
import os
import random
import resource
import shutil
import signal
import time
import warnings
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.cli import cli
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.exchange import _one_after_the_other, aside, exchange
from speechcorpus.publish.keys import public_pem
from speechcorpus.publish.parquet import read_parquet
from speechcorpus.publish.purge_swap import finish_earlier
from speechcorpus.publish.sources import read_sources
from speechcorpus.publish.staging import digest_of
from tests.marked import (
    KEY,
    MARKER,
    feed,
    feed_bytes,
    marked_corpus,
    names_in,
    outcomes,
    purge,
    signed_feed,
    snapshot,
)
from tests.release_corpus import blob_reader


def everything(root):
    """Every byte of a tree as a reader sees it: files, what gzip holds, parquet cells, archive members."""
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        yield path, path.read_bytes()
        if path.suffix == ".gz":
            yield path, gzip.decompress(path.read_bytes())
        elif path.suffix == ".parquet":
            for row in read_parquet(path):
                yield path, row["audio"]["bytes"]
                yield path, json.dumps({**row, "audio": None}, ensure_ascii=False).encode()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return marked_corpus(tmp_path_factory.mktemp("corpus"))


@pytest.fixture(scope="module")
def purged(corpus, tmp_path_factory):
    """A whole copy after the purge, its receipt, and what stood there before."""
    folder = tmp_path_factory.mktemp("purged")
    root = corpus.copy(folder)
    before = snapshot(root)
    done = purge(root, feed(corpus.speaker))
    return root, done, before


def test_nothing_of_the_voice_is_left_but_its_name_in_the_register(corpus, purged):
    root, done, _ = purged
    assert (done.speakers, done.clips) == (1, len(corpus.utterances))
    assert "FAIL" not in outcomes(root).values()
    held = {path.name for path, data in everything(root) if corpus.speaker.encode() in data}
    assert held == {"withdrawals.jsonl"}
    assert "corrected: withdrawn, spk99999" in (root / "CHANGELOG.md").read_text()
    for path, data in everything(root):
        assert MARKER.encode() not in data, path
        assert not any(flac[200:400] in data for flac in corpus.flacs), path


def test_the_purged_tree_is_the_one_that_a_build_without_the_voice_makes(corpus, purged, tmp_path):
    root, _, _ = purged
    sources = read_sources(root)
    plan = replace(
        corpus.plan,
        rows=tuple(sources.clips),
        consents=tuple(sources.consents),
        withdrawals=tuple(sources.withdrawals),
        release=sources.release,
        changelog=(root / "CHANGELOG.md").read_text(),
    )
    rebuilt = build_tree(plan, tmp_path, blob_reader(corpus.clips).__getitem__)
    assert snapshot(rebuilt.root) == snapshot(root)


def test_only_the_shards_that_held_the_voice_are_written_anew(corpus, purged):
    root, done, before = purged
    (split,) = {row["split"] for row in corpus.plan.rows if row["speaker_id"] == corpus.speaker}
    changed = {path for path, digest in snapshot(root).items() if before.get(path) != digest}
    assert {path.as_posix() for path in changed if path.suffix in (".parquet", ".tar")} == {
        f"parquet/{split}-000000.parquet",
        f"shar/{split}/recording.000000.tar",
        f"webdataset/{split}-000000.tar",
    }
    assert not any(path.suffix == ".flac" for path in changed)
    assert {path.as_posix() for path in changed} >= set(done.rewritten)
    assert set(done.deleted) == {path.as_posix() for path in before.keys() - snapshot(root).keys()} - {
        "SHA256SUMS.sig",
        "SHA256SUMS.pem",
    }


def test_a_copy_with_core_and_one_archive_format_is_purged_to_the_same_content(corpus, purged, tmp_path):
    root = corpus.copy(tmp_path, "shar")
    done = purge(root, feed(corpus.speaker))
    assert "FAIL" not in outcomes(root).values()
    assert outcomes(root)["agree"] == "PASS"
    assert done.content_id_after == purged[1].content_id_after
    assert list(done.formats) == read_sources(root).release["formats"] == ["shar"]


def test_the_command_purges_by_a_signed_feed_says_what_it_cannot_reach_and_is_done_once(
    corpus, purged, tmp_path
):
    root, before = corpus.copy(tmp_path, "parquet"), digest_of(corpus.tree / "SHA256SUMS")
    published = {"1.0.0": purged[1].content_id_after}
    path = signed_feed(tmp_path, feed_bytes(corpus.speaker, content_ids=published))
    (tmp_path / "pinned.pem").write_bytes(public_pem(KEY.public_key()))
    (tmp_path / "core.tar").touch()
    pinned = ("--feed", path, "--key", tmp_path / "pinned.pem")
    planned_only = run(root, "--feed", path, "--dry-run")
    assert "would become 1.0.0+w1" in planned_only.output
    assert "signed by a key you have not pinned" in planned_only.output
    assert (digest_of(root / "SHA256SUMS"), list(tmp_path.glob("*.json"))) == (before, [])
    said = run(root, *pinned)
    assert said.exit_code == 0, said.output
    assert "test-corpus 1.0.0 is now 1.0.0+w1" in said.output
    assert "which is the one that the feed publishes" in said.output
    assert ".cache/huggingface" in said.output
    assert "core.tar: look into it" in said.output
    receipt = json.loads((tmp_path / "copy.purged-w1.json").read_bytes())
    assert receipt["corpus_id"] == {"before": before, "after": digest_of(root / "SHA256SUMS")}
    assert receipt["content_id"]["after"] == digest_of(root / "clips.jsonl") == published["1.0.0"]
    assert receipt["version"] == {"before": "1.0.0", "after": "1.0.0+w1"}
    assert (receipt["speakers"], receipt["clips"], receipt["matches_feed"]) == (1, 4, True)
    assert "SHA256SUMS.sig" not in names_in(root)
    held = snapshot(tmp_path)
    again = run(root, *pinned)
    assert (again.exit_code, "nothing to do" in again.output) == (0, True)
    assert refused(run(root, "--feed", path)) == "feed.key"  # a purged tree brings no key with it
    with pytest.raises(ReleaseError, match="ends with number 0, 1 is applied here already"):
        purge(root, feed())
    assert snapshot(tmp_path) == held
    later = purge(root, feed(corpus.speaker, "spk09999"))  # names nobody here: the register follows
    assert (later.clips, later.content_id_after, later.matches_feed) == (0, published["1.0.0"], False)
    assert (root / "VERSION").read_text() == "1.0.0+w2\n"


def run(*said):
    return CliRunner().invoke(cli, ["release", "apply-withdrawals", *map(str, said)])


def refused(result):
    assert isinstance(result.exception, ReleaseError), result.output  # main() makes it exit 2
    return result.exception.code


def test_what_is_not_signed_not_ours_or_changed_is_refused_and_untouched(corpus, tmp_path):
    root = corpus.copy(tmp_path, "webdataset")
    path = signed_feed(tmp_path, feed_bytes(corpus.speaker), Ed25519PrivateKey.generate())
    before = snapshot(tmp_path)
    assert refused(run(root, "--feed", path)) == "feed.signature"
    path.with_name("withdrawals.jsonl.sig").unlink()
    assert refused(run(root, "--feed", path)) == "feed.unsigned"
    with pytest.raises(ReleaseError, match="about another-one, this is test-corpus"):
        purge(root, feed(corpus.speaker, corpus="another-one"))
    with pytest.raises(ReleaseError, match="no clip is left for test"):
        purge(root, feed(*(str(row["utt_id"]) for row in corpus.plan.rows if row["split"] == "test")))
    with pytest.raises(ReleaseError, match="belongs outside"):
        purge(root, feed(corpus.speaker), receipt=root / "receipt.json")
    (root / "README.md").write_text("changed")
    with pytest.raises(ReleaseError, match=r"FAIL sums: README\.md: its bytes"):
        purge(root, feed(corpus.speaker))
    changed = {p for p, digest in snapshot(tmp_path).items() if before.get(p) != digest}
    assert changed == {Path("copy/README.md")}
    (tmp_path / "link").symlink_to(root)
    with pytest.raises(ReleaseError, match="is a link"):
        purge(tmp_path / "link", feed(corpus.speaker))


def test_a_disk_that_takes_nothing_more_leaves_the_old_tree(corpus, tmp_path):
    root = corpus.copy(tmp_path, "webdataset")
    before = snapshot(tmp_path)
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((root / "clips.jsonl").stat().st_size // 2, usual[1]))
    try:
        with pytest.raises(ReleaseError) as caught:
            purge(root, feed(corpus.speaker))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)
    assert caught.value.code == "release.write"
    assert snapshot(tmp_path) == before
    assert names_in(tmp_path) == ["copy"]


@pytest.mark.parametrize("way", [exchange, _one_after_the_other])
def test_two_folders_change_places_or_stay_where_they_are(tmp_path, way):
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        folder.mkdir()
        (folder / folder.name).touch()
    way(one, other)
    assert (names_in(one), names_in(other), names_in(tmp_path)) == (["other"], ["one"], ["one", "other"])
    with pytest.raises(OSError, match="No such file"):
        way(one, tmp_path / "missing")
    assert (names_in(one), names_in(tmp_path)) == (["other"], ["one", "other"])


def test_where_folders_cannot_be_exchanged_a_crash_between_two_renames_is_mended(tmp_path):
    root = tmp_path / "copy"
    aside(root).mkdir()
    (aside(root) / "SHA256SUMS").write_text("old")
    (tmp_path / ".copy.purging" / "tree").mkdir(parents=True)
    finish_earlier(root, None)
    assert ((root / "SHA256SUMS").read_text(), names_in(tmp_path)) == ("old", ["copy"])


def test_a_run_that_died_after_the_swap_still_gets_its_receipt(tmp_path):
    root, folder = tmp_path / "copy", tmp_path / ".copy.purging"
    for made in (root, folder / "tree"):
        made.mkdir(parents=True)
    (root / "SHA256SUMS").write_text("new")
    told = {"corpus_id": {"after": digest_of(root / "SHA256SUMS")}, "feed": {"seq": 7}}
    (folder / "receipt.json").write_text(json.dumps(told))
    finish_earlier(root, None)
    assert json.loads((tmp_path / "copy.purged-w7.json").read_bytes()) == told
    assert names_in(tmp_path) == ["copy", "copy.purged-w7.json"]


def killed_purges(corpus, folder, times, seed):
    """Kill a purge at random moments, each time from the old tree; yield whether the old one was left."""
    root, old = corpus.copy(folder, "webdataset"), digest_of(corpus.tree / "SHA256SUMS")
    saved = shutil.copytree(root, folder / "saved")
    moments, longest = random.Random(seed), 0.0
    new, began = "", time.monotonic()
    for _ in range(times):
        child = forked(lambda: purge(root, feed(corpus.speaker)))
        if not longest:  # how long a whole one takes, here and now
            os.waitpid(child, 0)
            longest, new = time.monotonic() - began, digest_of(root / "SHA256SUMS")
            assert new != old
        else:
            time.sleep(moments.uniform(0, longest))
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        left = digest_of(root / "SHA256SUMS")
        assert left in (old, new)
        assert "FAIL" not in outcomes(root).values()
        yield left == old
        if left == new:
            shutil.rmtree(root)
            shutil.copytree(saved, root)


def forked(work):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads that the child never needs
        child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return child


def test_a_killed_purge_leaves_the_old_tree_or_the_new_one(corpus, tmp_path):
    assert False in list(killed_purges(corpus, tmp_path, 3, seed=1))


@pytest.mark.slow
def test_fifty_killed_purges_leave_the_old_tree_or_the_new_one(corpus, tmp_path):
    old = list(killed_purges(corpus, tmp_path, 51, seed=2))
    assert 0 < sum(old) < 51
