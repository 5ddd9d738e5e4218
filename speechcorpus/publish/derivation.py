"""Does every file that follows from the sources say what the sources say?"""

import gzip
import zlib
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.core import derived_files
from speechcorpus.publish.croissant import last_files
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.plots import is_comparable
from speechcorpus.publish.shard_checks import cut_files, text_faults
from speechcorpus.publish.tree import Tree, shard_descriptions


def check_derived(tree: Tree) -> Iterator[str]:
    """Yield files that the writers would write otherwise from the sources of this tree."""
    written = {"shards.json", "SHA256SUMS", "LICENSE", "CHANGELOG.md"}
    sources, same_drawings = tree.sources, is_comparable(tree.sources.release)
    for derived in chain(
        derived_files(sources), cut_files(tree), last_files(sources, shard_descriptions(tree))
    ):
        written.add(derived.path)
        if not tree.has(bundle_of(derived.path)):
            continue
        if derived.path not in tree.entries:
            yield f"{derived.path}: missing"
        elif derived.path.startswith("plots/") and not same_drawings:
            continue  # another library draws other bytes
        elif fault := _difference(tree, derived):
            yield f"{derived.path}: {fault}"
    for path in tree.entries:
        if path.startswith(("kaldi/", "plots/", "dialogues.jsonl")) and path not in written:
            yield f"{path}: does not follow from the sources"
    yield from text_faults(tree)


def _difference(tree: Tree, derived: Derived) -> str | None:
    """Return where a file is not what the writers give; of another zlib only what it inflates to counts."""
    path = tree.root / derived.path
    if not derived.path.endswith(".gz") or tree.made_with("zlib", zlib.ZLIB_RUNTIME_VERSION):
        with path.open("rb") as file:
            return _first_difference(file, derived.chunks)
    with gzip.open(path) as inflated:
        return _first_difference(inflated, _inflated(derived.chunks))


def _inflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    yield from map(inflate.decompress, chunks)


def _first_difference(file: BinaryIO | gzip.GzipFile, chunks: Iterator[bytes]) -> str | None:
    at = 0
    for chunk in chunks:
        if (found := file.read(len(chunk))) != chunk:
            pairs = enumerate(zip(found, chunk, strict=False))
            where = at + next((i for i, (a, b) in pairs if a != b), len(found))
            return f"differs from what the sources give at byte {where}"
        at += len(chunk)
    return f"goes on after byte {at}" if file.read(1) else None
