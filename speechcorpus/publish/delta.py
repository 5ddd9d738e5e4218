"""Writes what leads from one version to the next: old files by name, old bytes by place, new audio once."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO, cast

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.delta_archive import DOCUMENT, Delta, End
from speechcorpus.publish.delta_plan import Planner, Slice, chunks_of
from speechcorpus.publish.diff import compare
from speechcorpus.publish.editions import Edition, whole_edition_in
from speechcorpus.publish.splices import Windows
from speechcorpus.publish.staging import FILE_MODE
from speechcorpus.publish.tar import BLOCK, ending, padding, tar_header


@dataclass(frozen=True, slots=True, kw_only=True)
class DeltaInfo:
    """A written delta: its size and digest, how many files are made in which way, bytes that are sent."""

    bytes: int
    sha256: str
    ops: Mapping[str, int]
    sent_bytes: int


def write_delta(old: Edition, new: Edition, sink: BinaryIO) -> DeltaInfo:
    """Write the delta between two whole versions; the same versions give the same bytes.

    Parameters
    ----------
    sink : open for writing; nothing is read back from it

    Raises
    ------
    ReleaseError : `release.bundles-absent` unless all files of both are here; `release.fixity` when a file
        that is sent is not what it is called; as `compare`
    """
    _check_whole(old)
    _check_whole(new)
    changes = compare(old, new).counts()
    with closing(Windows()) as windows:
        planner = Planner(old, new, windows)
        ops = planner.ops()
    delta = Delta(corpus=new.corpus, old=_end(old), new=_end(new), ops=ops, changes=changes)
    digest, size = hashlib.sha256(), 0
    for chunk in _archive(delta.to_document(), planner.payloads):
        sink.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return DeltaInfo(
        bytes=size,
        sha256=digest.hexdigest(),
        ops=Counter(str(op[0]) for op in ops),
        sent_bytes=sum(part.bytes for parts in planner.payloads.values() for part in parts),
    )


def write_delta_file(old: Path, new: Path, out: Path) -> DeltaInfo:
    """Write the delta between the trees in two folders into a new file; it appears whole or not at all.

    Raises
    ------
    ReleaseError : `release.exists`, `release.write`; `release.untrusted` when a byte of either tree is not
        what its SHA256SUMS says; as `write_delta`
    """
    if out.exists() or out.is_symlink():
        raise ReleaseError("release.exists", f"{out} is there already")
    editions = whole_edition_in(old), whole_edition_in(new)
    try:
        with NamedTemporaryFile(prefix=f".{out.name}.", suffix=".part", dir=out.parent) as file:
            info = write_delta(*editions, cast(BinaryIO, file))
            file.flush()
            os.fchmod(file.fileno(), FILE_MODE)
            os.fsync(file.fileno())
            os.link(file.name, out)  # unlike a rename, never replaces what somebody put there meanwhile
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename or out}: {error.strerror}") from error
    return info


def _check_whole(edition: Edition) -> None:
    missing = next((path for path in edition.listed if path not in edition.files), None)
    if missing is not None:
        raise ReleaseError("release.bundles-absent", f"a delta is made of whole releases: no {missing} here")


def _end(edition: Edition) -> End:
    return End(version=edition.version, corpus_id=edition.corpus_id)


def _archive(document: bytes, payloads: Mapping[str, Sequence[Slice]]) -> Iterator[bytes]:
    yield from (tar_header(DOCUMENT, len(document)), document, bytes(padding(len(document))))
    size = BLOCK + len(document) + padding(len(document))
    for name in sorted(payloads):
        length = sum(part.bytes for part in payloads[name])
        yield tar_header(f"data/{name}", length)
        yield from _checked(name, payloads[name])
        yield bytes(padding(length))
        size += BLOCK + length + padding(length)
    yield ending(size)


def _checked(name: str, slices: Sequence[Slice]) -> Iterator[bytes]:
    digest = hashlib.sha256()
    for chunk in chunks_of(slices):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != name:
        raise ReleaseError("release.fixity", f"{slices[0].place} is not what it is called")
