"""Checks of a tree's outside: names, digests, version, headers, shards, card. Each yields its faults."""

import json
import re
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.identifiers import path_fault
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.archives import PIECE_BYTES, gzip_fault, members
from speechcorpus.publish.bundles import ROOT_FILES, UNLISTED, bundle_of
from speechcorpus.publish.core import licence_text
from speechcorpus.publish.plots import svg_fault
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
        rf"shar/{SPLIT}/(cuts\.\d{{6}}\.jsonl\.gz|recording\.\d{{6}}\.tar)",
        rf"webdataset/{SPLIT}-\d{{6}}\.tar",
        rf"nemo/{SPLIT}\.jsonl",
        r"plots/[a-z-]+\.svg",
        rf"lhotse/(recordings|supervisions|cuts)_{SPLIT}\.jsonl\.gz",
        rf"kaldi/{SPLIT}/(wav\.scp|wav_pipe\.scp|text|utt2spk|spk2utt|utt2dur|reco2dur|utt2lang|spk2gender)",
    )
)
CARD_KEYS = ("pretty_name", "language", "license", "task_categories", "size_categories", "tags", "configs")


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
        elif bundle_of(path) in tree.bundles and tree.digest(path) != digest:
            yield f"{path}: its bytes do not have the listed digest"
    for path in tree.entries:
        if path not in listed and path not in UNLISTED:
            yield f"{path}: not listed in SHA256SUMS"


def check_version(tree: Tree) -> Iterator[str]:
    """Yield a VERSION or `croissant.json` that has not the version of `release.json`."""
    said, planned = tree.read("VERSION").decode("utf-8", "replace"), tree.sources.release["version"]
    if said != f"{planned}\n":
        yield f"VERSION says {said.strip()!r}, release.json {planned!r}"
    described = json.loads(tree.read("croissant.json"))["version"]
    if described != planned:
        yield f"croissant.json says {described!r}, release.json {planned!r}"


def check_headers(tree: Tree) -> Iterator[str]:
    """Yield gzip files and archives that are not to the byte as we write them."""
    # a line of a derived file repeats its row and adds some hundred bytes of names
    largest = 4 * tree.entries["clips.jsonl"].st_size + PIECE_BYTES
    for path in tree.entries:
        fault = None
        if path.endswith(".gz") and tree.has(bundle_of(path)):
            fault = gzip_fault(tree.root / path, largest=largest)
        elif path.endswith(".tar") and tree.has(bundle_of(path)):
            fault = _archive_fault(tree.root / path)
        if fault is not None:
            yield f"{path}: {fault}"


def _archive_fault(path: Path) -> str | None:
    try:
        names = Counter(member.path for member in members(path))
    except ReleaseError as error:
        return str(error)
    doubled = [name for name, times in names.items() if times > 1]
    return f"{doubled[0]!r} is in it {names[doubled[0]]} times" if doubled else None


def check_card(tree: Tree) -> Iterator[str]:
    """Yield what is wrong with the card's head, the licence text, or a picture that could do harm."""
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
    for path in tree.entries:
        if path.startswith("plots/") and (fault := svg_fault(tree.read(path))):
            yield f"{path}: {fault}"


def absent_bundles(tree: Tree) -> str | None:
    """Return which bundles are not here, None when all are."""
    return f"{', '.join(tree.absent)} not downloaded" if tree.absent else None
