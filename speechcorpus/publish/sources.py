"""The sources of a tree: the files that determine every other byte, read from disk row by row."""

import hashlib
import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import overload

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.leakage import leakage_report
from speechcorpus.corpus.shards import entry_of, numbered
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.domain.errors import ReleaseError

LONGEST_LINE = 1 << 20
HELD_BYTES = 8 << 20  # of text; as rows in memory it is some four times as much


class RowFile:
    """A JSON-lines file: iterated as often as one likes; a large one is never held in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._held: dict[int, Row] | None = None

    def __iter__(self) -> Iterator[Row]:
        return (row for _, row in self.with_offsets())

    def with_offsets(self) -> Iterator[tuple[int, Row]]:
        """Yield each row with the position of its line."""
        if self._held is None and self.path.stat().st_size <= HELD_BYTES:
            self._held = dict(self._parsed())
        yield from self._parsed() if self._held is None else self._held.items()

    def lines_at(self, offsets: Iterable[int]) -> Iterator[bytes]:
        """Yield the lines that begin at these positions."""
        with self.path.open("rb") as file:
            for offset in offsets:
                file.seek(offset)
                yield file.readline(LONGEST_LINE + 1)

    def rows_at(self, offsets: Iterable[int]) -> Iterator[Row]:
        """Yield the rows whose lines begin at these positions."""
        if self._held is not None:
            return map(self._held.__getitem__, offsets)
        return (_row(line, self.path.name, 0) for line in self.lines_at(offsets))

    def _parsed(self) -> Iterator[tuple[int, Row]]:
        with self.path.open("rb") as file:
            number, offset = 0, 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                yield offset, _row(line, self.path.name, number)
                offset += len(line)


class SomeRows(Sequence[Row]):
    """Some rows of a JSON-lines file, by the positions of their lines: 8 bytes of memory a row."""

    def __init__(self, file: RowFile, offsets: Sequence[int]) -> None:
        self._file, self._offsets = file, offsets

    def __len__(self) -> int:
        return len(self._offsets)

    def __iter__(self) -> Iterator[Row]:
        return self._file.rows_at(self._offsets)

    def sha256(self) -> str:
        """Return the digest of their lines."""
        digest = hashlib.sha256()
        for line in self._file.lines_at(self._offsets):
            digest.update(line)
        return digest.hexdigest()

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Sequence[Row]:
        if isinstance(at, slice):
            return SomeRows(self._file, self._offsets[at])
        return next(self._file.rows_at([self._offsets[at]]))


@dataclass(slots=True, kw_only=True)
class Shard:
    """One shard that holds clips."""

    split: str
    number: int
    rows: SomeRows  # by utt_id
    duration_s: float


@dataclass(frozen=True, kw_only=True)
class Sources:
    """The sources beside the audio itself."""

    release: Mapping[str, object]
    clips: RowFile
    consents: RowFile
    withdrawals: RowFile
    root: Path

    @property
    def shards(self) -> dict[str, list[list[str]]]:
        """Entries of each shard of each split."""
        found = self.release["shards"]
        if not isinstance(found, Mapping):
            raise ReleaseError("release.row-invalid", "release.json: shards is no table")
        return {split: [list(entries) for entries in found[split]] for split in SPLITS}

    def by_shard(self) -> Iterator[Shard]:
        """Yield every shard that holds clips, by split and number."""
        yield from self._by_shard

    def of_split(self, split: str) -> Iterator[Row]:
        """Yield the rows of one split, by utt_id."""
        return (row for row in self.clips if row["split"] == split)

    @cached_property
    def leakage(self) -> Mapping[str, object]:
        """What `leakage.json` says of these rows, counted once."""
        return leakage_report(self.clips, self.release)

    @cached_property
    def _by_shard(self) -> list[Shard]:
        entries = {split: numbered(shards) for split, shards in self.shards.items()}
        offsets: dict[tuple[int, int], array[int]] = {}
        seconds: dict[tuple[int, int], list[float]] = {}
        for offset, row in self.clips.with_offsets():
            split = str(row["split"])
            key = SPLITS.index(split), entry_of(row, entries[split])
            offsets.setdefault(key, array("Q")).append(offset)
            seconds.setdefault(key, [0.0])[0] += float(row["duration"] or 0)
        return [
            Shard(
                split=SPLITS[at],
                number=number,
                rows=SomeRows(self.clips, offsets[at, number]),
                duration_s=round(seconds[at, number][0], 3),
            )
            for at, number in sorted(offsets)
        ]


def read_sources(root: Path) -> Sources:
    """Return the sources of the tree at `root`.

    Raises
    ------
    ReleaseError : `release.not-a-release`, naming what is missing; `release.row-invalid`
    """
    for name in ("release.json", "clips.jsonl", "consents.jsonl", "withdrawals.jsonl"):
        path = root / name
        if path.is_symlink() or not path.is_file():
            raise ReleaseError("release.not-a-release", f"{root.name} is no release: {name} is missing")
    release = read_document(root / "release.json")
    if "formats" not in release:
        raise ReleaseError("release.row-invalid", "release.json does not say which formats there are")
    return Sources(
        release=release,
        clips=RowFile(root / "clips.jsonl"),
        consents=RowFile(root / "consents.jsonl"),
        withdrawals=RowFile(root / "withdrawals.jsonl"),
        root=root,
    )


def read_document(path: Path) -> Mapping[str, object]:
    """Return a root document of a release; ReleaseError `release.row-invalid` when it is no JSON object."""
    try:
        value = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ReleaseError("release.row-invalid", f"{path.name} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ReleaseError("release.row-invalid", f"{path.name} is no JSON object")
    return value


def _row(line: bytes, name: str, number: int) -> Row:
    if len(line) > LONGEST_LINE:
        raise ReleaseError("release.row-invalid", f"{name} line {number} is longer than 1 MiB")
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ReleaseError("release.row-invalid", f"{name} line {number} is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise ReleaseError("release.row-invalid", f"{name} line {number} is no JSON object")
    return value
