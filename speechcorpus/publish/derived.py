"""The form in which every derived file is produced, by build and by verify alike."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """One file that follows from the sources: its path in the tree and its bytes, made as they are read."""

    path: str
    chunks: Iterator[bytes]
