"""Verification: a good tree passes everything; each broken copy fails the check of its name."""

import gzip
import hashlib
import json
import os
import re
import shutil
import threading
from importlib.metadata import version
from pathlib import Path

import pytest

from speechcorpus.audio.check import decode_checks
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.bundles import listing
from speechcorpus.publish.loose_audio import check_audio
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import Options, failed, verify
from tests.release_corpus import blob_reader, made_clips, planned, tone

QUICK = Options(quick=True, consumers=False)


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    return build_tree(plan, tmp_path_factory.mktemp("good"), blob_reader(clips).__getitem__).root


@pytest.fixture
def tree(good, tmp_path) -> Path:
    return Path(shutil.copytree(good, tmp_path / good.name))


def outcomes(tree, options=QUICK):
    return {outcome.check: outcome for outcome in verify(tree, decode_checks, options)}


def sum_again(tree):
    paths = [path for path in tree.rglob("*") if path.is_file() and path.name != "SHA256SUMS"]
    digests = [(p.relative_to(tree).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()) for p in paths]
    (tree / "SHA256SUMS").write_bytes(listing(digests))


def edit(path, old, new, count=1):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, count), "utf-8", newline="\n")


def edit_rows(tree, change):
    rows = [json.loads(line) for line in (tree / "clips.jsonl").read_text("utf-8").splitlines()]
    change(rows)
    lines = [json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":")) for row in rows]
    (tree / "clips.jsonl").write_text("\n".join(lines) + "\n", "utf-8", newline="\n")


def a_flac(tree):
    return sorted((tree / "audio").rglob("*.flac"))[0]


def add_symlink(tree):
    (tree / "kaldi" / "train" / "text").unlink()
    (tree / "kaldi" / "train" / "text").symlink_to("/etc/passwd")


def add_foreign_manifest(tree):
    (tree / "manifest.jsonl").write_text("{}\n")


def add_device(tree):
    os.mkfifo(tree / "VERSION2")


def rename_by_case(tree):
    (tree / "LICENSE").rename(tree / "License")


def point_outside(tree):
    edit(tree / "SHA256SUMS", "  CHANGELOG.md", "  ../CHANGELOG.md")


def flip_a_bit(tree):
    path = a_flac(tree)
    data = bytearray(path.read_bytes())
    data[-20] ^= 1
    path.write_bytes(data)


def truncate_shard(tree):
    path = tree / "parquet" / "train-000000.parquet"
    path.write_bytes(path.read_bytes()[:-100])


def other_version(tree):
    (tree / "VERSION").write_text("2.0.0\n")


def other_audio(tree):
    a_flac(tree).write_bytes(tone(999.0, 0.9))


def flipped_and_summed(tree):
    flip_a_bit(tree)


def wrong_duration(tree):
    edit_rows(tree, lambda rows: rows[0].update(duration=rows[0]["duration"] + 0.5))


def forbidden_mark(tree):
    edit_rows(tree, lambda rows: rows[3].update(text="你好、請坐。"))


def disordered(tree):
    edit_rows(tree, lambda rows: rows.reverse())


def missing_measurement(tree):
    edit_rows(tree, lambda rows: rows[2].update(snr_db=None))


def gzip_with_time(tree):
    path = tree / "lhotse" / "cuts_dev.jsonl.gz"
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes()), 6, mtime=1_700_000_000))


def shard_described_wrongly(tree):
    edit(tree / "shards.json", '"clips": 18', '"clips": 17')


def edited_card(tree):
    edit(tree / "README.md", "22 clips", "23 clips")


def crlf(tree):
    path = tree / "kaldi" / "train" / "utt2spk"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def kaldi_says_otherwise(tree):
    path = tree / "kaldi" / "dev" / "text"
    edit(path, "天", "地")


def csv_says_otherwise(tree):
    edit(tree / "audio" / "dev" / "metadata.csv", "天", "地")


def leak(tree):
    def change(rows):
        held = next(row for row in rows if row["split"] == "dev")
        trained = next(row for row in rows if row["split"] == "train")
        held["text"] = trained["text"]

    edit_rows(tree, change)


def speaker_in_two_splits(tree):
    edit(tree / "release.json", '"spk00001": "train"', '"spk00001": "dev"')


def withdrawn_still_there(tree):
    path = tree / "withdrawals.jsonl"
    row = {"seq": 1, "speaker_id": "spk00001", "withdrawn_at": "2026-11-23", "first_absent_version": "1.0.1"}
    path.write_text(path.read_text() + json.dumps(row, sort_keys=True, separators=(",", ":")) + "\n")


def no_consent(tree):
    path = tree / "consents.jsonl"
    path.write_text("".join(path.read_text().splitlines(True)[1:]))


def consent_not_for_release(tree):
    edit(tree / "consents.jsonl", "human_review record release", "human_review record")


def another_licence(tree):
    edit(tree / "LICENSE", "Attribution 4.0", "Attribution 5.0")


def card_without_head(tree):
    edit(tree / "README.md", "---\n", "")


def harmful_plot(tree):
    edit(tree / "plots" / "snr.svg", "</svg>", "<script>alert(1)</script></svg>")


def forged_plot(tree):
    edit(tree / "plots" / "hours.svg", "Hours by variety", "Days by variety")


