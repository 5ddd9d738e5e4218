"""Counters: numbers that the processes of one machine add up, each in a file of its own."""

import fcntl
import json
import os
import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

Key = tuple[str, ...]
"""Name of the counter, then the values of its labels."""
Totals = Mapping[Key, float]
SUM, BUCKET = "sum", "bucket"
BEFORE = "before.json"  # what processes counted that have ended


class Counters:
    """Numbers that only grow; what this process added is in memory until `flush`.

    A process that is killed loses what it added since its last flush, and nothing else. Its file is folded
    into one for all that ended when the next process starts, so no number ever goes back.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> folder = Path(mkdtemp())
    >>> one, other = Counters(folder), Counters(folder)
    >>> one.add("request", "GET"); other.add("request", "GET", by=2)
    >>> one.flush(); other.flush()
    >>> dict(one.totals())
    {('request', 'GET'): 3.0}
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._guard = threading.Lock()
        self._mine: dict[Key, float] = {}
        self._id = uuid4().hex
        self._begun = False

    def add(self, *key: str, by: float = 1.0) -> None:
        """Add to one number; costs microseconds and touches no file."""
        with self._guard:
            self._mine[key] = self._mine.get(key, 0.0) + by

    def observe(self, value: float, bounds: Sequence[float], *key: str) -> None:
        """Add a value to a histogram: to its sum and to the first bucket it fits in."""
        at = str(bisect_left(bounds, value))
        with self._guard:
            for part, by in (((*key, SUM), value), ((*key, BUCKET, at), 1.0)):
                self._mine[part] = self._mine.get(part, 0.0) + by

    def flush(self) -> None:
        """Write down what this process has added since it began; a disk that takes nothing is tried later."""
        with self._guard, suppress(OSError):
            told = dict(self._mine)
            if not self._begun:
                self._begin()
            _write(self._folder / f"{self._id}.json", told)

    def totals(self) -> Totals:
        """Return the sums over every process that is or was; of this one alone while no file can be read."""
        found: dict[Key, float] = {}
        try:
            with self._locked(fcntl.LOCK_SH):
                for path in sorted(self._folder.glob("*.json")):
                    _sum_up(found, _read(path))
        except OSError:
            with self._guard:
                return dict(self._mine)
        return found

    def _begin(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._locked(fcntl.LOCK_EX):
            self._fold_the_ended()
            alive = os.open(
                self._folder / f"{self._id}.alive", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o640
            )
            fcntl.flock(alive, fcntl.LOCK_EX)  # held as long as this process lives
            weakref.finalize(self, os.close, alive)
            self._begun = True

    def _fold_the_ended(self) -> None:
        """Sum up the files of processes that have ended; the sum is safe before they go."""
        ended = [path for path in self._folder.glob("*.alive") if _has_ended(path)]
        if not ended:
            return
        found = dict(_read(self._folder / BEFORE))
        counted = [path.with_suffix(".json") for path in ended]
        for path in counted:
            _sum_up(found, _read(path))
        _write(self._folder / BEFORE, found)
        for path in (*counted, *ended):
            path.unlink(missing_ok=True)

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, how)
            yield


def _has_ended(path: Path) -> bool:
    with path.open("w") as alive:
        try:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


def _sum_up(found: dict[Key, float], more: Totals) -> None:
    for key, value in more.items():
        found[key] = found.get(key, 0.0) + value


def _read(path: Path) -> Totals:
    try:
        rows = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return {tuple(key): float(value) for key, value in rows}


def _write(path: Path, told: Totals) -> None:
    """Replace the file whole; nothing here is worth a flush to the disk."""
    tmp = path.with_name(f"{uuid4().hex}.tmp")
    tmp.write_text(json.dumps([[list(key), value] for key, value in told.items()]))
    tmp.replace(path)
