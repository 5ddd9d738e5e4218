"""How far a build is: read from the journals that its processes keep beside the tree."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from speechcorpus.store.store import Store

TAIL_BYTES = 4096
Phase = Literal["waiting", "planning", "writing", "checking"]
LAST = "SHA256SUMS"  # is written when all the others are
CORE_FILES = 25  # texts, plots and documents beside clips and shards, about


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a build is doing; `share` is between 0 and 1, None while nobody can know."""

    phase: Phase
    files: int = 0
    path: str | None = None  # what was written last
    share: float | None = None


def progress_of(store: Store, release_id: str, state: str, clips: int | None) -> Progress:
    """Return how far the build of a release is.

    Parameters
    ----------
    clips : how many the plan has, if that is known
    """
    folder = store.data_dir / "releases" / ".staging" / release_id
    journals = sorted(folder.glob("journal*.jsonl"))
    if state == "planned":
        return Progress(phase="waiting")
    if not journals:
        return Progress(phase="planning")
    lines = sum(map(_lines, journals))
    written = [_last_path(path) for path in sorted(journals, key=lambda path: path.stat().st_mtime_ns)]
    if LAST in written:
        return Progress(phase="checking", files=lines, path=LAST)
    share = None if not clips else min(0.99, lines / (clips + CORE_FILES))
    return Progress(phase="writing", files=lines, path=written[-1], share=share)


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _last_path(journal: Path) -> str | None:
    """Return the path of the last whole line; a line that is being written does not count."""
    with journal.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        whole = file.read().rpartition(b"\n")[0].rpartition(b"\n")[2]
    try:
        return str(json.loads(whole)["path"])
    except (ValueError, KeyError, TypeError):
        return None
