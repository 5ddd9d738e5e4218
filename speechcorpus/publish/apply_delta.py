"""Makes the new version out of an old one and a delta: aside, checked whole, then put in its place."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from speechcorpus.corpus.identifiers import path_fault
from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.aside import check_place, check_space, put_in_place, written_aside
from speechcorpus.publish.bundles import UNLISTED, bundle_of
from speechcorpus.publish.delta_archive import Delta, Payload, read_delta
from speechcorpus.publish.editions import SUMS, Edition, listed_in, whole_edition_in
from speechcorpus.publish.staging import Staging
from speechcorpus.publish.structure import check_paths
from speechcorpus.publish.tree import Tree

BLOCK_BYTES = 1 << 20
GROWTH = 8  # a new tree is at most so many times what it is made of: each format holds each FLAC once
LARGEST_SUMS = 1 << 30
TREE = "tree"
Op = Sequence[Any]
Source = tuple[str, int, int]
"""The place of a file, the first byte, how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A tree that a delta led to."""

    root: Path
    version: str
    corpus_id: str
    bundles: tuple[str, ...]


def apply_delta(old: Path, delta: Path, out: Path) -> Applied:
    """Make the version that `delta` leads to from the tree in `old`, as the new folder `out`.

    `old` is only read. Bundles that are not there are passed over. `out` appears whole, durable and with
    every digest of its SHA256SUMS checked, or not at all; a folder beside it is removed again on any failure.
    A copy from which voices were taken out (`…+w7`) is brought to a version that is without them as well:
    what both have in common is taken as it is, the rest is made of what the purge has left alone.

    Raises
    ------
    ReleaseError : `release.exists`, `release.inside`; `release.delta`, `release.untrusted` or
        `release.other-base` for what is not fit to be applied, `release.purged-base` when the delta needs
        what a purge has changed; `release.space`, `release.write`; `release.delta-digest` when what came out
        is not what the delta promised
    """
    check_place(out, old)
    with written_aside(out) as folder, delta.open("rb") as file:
        told, payloads = read_delta(file)
        base = whole_edition_in(old)
        _check_base(base, told)
        job = _Job(base, told, payloads, file)
        job.write(folder)
        put_in_place(folder / TREE, out)
    return Applied(root=out, version=told.new.version, corpus_id=told.new.corpus_id, bundles=job.bundles)


class _Job:
    """One application: which operations are done here, where their bytes come from, what must come out."""

    def __init__(self, base: Edition, told: Delta, payloads: Mapping[str, Payload], file: BinaryIO) -> None:
        self._base, self._payloads, self._file = base, payloads, file
        self._new_id, self._old_version = told.new.corpus_id, told.old.version
        self._purged = base.corpus_id != told.old.corpus_id
        ops = {str(op[1]): op for op in told.ops if op[0] != "delete"}
        for path in ops:
            if fault := path_fault(path):
                raise _bad(f"{path}: {fault}")
        if len(ops) != sum(op[0] != "delete" for op in told.ops):
            raise _bad("a file is made twice")
        here = self._bundles_here(told)
        self._ops = {path: op for path, op in ops.items() if bundle_of(path) in here}
        self.bundles = tuple(sorted({bundle_of(path) for path in self._ops}))

    def write(self, folder: Path) -> None:
        """Write the tree into a new folder, and check it."""
        listed = self._new_sums()
        if self._purged:
            self._take_what_is_there(listed)
        self._check_size(folder)
        staging = Staging(folder, TREE)
        try:
            for path, op in sorted(self._ops.items()):
                written = staging.put(path, self._chunks(path, op))
                if path not in UNLISTED and listed.get(path) != written.sha256:
                    raise (
                        _lacks(path, self._base.version, self._old_version)
                        if self._purged and op[0] != "write"
                        else _differs(path)
                    )
            missing = sorted(p for p in listed if bundle_of(p) in self.bundles and p not in self._ops)
            if missing:
                raise _differs(missing[0])
            staging.finish(durable=True)
        finally:
            staging.abandon()
        if fault := next(check_paths(Tree(staging.root)), None):
            raise _bad(fault)

    def _bundles_here(self, told: Delta) -> set[str]:
        """Return the bundles of the copy; new ones come only to those who have all of the old ones."""
        here = {bundle_of(path) for path in self._base.files}
        if not self._purged and here.issuperset(self._base.formats):
            here |= {bundle_of(str(op[1])) for op in told.ops if op[0] != "delete"}
        return here

    def _take_what_is_there(self, listed: Mapping[str, str]) -> None:
        """Let every file that the new version has in common with this copy be taken as it is."""
        held = {(bundle_of(path), file.sha256): path for path, file in self._base.files.items()}
        for path in self._ops.keys() - set(UNLISTED):
            same = held.get((bundle_of(path), listed.get(path, "")))
            if same is not None:
                self._ops[path] = ["rename", path, same]

    def _new_sums(self) -> dict[str, str]:
        op = self._ops.get(SUMS)
        if op is None or op[0] != "write":
            raise _bad(f"{SUMS} is not sent")
        if sum(size for _, _, size in self._sources(SUMS, op)) > LARGEST_SUMS:
            raise _bad(f"{SUMS} is larger than {LARGEST_SUMS} bytes")
        data = b"".join(self._chunks(SUMS, op))
        if hashlib.sha256(data).hexdigest() != self._new_id:
            raise _differs(SUMS)
        return listed_in(data)

    def _check_size(self, folder: Path) -> None:
        planned = sum(size for path, op in self._ops.items() for _, _, size in self._sources(path, op))
        made_of = sum(file.bytes for file in self._base.files.values())
        made_of += sum(payload.bytes for payload in self._payloads.values())
        if planned > GROWTH * made_of:
            raise _bad(f"it would make {planned} bytes out of {made_of}")
        check_space(folder, planned)

    def _sources(self, path: str, op: Op) -> Iterator[Source]:
        """Yield where the bytes of a file come from; the place of a payload is the archive itself."""
        if op[0] == "splice":
            for kind, name, offset, length in op[2]:
                size = self._size(path, kind, name)
                if offset + length > size:
                    if self._purged and kind == "old":
                        raise _lacks(path, self._base.version, self._old_version)
                    raise _bad(f"{path}: {offset}+{length} is beyond the {size} bytes of {name}")
                yield self._source(kind, name, offset, length)
            return
        kind = "data" if op[0] == "write" else "old"
        yield self._source(kind, op[-1], 0, self._size(path, kind, op[-1]))

    def _size(self, path: str, kind: str, name: str) -> int:
        known: Mapping[str, Any] = self._payloads if kind == "data" else self._base.files
        if name not in known:
            if self._purged and kind == "old":
                raise _lacks(path, self._base.version, self._old_version)
            raise _bad(f"{path}: made of {name}, which is not there")
        return int(known[name].bytes)

    def _source(self, kind: str, name: str, offset: int, length: int) -> Source:
        if kind == "data":
            return "", self._payloads[name].offset + offset, length
        return str(self._base.files[name].place), offset, length

    def _chunks(self, path: str, op: Op) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for place, start, length in self._sources(path, op):
            for chunk in self._read(place, start, length):
                digest.update(chunk)
                yield chunk
        if op[0] == "write" and digest.hexdigest() != op[2]:
            raise _differs(path)

    def _read(self, place: str, start: int, length: int) -> Iterator[bytes]:
        if not place:
            yield from _piecewise(self._file, start, length)
            return
        with Path(place).open("rb") as file:
            yield from _piecewise(file, start, length)


def _piecewise(file: BinaryIO, start: int, length: int) -> Iterator[bytes]:
    file.seek(start)
    while length > 0 and (chunk := file.read(min(BLOCK_BYTES, length))):
        length -= len(chunk)
        yield chunk


def _check_base(base: Edition, told: Delta) -> None:
    if base.corpus == told.corpus and told.old.corpus_id == base.corpus_id:
        return
    before, purged, _ = base.version.partition("+w")
    if base.corpus == told.corpus and purged and before == told.old.version:
        return  # a copy of the same version from which voices were taken out
    raise ReleaseError(
        "release.other-base",
        f"the delta begins at {told.corpus} {told.old.version} ({told.old.corpus_id}); "
        f"this is {base.corpus} {base.version} ({base.corpus_id}): get the delta that begins at {before}",
    )


def _lacks(path: str, here: str, old: str) -> ReleaseError:
    """Return the refusal of a file that cannot be made of a purged copy, with the ways that are left."""
    bundle = bundle_of(path)
    last = (
        f"move {bundle}/ out of the copy, apply the delta to the rest, and download {bundle}.tar of the new"
    )
    last = "download the new version" if bundle == "core" else f"{last} version into the result"
    return ReleaseError(
        "release.purged-base",
        f"{path} cannot be made of this copy: to become {here} it was written anew, and the delta takes it "
        f"from {old}. Take out what was withdrawn since (apply-withdrawals, newest feed) and try again; take "
        f"the delta to a patch of {old} first, if there is one; or {last}",
        path=path,
    )


def _differs(path: str) -> ReleaseError:
    return ReleaseError("release.delta-digest", f"{path} did not come out as the delta promised")


def _bad(sentence: str) -> ReleaseError:
    return ReleaseError("release.delta", f"this is no delta of a release: {sentence}")