def plot_of_somebody(tree):
    shutil.copy(tree / "plots" / "snr.svg", tree / "plots" / "quality.svg")


BROKEN = [
    ("paths", add_symlink, "kaldi/train/text: not a regular file", False),
    ("paths", add_foreign_manifest, "manifest.jsonl", True),
    ("paths", add_device, "VERSION2: not a regular file", False),
    ("paths", rename_by_case, "License", True),
    ("sums", point_outside, "leaves the tree", False),
    ("sums", flip_a_bit, ".flac: its bytes do not have the listed digest", False),
    ("shards", truncate_shard, "shards.json", True),
    ("derived", truncate_shard, "cannot be read", True),
    ("version", other_version, "VERSION says '2.0.0'", True),
    ("audio", other_audio, "STREAMINFO is not what clips.jsonl says", True),
    ("table", wrong_duration, "duration is", True),
    ("table", forbidden_mark, "the mark 、 (U+3001) is not permitted", True),
    ("table", disordered, "out of order", True),
    ("table", missing_measurement, "snr_db has no value", True),
    ("headers", gzip_with_time, "lhotse/cuts_dev.jsonl.gz: gzip header", True),
    ("shards", shard_described_wrongly, "shards.json", True),
    ("derived", edited_card, "README.md: differs", True),
    ("derived", crlf, "kaldi/train/utt2spk: differs from what the sources give at byte", True),
    ("derived", forged_plot, "plots/hours.svg: differs from what the sources give at byte", True),
    ("derived", plot_of_somebody, "plots/quality.svg: does not follow", True),
    ("card", harmful_plot, "plots/snr.svg: holds '<script'", True),
    ("agree", kaldi_says_otherwise, "kaldi: spk", True),
    ("agree", csv_says_otherwise, "audio: spk", True),
    ("splits", leak, "are in two splits", True),
    ("splits", speaker_in_two_splits, "release.json has its speaker in dev", True),
    ("withdrawals", withdrawn_still_there, "withdrawn", True),
    ("consents", no_consent, "is not known or not for release", True),
    ("consents", consent_not_for_release, "is not known or not for release", True),
    ("card", another_licence, "LICENSE: is not the text", True),
    ("card", card_without_head, "does not begin with YAML", True),
]


def test_a_good_tree_passes_every_check_with_every_sample_decoded(good):
    found = outcomes(good, Options(consumers=False))
    assert {name for name, outcome in found.items() if outcome.status != "PASS"} <= {"signature"}
    assert {"paths", "sums", "audio", "table", "derived", "agree", "splits", "consents"} <= set(found)


@pytest.mark.parametrize(
    ("check", "breaks", "says", "summed"), BROKEN, ids=[f"{b[0]}-{b[1].__name__}" for b in BROKEN]
)
def test_a_broken_copy_fails_the_check_of_its_name_and_the_place_is_named(tree, check, breaks, says, summed):
    breaks(tree)
    if summed:
        sum_again(tree)
    found = next(outcome for outcome in verify(tree, decode_checks, QUICK) if outcome.check == check)
    assert found.status == "FAIL"
    assert says in found.detail


def test_plots_of_another_version_of_the_library_are_looked_at_but_not_compared(tree):
    edit(tree / "release.json", f'"matplotlib": "{version("matplotlib")}"', '"matplotlib": "3.0.0"')
    forged_plot(tree)
    sum_again(tree)
    assert outcomes(tree)["derived"].status == "PASS"


def test_a_flipped_bit_under_new_sums_is_found_by_decoding(tree):
    flip_a_bit(tree)
    sum_again(tree)
    found = outcomes(tree, Options(consumers=False))
    assert found["audio"].status == "FAIL"
    assert f"{a_flac(tree).name}: does not decode" in found["audio"].detail


def test_once_nobody_waits_for_the_answer_nothing_more_is_decoded(tree):
    asked, stop = [], threading.Event()

    def decode(paths):
        asked.extend(paths)
        return decode_checks(paths)

    assert list(check_audio(Tree(tree), decode, stop=stop)) == []
    assert asked
    stop.set()
    assert list(check_audio(Tree(tree), decode, stop=stop)) == []
    assert len(asked) == len(set(asked))


def test_a_link_is_never_followed_and_nothing_behind_it_is_read(tree):
    add_symlink(tree)
    assert list(outcomes(tree)) == ["paths"]


def test_bundles_that_were_not_downloaded_are_a_notice_and_no_fault(tree):
    for name in ("kaldi", "lhotse", "audio"):
        shutil.rmtree(tree / name)
    found = outcomes(tree)
    assert found["bundles"].status == "NOTICE"
    assert found["bundles"].detail == "audio, lhotse, kaldi not downloaded"
    assert not failed(list(found.values()))


def test_a_tree_differs_from_another_where_it_differs(tree, good):
    edited_card(tree)
    found = outcomes(tree, Options(quick=True, consumers=False, against=good))
    assert found["rebuild"].detail == "README.md: differs"


def test_a_folder_without_a_release_is_refused_with_what_is_missing(tmp_path):
    with pytest.raises(ReleaseError, match=re.escape("release.json is missing")):
        list(verify(tmp_path, decode_checks, QUICK))
