"""What was said in one split of a release that somebody handed us, for a recogniser to be held against."""

import hashlib
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from speechcorpus.corpus.documents import Cell, Row
from speechcorpus.domain.errors import ReleaseError, TranscriptError
from speechcorpus.publish.tree import LARGEST_ROOT_FILE, Tree
from speechcorpus.transcribe.check import refuse_unreadable

TABLE, SUMS = "clips.jsonl", "SHA256SUMS"
TEXT_COLUMNS = ("utt_id", "speaker_id", "split", "text", "script", "orthography", "language")
LONGEST_ID = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class References:
    """The rows of one split by utt_id, and which table exactly they were read from.

    `as_listed` is False when `SHA256SUMS` names another digest for the table, or none: somebody changed it.
    """

    corpus: str
    version: str
    split: str
    content_id: str  # SHA-256 of clips.jsonl
    as_listed: bool
    rows: Mapping[str, Row]
    split_elsewhere: Mapping[str, str]  # the other clips of the release


def read_references(root: Path, split: str) -> References:
    """Return the rows of a split; the tree is not believed: no link is followed, every cell used is checked.

    Raises
    ------
    ReleaseError : `release.not-a-release`, `release.too-large`, or `release.row-invalid` naming clip and
        column
    """
    tree = Tree(root)
    release = tree.sources.release
    if tree.entries[TABLE].st_size > LARGEST_ROOT_FILE:
        raise ReleaseError("release.too-large", f"{TABLE} is larger than 1 GiB", path=TABLE)
    rows: dict[str, Row] = {}
    elsewhere: dict[str, str] = {}
    for row in tree.sources.clips:
        utt_id = _checked(row)
        if utt_id in rows or utt_id in elsewhere:
            raise ReleaseError("release.row-invalid", f"{TABLE}: {utt_id} is there twice", utt_id=utt_id)
        if row["split"] == split:
            rows[utt_id] = row
        else:
            elsewhere[utt_id] = str(row["split"])
    content_id = _digest(root / TABLE)
    return References(
        corpus=str(release.get("corpus")),
        version=str(release.get("version")),
        split=split,
        content_id=content_id,
        as_listed=_listed_digest(tree) == content_id,
        rows=rows,
        split_elsewhere=elsewhere,
    )


def _checked(row: Row) -> str:
    utt_id = row.get("utt_id")
    if not isinstance(utt_id, str) or not 0 < len(utt_id) <= LONGEST_ID:
        raise ReleaseError("release.row-invalid", f"{TABLE}: a row has no utt_id", column="utt_id")
    for column in TEXT_COLUMNS:
        if not isinstance(row.get(column), str):
            raise ReleaseError(
                "release.row-invalid", f"{utt_id}: {column} is no text", utt_id=utt_id, column=column
            )
    for column in (*TEXT_COLUMNS, "reading"):
        _check_text(utt_id, column, row.get(column))
    return utt_id


def _check_text(utt_id: str, column: str, text: Cell) -> None:
    try:
        refuse_unreadable(str(text))
    except TranscriptError as error:
        raise ReleaseError(
            "release.row-invalid", f"{utt_id}: {column}: {error}", utt_id=utt_id, column=column
        ) from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _listed_digest(tree: Tree) -> str | None:
    entry = tree.entries.get(SUMS)
    return tree.listed.get(TABLE) if entry is not None and stat.S_ISREG(entry.st_mode) else None
