"""Shards that somebody has touched: each fault fails the check of its name, at a named place, in bounds."""

import gzip
import hashlib
import io
import json
import shutil
import tarfile
import tracemalloc
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from speechcorpus.audio.check import decode_checks
from speechcorpus.publish.build import build_tree
from speechcorpus.publish.bundles import UNLISTED, listing
from speechcorpus.publish.derivation import check_derived
from speechcorpus.publish.lhotse import gzip_file
from speechcorpus.publish.parquet import read_parquet, write_parquet
from speechcorpus.publish.tar import TarWriter
from speechcorpus.publish.tree import Tree
from speechcorpus.publish.verify import Options, verify
from tests.release_corpus import blob_reader, made_clips, planned

QUICK = Options(quick=True, consumers=False)
RECORDING = "shar/train/recording.000000.tar"
CUTS = "shar/train/cuts.000000.jsonl.gz"
WEB = "webdataset/train-000000.tar"
PARQUET = "parquet/train-000000.parquet"


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    clips = made_clips()
    plan = planned(clips, include_synthetic=True)
    folder = tmp_path_factory.mktemp("good")
    return build_tree(plan, folder, blob_reader(clips).__getitem__, durable=False).root


@pytest.fixture
def tree(good, tmp_path) -> Path:
    return Path(shutil.copytree(good, tmp_path / good.name))


def outcome(tree, check):
    return next(one for one in verify(tree, decode_checks, QUICK) if one.check == check)


def describe_again(tree):
    """Make `shards.json` and `SHA256SUMS` fit what is there now: the fault itself must be found."""
    rows = json.loads((tree / "shards.json").read_bytes())
    for row in rows:
        data = (tree / row["path"]).read_bytes()
        row["bytes"], row["sha256"] = len(data), hashlib.sha256(data).hexdigest()
    text = json.dumps(rows, ensure_ascii=False, sort_keys=True, indent=1, separators=(",", ": "))
    (tree / "shards.json").write_text(text + "\n")
    paths = [path for path in tree.rglob("*") if path.is_file() and path.name not in UNLISTED]
    digests = [(p.relative_to(tree).as_posix(), hashlib.sha256(p.read_bytes()).hexdigest()) for p in paths]
    (tree / "SHA256SUMS").write_bytes(listing(digests))


def members_of(path):
    with tarfile.open(path) as tar:
        return [(member.name, tar.extractfile(member).read()) for member in tar]


def in_archive(name, change):
    """Return a fault: the members of an archive are changed, and it is written in our own form."""

    def breaks(tree):
        members = members_of(tree / name)
        change(members)
        buffer = io.BytesIO()
        tar = TarWriter(buffer)
        for member in members:
            tar.add(*member)
        tar.finish()
        (tree / name).write_bytes(buffer.getvalue())

    return breaks


def by_tarfile(name, form=tarfile.USTAR_FORMAT, **fields):
    """Return a fault: the last member has another field in its header."""

    def breaks(tree):
        members = members_of(tree / name)
        with tarfile.open(tree / name, "w", format=form) as tar:
            for number, (path, data) in enumerate(members, 1):
                info = tarfile.TarInfo(path)
                info.size = len(data)
                if number == len(members):
                    for field, value in fields.items():
                        setattr(info, field, value)
                tar.addfile(info, io.BytesIO(data))

    return breaks


def in_bytes(name, change):
    def breaks(tree):
        (tree / name).write_bytes(change((tree / name).read_bytes()))

    return breaks


def in_cuts(change):
    def breaks(tree):
        lines = gzip.decompress((tree / CUTS).read_bytes()).splitlines(keepends=True)
        buffer = io.BytesIO()
        with gzip_file(buffer) as file:
            file.writelines(change(lines))
        (tree / CUTS).write_bytes(buffer.getvalue())

    return breaks


def swap(first, second):
    def change(members):
        members[first], members[second] = members[second], members[first]

    return change


