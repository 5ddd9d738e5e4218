"""The sources of a tree: the files that determine every other byte, read from disk row by row."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.shards import entry_of, numbered
from speechcorpus.corpus.splits import SPLITS
from speechcorpus.domain.errors import ReleaseError

LONGEST_LINE = 1 << 20


class RowFile:
    """A JSON-lines file: iterated as often as one likes, without being held in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __iter__(self) -> Iterator[Row]:
        with self.path.open("rb") as file:
            number = 0
            while line := file.readline(LONGEST_LINE + 1):
                number += 1
                yield _row(line, self.path.name, number)


@dataclass(frozen=True, slots=True, kw_only=True)
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

    def by_shard(self) -> Iterator[tuple[str, int, list[Row]]]:
        """Yield split, shard number and rows of every shard that holds clips, in order."""
        for split, shards in self.shards.items():
            entries = numbered(shards)
            rows: dict[int, list[Row]] = {}
            for row in self.clips:
                if row["split"] == split:
                    rows.setdefault(entry_of(row, entries), []).append(row)
            yield from ((split, number, rows[number]) for number in sorted(rows))

    def of_split(self, split: str) -> Iterator[Row]:
        """Yield the rows of one split, by utt_id."""
        return (row for row in self.clips if row["split"] == split)


def read_sources(root: Path) -> Sources:
    """Return the sources of the tree at `root`.

    Raises
    ------
    ReleaseError : `release.not-a-release`, naming what is missing
    """
    for name in ("release.json", "clips.jsonl", "consents.jsonl", "withdrawals.jsonl"):
        path = root / name
        if path.is_symlink() or not path.is_file():
            raise ReleaseError("release.not-a-release", f"{root.name} is no release: {name} is missing")
    return Sources(
        release=read_document(root / "release.json"),
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
