"""Decides how each file of a new version is made from the old one: kept, renamed, spliced, or sent."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from speechcorpus.publish.bundles import UNLISTED, bundle_of
from speechcorpus.publish.editions import Edition, Lying
from speechcorpus.publish.splices import Literal, Pool, Region, Run, Windows, spliced

CONTAINERS = (".parquet", ".tar")
HOLDING_AUDIO = ("audio", "parquet", "webdataset", "shar")
BLOCK_BYTES = 1 << 20
Op = list[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Bytes [start, end) of a file."""

    place: Path
    start: int
    end: int

    @property
    def bytes(self) -> int:
        """How many."""
        return self.end - self.start


class Planner:
    """Goes through the files of a new version; `payloads` grows by what has to be sent, by digest.

    Loose audio comes first, so that containers point at what is sent anyway: no FLAC is sent twice.
    """

    def __init__(self, old: Edition, new: Edition, windows: Windows) -> None:
        self._old, self._new, self._windows = old, new, windows
        self.payloads: dict[str, list[Slice]] = {}
        self._sent = Pool(windows)
        self._pools: dict[str, Pool] = {}
        self._places: dict[tuple[str, str], str] = {}
        for path, file in sorted(old.files.items()):
            self._places.setdefault((bundle_of(path), file.sha256), path)

    def ops(self) -> list[Op]:
        """Return all operations, by path."""
        gone = [["delete", path] for path in self._old.files if path not in self._new.files]
        ordered = sorted(self._new.files, key=lambda path: (path.endswith(CONTAINERS), path))
        made = [self._op(path, self._new.files[path]) for path in ordered]
        return sorted(gone + made, key=lambda op: str(op[1]))

    def _op(self, path: str, file: Lying) -> Op:
        before = self._old.files.get(path)
        if path in UNLISTED:
            return self._write(path, file)  # a copy may lack the signature: it is always sent
        if before is not None and before.sha256 == file.sha256:
            return ["keep", path]
        if source := self._places.get((bundle_of(path), file.sha256)):
            return ["rename", path, source]
        return self._splice(path, file) if path.endswith(CONTAINERS) else self._write(path, file)

    def _write(self, path: str, file: Lying) -> Op:
        if file.sha256 not in self.payloads:
            self.payloads[file.sha256] = [Slice(place=file.place, start=0, end=file.bytes)]
            region = _whole("data", file.sha256, file)
            (self._sent.add if path.endswith(CONTAINERS) else self._sent.add_flac)(region)
        return ["write", path, file.sha256]

    def _splice(self, path: str, file: Lying) -> Op:
        parts = spliced(file.place, [self._pool(bundle_of(path)), self._sent], self._windows)
        literals = [part for part in parts if isinstance(part, Literal)]
        if len(literals) == len(parts):
            return self._write(path, file)
        digest, at = self._send(file.place, literals), 0
        told: list[list[Any]] = []
        for part in parts:
            if isinstance(part, Run):
                told.append([part.kind, part.name, part.offset, part.length])
            else:
                told.append(["data", digest, at, part.end - part.start])
                at += part.end - part.start
        return ["splice", path, told]

    def _send(self, place: Path, literals: Iterable[Literal]) -> str:
        """Send the literals of one container as one payload; return its digest."""
        slices = [Slice(place=place, start=part.start, end=part.end) for part in literals]
        digest = hashlib.sha256()
        for chunk in chunks_of(slices):
            digest.update(chunk)
        name, at = digest.hexdigest(), 0
        if slices and name not in self.payloads:
            self.payloads[name] = slices
            for part in slices:
                region = Region(kind="data", name=name, place=place, start=part.start, end=part.end, base=at)
                self._sent.add(region)
                at += part.bytes
        return name

    def _pool(self, bundle: str) -> Pool:
        """Return where to look for the audio of a bundle: its own old files; of a new one, another's."""
        if bundle not in self._pools:
            pool = self._pools[bundle] = Pool(self._windows)
            for path, file in self._sources(bundle):
                (pool.add if path.endswith(CONTAINERS) else pool.add_flac)(_whole("old", path, file))
        return self._pools[bundle]

    def _sources(self, bundle: str) -> Iterator[tuple[str, Lying]]:
        known = bundle in self._old.formats
        beside = next((name for name in HOLDING_AUDIO if name in self._old.formats), bundle)
        for path, file in sorted(self._old.files.items()):
            if known:
                after = self._new.files.get(path)
                changed = after is None or after.sha256 != file.sha256
                wanted = changed and bundle_of(path) == bundle and path.endswith(CONTAINERS)
            else:
                wanted = bundle_of(path) == beside and path.endswith((".flac", *CONTAINERS))
            # one that is gone was erased on this server after a withdrawal: what is new in it is sent whole
            if wanted and file.place.is_file():
                yield path, file


def chunks_of(slices: Iterable[Slice]) -> Iterator[bytes]:
    """Yield the bytes of slices one after the other, a MiB at a time."""
    for part in slices:
        with part.place.open("rb") as file:
            file.seek(part.start)
            left = part.bytes
            while left > 0 and (chunk := file.read(min(BLOCK_BYTES, left))):
                left -= len(chunk)
                yield chunk


def _whole(kind: str, name: str, file: Lying) -> Region:
    return Region(kind=kind, name=name, place=file.place, start=0, end=file.bytes, base=0)