def other_audio(members):
    members[0] = (members[0][0], members[3][1])


def other_text(members):
    members[2] = (members[2][0], "天".encode())


def other_row(members):
    members[1] = (members[1][0], members[1][1].replace(b'"style":"read"', b'"style":"dialogue"'))


def other_recording(members):
    members[1] = (members[1][0], members[1][1].replace(b'"source":""', b'"source":"x"'))


def with_name(data):
    return gzip.compress(gzip.decompress(data), 6, mtime=0)[:3] + b"\x08" + data[4:10] + b"cuts\0" + data[10:]


def bomb(data):
    buffer = io.BytesIO()
    with gzip_file(buffer) as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    return buffer.getvalue()


def long_line(lines):
    return [b'{"id":"' + b"a" * (1 << 20) + b'"}\n']


def foreign_file(tree):
    (tree / "shar" / "train" / "notes.000000.jsonl.gz").write_bytes((tree / CUTS).read_bytes())


def unknown_shard(tree):
    shutil.copy(tree / WEB, tree / "webdataset" / "train-000007.tar")


def compressed_audio(tree):
    table = pq.read_table(tree / PARQUET)
    pq.write_table(table, tree / PARQUET, compression="zstd", row_group_size=100)


def fewer_rows(tree):
    table = pq.read_table(tree / PARQUET).slice(1)
    pq.write_table(table, tree / PARQUET, compression="zstd", row_group_size=100)


def in_parquet(change):
    """Return a fault: the rows of a Parquet shard are changed, and it is written by our own writer."""

    def breaks(tree):
        rows = list(read_parquet(tree / PARQUET))
        change(rows)
        release = json.loads((tree / "release.json").read_bytes())
        with (tree / PARQUET).open("wb") as file, write_parquet([file], release) as add:
            for row in rows:
                add(row, row["audio"]["bytes"])

    return breaks


def other_level(rows):
    rows[5]["snr_db"] += 1.0


def no_audio(rows):
    rows[5]["audio"] = {"bytes": b""}


def audio_of_another(rows):
    rows[5]["audio"] = rows[6]["audio"]


def laid_out_otherwise(tree):
    """The same rows and the same schema, laid out by another hand."""
    table = pq.read_table(tree / PARQUET)
    others = [name for name in table.column_names if name != "audio"]
    pq.write_table(
        table,
        tree / PARQUET,
        compression={"audio.bytes": "NONE", "audio.path": "ZSTD", **dict.fromkeys(others, "ZSTD")},
        use_dictionary=["audio.path", *others],
        write_statistics=["audio.path", *others],
        row_group_size=7,
    )


def half_a_sample(tree):
    """A row of the table that no whole number holds: the shard still has the old one."""
    rows = (
        (tree / "clips.jsonl").read_text("utf-8").replace('"clipped_samples":0', '"clipped_samples":0.5', 1)
    )
    (tree / "clips.jsonl").write_text(rows, "utf-8", newline="\n")


def miscounted(tree):
    path = tree / "shards.json"
    path.write_text(path.read_text().replace('"clips": 18', '"clips": 17'))


