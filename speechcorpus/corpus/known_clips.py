"""What the next version has to know of the clips of the version before: a quarter of a kilobyte each."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from speechcorpus.corpus.documents import Row
from speechcorpus.corpus.packed import Shared

MARK_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownClip:
    """One clip of the version before; sound and text as marks that only tell whether they changed."""

    split: str
    first_version: str
    sound: bytes
    text: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Older:
    """The table of the version before; empty for the first one."""

    clips: Mapping[str, KnownClip]
    columns: frozenset[str]


def older(rows: Iterable[Row]) -> Older:
    """Return what counts of a table, read once.

    >>> row = {"utt_id": "a", "split": "dev", "first_version": "1.0.0", "sha256": "ab" * 32, "text": "好。"}
    >>> older([row]).clips["a"].text == mark("好。"), older([row]).clips["a"].split
    (True, 'dev')
    """
    shared, clips, columns = Shared(), dict[str, KnownClip](), frozenset[str]()
    for row in rows:
        columns = columns or frozenset(row)
        clips[str(row["utt_id"])] = KnownClip(
            split=shared(str(row["split"])),
            first_version=shared(str(row["first_version"])),
            sound=mark(row["sha256"]),
            text=mark(row["text"]),
        )
    return Older(clips=clips, columns=columns)


def mark(value: object) -> bytes:
    """Return a short digest, for comparison with that of another version."""
    return hashlib.sha256(str(value).encode("utf-8", "surrogatepass")).digest()[:MARK_BYTES]
