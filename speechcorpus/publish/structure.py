"""Checks of a tree's outside: names, digests, version, headers, shards, card. Each yields its faults."""

import re
import stat
import zlib
from collections.abc import Iterator

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.documents import json_document
from speechcorpus.corpus.identifiers import path_fault
from speechcorpus.publish.build import shard_row
from speechcorpus.publish.bundles import ROOT_FILES, bundle_of
from speechcorpus.publish.core import licence_text
from speechcorpus.publish.lhotse import GZIP_HEADER
from speechcorpus.publish.staging import digest_of
from speechcorpus.publish.tree import Tree

SUMS_LINE = re.compile(r"([0-9a-f]{64})  ([^\n]+)\n")
SPLIT = "(train|dev|test)"
SHAPES = tuple(
    re.compile(shape)
    for shape in (
        *(re.escape(name) for name in ROOT_FILES),
        rf"audio/{SPLIT}/metadata\.csv",
        rf"audio/{SPLIT}/spk\d{{5}}/spk\d{{5}}-s\d{{4}}-\d{{6}}\.flac",
        rf"parquet/{SPLIT}-\d{{6}}\.parquet",
        rf"lhotse/(recordings|supervisions|cuts)_{SPLIT}\.jsonl\.gz",
        rf"kaldi/{SPLIT}/(wav\.scp|wav_pipe\.scp|text|utt2spk|spk2utt|utt2dur|reco2dur|utt2lang|spk2gender)",
    )
)
CARD_KEYS = ("pretty_name", "language", "license", "task_categories", "size_categories", "tags", "configs")
PIECE_BYTES = 1 << 20


def check_paths(tree: Tree) -> Iterator[str]:
    """Yield files that a release may not hold: links, devices, odd or empty names, foreign shapes."""
    folded: dict[str, str] = {}
    for path, status in tree.entries.items():
        if not stat.S_ISREG(status.st_mode):
            yield f"{path}: not a regular file"
        elif fault := path_fault(path):
            yield f"{path}: {fault}"
        elif status.st_size == 0:
            yield f"{path}: empty file"
        elif not any(shape.fullmatch(path) for shape in SHAPES):
            yield f"{path}: no file of this name belongs into a release"
        if folded.setdefault(path.lower(), path) != path:
            yield f"{path}: differs from {folded[path.lower()]} only in case"


def check_sums(tree: Tree) -> Iterator[str]:
    """Yield files whose digest is wrong, missing or not listed, and lines out of form or order."""
    listed: dict[str, str] = {}
    last = ""
    for number, line in enumerate(tree.read("SHA256SUMS").decode("utf-8", "replace").splitlines(True), 1):
        match = SUMS_LINE.fullmatch(line)
        if match is None:
            yield f"SHA256SUMS line {number}: not '<64 hex>  <path>'"
            continue
        digest, path = match.groups()
        if path_fault(path):
            yield f"SHA256SUMS line {number}: {path}: {path_fault(path)}"
            continue
        if path <= last:
            yield f"SHA256SUMS line {number}: {path} is out of byte order"
        listed[path], last = digest, path
    yield from _wrong_digests(tree, listed)


def _wrong_digests(tree: Tree, listed: dict[str, str]) -> Iterator[str]:
    here = {bundle_of(path) for path in tree.entries}
    for path, digest in listed.items():
        if path not in tree.entries:
            if bundle_of(path) in here:
                yield f"{path}: listed, but missing"
        elif bundle_of(path) in tree.bundles and digest_of(tree.root / path) != digest:
            yield f"{path}: its bytes do not have the listed digest"
    for path in tree.entries:
        if path not in listed and path != "SHA256SUMS":
            yield f"{path}: not listed in SHA256SUMS"


def check_version(tree: Tree) -> Iterator[str]:
    """Yield a VERSION that is not the version of `release.json`."""
    said, planned = tree.read("VERSION").decode("utf-8", "replace"), tree.sources.release["version"]
    if said != f"{planned}\n":
        yield f"VERSION says {said.strip()!r}, release.json {planned!r}"


def check_headers(tree: Tree) -> Iterator[str]:
    """Yield gzip files whose header tells a time or a name, or that hold more than one member."""
    for path in tree.entries:
        if path.endswith(".gz") and tree.has(bundle_of(path)):
            data = tree.read(path)
            if data[:10] != GZIP_HEADER:
                yield f"{path}: gzip header {data[:10].hex()} instead of {GZIP_HEADER.hex()}"
            elif (members := _members(data)) != 1:
                yield f"{path}: {members} gzip members instead of one"


def _members(data: bytes) -> int:
    """Count gzip members, 0 when one is broken; inflated piece by piece, so a bomb fills no memory."""
    members = 0
    while data:
        inflate = zlib.decompressobj(wbits=31)
        try:
            inflate.decompress(data, PIECE_BYTES)
            while not inflate.eof and inflate.unconsumed_tail:
                inflate.decompress(inflate.unconsumed_tail, PIECE_BYTES)
        except zlib.error:
            return 0
        if not inflate.eof:
            return 0
        members, data = members + 1, inflate.unused_data
    return members


def check_shards(tree: Tree) -> Iterator[str]:
    """Yield shards whose clips, durations or digests are not those of `shards.json`."""
    expected, names = [], set()
    if "parquet" in formats_of(tree.sources.release):
        for split, number, rows in tree.sources.by_shard():
            path = f"parquet/{split}-{number:06d}.parquet"
            names.add(path)
            if tree.has("parquet"):
                if path not in tree.entries:
                    yield f"{path}: missing"
                    continue
                size, digest = tree.entries[path].st_size, digest_of(tree.root / path)
                expected.append(shard_row(path, split, number, rows, size, digest))
    for path in tree.entries:
        if path.startswith("parquet/") and path not in names:
            yield f"{path}: a shard that release.json does not know"
    if tree.has("parquet") and json_document(expected) != tree.read("shards.json"):
        yield "shards.json: does not describe the shards that are here"


def check_card(tree: Tree) -> Iterator[str]:
    """Yield what is wrong with the card's head or the licence text."""
    lines = tree.read("README.md").decode("utf-8", "replace").split("\n")
    if lines[0] != "---" or "---" not in lines[1:]:
        yield "README.md: does not begin with YAML between two --- lines"
        return
    head = lines[1 : lines.index("---", 1)]
    keys = tuple(line.partition(":")[0] for line in head if not line.startswith(" "))
    wanted = CARD_KEYS if "parquet" in formats_of(tree.sources.release) else CARD_KEYS[:-1]
    if keys != wanted:
        yield f"README.md: the keys of its head are {', '.join(keys)}, not {', '.join(wanted)}"
    if tree.read("LICENSE") != licence_text(str(tree.sources.release["license"])):
        yield f"LICENSE: is not the text of {tree.sources.release['license']}"


def absent_bundles(tree: Tree) -> str | None:
    """Return which bundles are not here, None when all are."""
    return f"{', '.join(tree.absent)} not downloaded" if tree.absent else None