FAULTS = {
    "owner": ("headers", by_tarfile(WEB, uid=1000), "another header than we write"),
    "time": ("headers", by_tarfile(RECORDING, mtime=1_700_000_000), "another header than we write"),
    "mode": ("headers", by_tarfile(WEB, mode=0o755), "another header than we write"),
    "pax": ("headers", by_tarfile(WEB, tarfile.PAX_FORMAT, uname="作者"), "another header than we write"),
    "link": ("headers", by_tarfile(WEB, type=tarfile.SYMTYPE, linkname="/etc/passwd"), "another header"),
    "device": ("headers", by_tarfile(WEB, type=tarfile.BLKTYPE), "another header than we write"),
    "way-out": ("shards", in_archive(WEB, lambda m: m.append(("../../x.flac", b"x"))), "'../../x.flac'"),
    "rubbish": ("headers", in_bytes(WEB, lambda data: data + b"x"), "the archive does not end as it must"),
    "cut-off": ("headers", in_bytes(WEB, lambda data: data[:20_000]), "ends after the archive"),
    "twice": ("headers", in_archive(WEB, lambda m: m.append(m[0])), "is in it 2 times"),
    "gzip-name": ("headers", in_bytes(CUTS, with_name), f"{CUTS}: gzip header 1f8b0808"),
    "gzip-twice": ("headers", in_bytes(CUTS, lambda data: data + data), "follows the first gzip member"),
    "gzip-bomb": ("headers", in_bytes(CUTS, bomb), f"{CUTS}: inflates to more than"),
    "gzip-cut": ("headers", in_bytes(CUTS, lambda data: data[:-9]), f"{CUTS}: the gzip stream is cut off"),
    "order": ("shards", in_archive(WEB, swap(1, 4)), f"{WEB}: byte "),
    "third-member": (
        "shards",
        in_archive(RECORDING, lambda m: m.insert(2, ("a.txt", b"x"))),
        "'a.txt' where",
    ),
    "too-short": (
        "shards",
        in_archive(RECORDING, lambda m: m.__delitem__(slice(-2, None))),
        "ends before spk",
    ),
    "miscounted": ("shards", miscounted, "shards.json does not describe the file"),
    "unknown": ("shards", unknown_shard, "train-000007.tar: a shard that release.json does not know"),
    "compressed": ("shards", compressed_audio, "audio.bytes is ZSTD"),
    "rows": ("shards", fewer_rows, f"{PARQUET}: holds 17 rows instead of 18"),
    "foreign": ("paths", foreign_file, "notes.000000.jsonl.gz: no file of this name"),
    "row": ("derived", in_archive(WEB, other_row), ".json is not what clips.jsonl gives"),
    "recording": ("derived", in_archive(RECORDING, other_recording), ".json is not what clips.jsonl gives"),
    "cut": ("derived", in_cuts(lambda lines: lines[:-1]), f"{CUTS}: differs from what the sources give"),
    "parquet-audio": ("agree", in_parquet(audio_of_another), "leads to other audio"),
    "text": ("agree", in_archive(WEB, other_text), "webdataset: "),
    "audio": ("agree", in_archive(WEB, other_audio), "leads to other audio"),
    "shar-audio": ("agree", in_archive(RECORDING, lambda m: swap(0, 2)(m)), "shar: "),
    "cuts": ("agree", in_cuts(lambda lines: lines[1:] + lines[:1]), "stands beside"),
    "long-line": ("agree", in_cuts(long_line), "a line longer than 1 MiB"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_touched_shard_fails_the_check_of_its_name_and_the_place_is_named(tree, fault):
    check, breaks, says = FAULTS[fault]
    breaks(tree)
    if fault not in ("miscounted",):
        describe_again(tree)
    found = outcome(tree, check)
    assert found.status == "FAIL"
    assert says in found.detail


IN_PARQUET = {
    "row": (in_parquet(other_level), "another row than clips.jsonl"),
    "silence": (in_parquet(no_audio), "no audio or another name inside"),
    "layout": (laid_out_otherwise, "writes other bytes from these rows"),
    "table": (half_a_sample, "another row than clips.jsonl"),
}


@pytest.mark.parametrize("fault", IN_PARQUET)
def test_a_parquet_shard_that_the_rows_do_not_give_is_named_and_why(tree, fault):
    breaks, says = IN_PARQUET[fault]
    breaks(tree)
    describe_again(tree)
    faults = [each for each in check_derived(Tree(tree)) if each.startswith("parquet/")]
    assert len(faults) == 1
    assert says in faults[0]


def test_a_bomb_takes_no_more_memory_than_an_honest_file(tree):
    in_bytes(CUTS, bomb)(tree)
    tracemalloc.start()
    try:
        assert outcome(tree, "headers").status == "FAIL"
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()
