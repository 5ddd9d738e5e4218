"""Checks of what is inside the shards: which clips, in which order, with which words beside them."""

import os
from collections.abc import Iterator
from pathlib import Path

from speechcorpus.corpus.card import formats_of
from speechcorpus.corpus.documents import Row, json_line
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.archives import Found, members
from speechcorpus.publish.bundles import bundle_of
from speechcorpus.publish.core import column_names
from speechcorpus.publish.derived import Derived
from speechcorpus.publish.lhotse import gzipped
from speechcorpus.publish.parquet import (
    layout_fault,
    read_parquet,
    release_schema,
    schema_of,
    tool_version,
    write_parquet,
)
from speechcorpus.publish.shar import shar_cut
from speechcorpus.publish.shards import SHARD_WRITERS, shard_paths, shard_row
from speechcorpus.publish.sources import LONGEST_LINE, Shard
from speechcorpus.publish.staging import HashedFile
from speechcorpus.publish.tree import Tree, shard_descriptions


def check_shards(tree: Tree) -> Iterator[str]:
    """Yield shards whose clips, durations or digests are not those of `shards.json`."""
    formats = [name for name in formats_of(tree.sources.release) if name in SHARD_WRITERS]
    rows = shard_descriptions(tree)
    described = {str(row["path"]): row for row in rows}
    names = set()
    for path, shard in shard_paths(tree.sources, formats):
        names.add(path)
        if not tree.has(bundle_of(path)):
            continue
        if path not in tree.entries:
            yield f"{path}: missing"
            continue
        size, digest = tree.entries[path].st_size, tree.listed.get(path, "not listed")
        if described.get(path) != shard_row(path, shard, size, digest):
            yield f"{path}: shards.json does not describe the file that is here"
    for path in tree.entries:
        if bundle_of(path) in SHARD_WRITERS and path not in names:
            yield f"{path}: a shard that release.json does not know"
    if [row["path"] for row in rows] != sorted(names):
        yield "shards.json: does not list the shards of this release, by path"
    yield from _order_faults(tree)


def _order_faults(tree: Tree) -> Iterator[str]:
    """Yield shards that hold other clips than the table puts there, or in another order or layout."""
    for name, path, shard in _here(tree):
        try:
            if name == "parquet" and (fault := layout_fault(tree.root / path, len(shard.rows))):
                yield f"{path}: {fault}"
            elif path.endswith(".tar"):
                for _ in _members_with_rows(tree, name, path, shard):
                    pass
        except ReleaseError as error:
            yield f"{path}: {error}"


def text_faults(tree: Tree) -> Iterator[str]:
    """Yield shards whose texts beside the audio are not those that the sources give."""
    for name, path, shard in _here(tree):
        try:
            if path.endswith(".tar"):
                yield from _wrong_texts(tree, name, path, shard)
            elif name == "parquet":
                yield from _wrong_rows(tree, path, shard)
        except ReleaseError as error:
            yield f"{path}: {error}"


def cut_files(tree: Tree) -> Iterator[Derived]:
    """Yield the files of cuts of all Shar shards."""
    for path, shard in shard_paths(tree.sources, ["shar"] if tree.has("shar") else []):
        if path.endswith(".gz"):
            lines = (json_line(shar_cut(row)) for row in shard.rows)
            yield Derived(path=path, chunks=gzipped(lines))


def _here(tree: Tree) -> Iterator[tuple[str, str, Shard]]:
    """Yield format, path and shard of every file of a shard that is here."""
    for name in SHARD_WRITERS:
        if tree.has(name):
            for path, shard in shard_paths(tree.sources, [name]):
                if path in tree.entries:
                    yield name, path, shard


def _members_with_rows(
    tree: Tree, name: str, path: str, shard: Shard
) -> Iterator[tuple[Found, bytes | None]]:
    """Yield each member with the text it must hold, None for audio; raise at the first wrong name."""
    found = members(tree.root / path)
    for row in shard.rows:
        for suffix, text in _wanted(name, row):
            member = next(found, None)
            wanted = f"{row['utt_id']}.{suffix}"
            if member is None:
                raise ReleaseError("release.layout", f"ends before {wanted}")
            if member.path != wanted:
                sentence = f"byte {member.offset}: {member.path!r} where {wanted} belongs"
                raise ReleaseError("release.layout", sentence)
            yield member, text
    if (member := next(found, None)) is not None:
        raise ReleaseError(
            "release.layout", f"byte {member.offset}: {member.path!r} belongs to no clip of it"
        )


def _wanted(name: str, row: Row) -> Iterator[tuple[str, bytes | None]]:
    yield "flac", None
    texts = SHARD_WRITERS[name].texts
    yield from texts(row).items() if texts else ()


def _wrong_texts(tree: Tree, name: str, path: str, shard: Shard) -> Iterator[str]:
    for member, text in _members_with_rows(tree, name, path, shard):
        if text is not None and member.read(LONGEST_LINE) != text:
            yield f"{path}: byte {member.offset}: {member.path} is not what clips.jsonl gives"
            return


def _wrong_rows(tree: Tree, path: str, shard: Shard) -> Iterator[str]:
    file = tree.root / path
    if not schema_of(file).equals(release_schema(tree.sources.release), check_metadata=True):
        yield f"{path}: another schema"
        return
    same_writer = tree.made_with("pyarrow", tool_version())
    if same_writer and _written_again(tree, path, shard) == tree.digest(path):
        return  # byte by byte what is written of these rows and this audio
    names = [name for name in column_names(tree.sources.release) if name != "audio_path"]
    rows = iter(shard.rows)
    for found in read_parquet(file):
        row = next(rows, None)
        if row is None or any(found[name] != row[name] for name in names):
            yield f"{path}: {found['utt_id']}: another row than clips.jsonl"
            return
        if not found["audio"]["bytes"] or found["audio"]["path"] != f"{row['utt_id']}.flac":
            yield f"{path}: {found['utt_id']}: no audio or another name inside"
            return
    if (missing := next(rows, None)) is not None:
        yield f"{path}: {missing['utt_id']} is missing"
    elif same_writer:
        yield f"{path}: pyarrow {tool_version()} writes other bytes from these rows"


def _written_again(tree: Tree, path: str, shard: Shard) -> str | None:
    """Return the digest that a shard of these rows and the audio that is here has; None if there is none."""
    sink = HashedFile(Path(os.devnull))
    flacs = (found["audio"]["bytes"] for found in read_parquet(tree.root / path, ["audio.bytes"]))
    try:
        with sink, write_parquet([sink], tree.sources.release) as add:
            for row in shard.rows:
                if not (flac := next(flacs, None)):
                    return None
                add(row, flac)
    except (ArithmeticError, LookupError, TypeError, ValueError):
        return None  # a row that no column holds: whoever compares row by row can name it
    return None if next(flacs, None) else sink.sha256
