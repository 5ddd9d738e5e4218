"""Finds the bytes of a container in files that are there already: format-blind, by the FLACs inside.

A container (parquet, tar) holds FLACs that other files hold too. Each FLAC begins with a marker and a header
that carries the MD5 of its sound, so it can be looked up; from there the run of equal bytes is followed in
both directions, over member headers, lengths and neighbours, as far as it goes.
"""

import mmap
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MARKER, HEAD_BYTES = b"fLaC", 42
SHORTEST_RUN = 256  # below that, naming the place costs as much as sending the bytes
BLOCK_BYTES = 1 << 18
OPEN_FILES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """Bytes [start, end) of a file that can be named from elsewhere: `name` at `base` is its first byte."""

    kind: str  # old, data
    name: str  # a path of the old tree, or the digest of a payload
    place: Path
    start: int
    end: int
    base: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A part of a container that is somewhere else too."""

    kind: str
    name: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Literal:
    """Bytes [start, end) of a container that are nowhere else."""

    start: int
    end: int


class Windows:
    """Files as bytes, by position; the ones used last stay open."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, mmap.mmap] = OrderedDict()

    def __getitem__(self, place: Path) -> mmap.mmap:
        if place in self._open:
            self._open.move_to_end(place)
            return self._open[place]
        with place.open("rb") as file:
            self._open[place] = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if len(self._open) > OPEN_FILES:
            self._open.popitem(last=False)[1].close()
        return self._open[place]

    def close(self) -> None:
        """Close them all."""
        while self._open:
            self._open.popitem()[1].close()


class Pool:
    """Regions in which FLACs can be looked up by their header; of two alike the first counts."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows
        self._found: dict[bytes, tuple[Region, int]] = {}

    def add(self, region: Region) -> None:
        """Take in every FLAC that begins in a region."""
        window = self._windows[region.place]
        for at in markers(window, region.start, region.end):
            self._found.setdefault(window[at : at + HEAD_BYTES], (region, at))

    def add_flac(self, region: Region) -> None:
        """Take in a region that is one FLAC, or nothing when it is none."""
        with region.place.open("rb") as file:
            head = file.read(HEAD_BYTES)
        if head.startswith(MARKER) and len(head) == HEAD_BYTES:
            self._found.setdefault(head, (region, region.start))

    def find(self, head: bytes) -> tuple[Region, int] | None:
        """Return where a FLAC with this header begins, None when it is in no region."""
        return self._found.get(head)


def spliced(place: Path, pools: Sequence[Pool], windows: Windows) -> list[Run | Literal]:
    """Return the parts of a container in order: runs from the first pool that has them, literals between."""
    window = windows[place]
    parts: list[Run | Literal] = []
    done = 0
    for at in list(markers(window, 0, len(window))):
        found = next(filter(None, (pool.find(window[at : at + HEAD_BYTES]) for pool in pools)), None)
        if at < done or found is None:
            continue
        region, begins = found
        other = windows[region.place]
        window = windows[place]  # the other may have pushed it out
        back = _backward(window, at, other, begins, min(at - done, begins - region.start))
        ahead = _forward(window, at, other, begins, min(len(window) - at, region.end - begins))
        ahead = _before_head(window, at, at + ahead) - at
        if back + ahead < SHORTEST_RUN:
            continue
        if done < at - back:
            parts.append(Literal(start=done, end=at - back))
        offset = begins - back - region.start + region.base
        parts.append(Run(kind=region.kind, name=region.name, offset=offset, length=back + ahead))
        done = at + ahead
    if done < len(window):
        parts.append(Literal(start=done, end=len(window)))
    return parts


def markers(window: mmap.mmap, start: int, end: int) -> Iterator[int]:
    """Yield where a FLAC may begin; what only looks like one is harmless."""
    at = window.find(MARKER, start, end)
    while at >= 0:
        yield at
        at = window.find(MARKER, at + 1, end)


def _before_head(window: mmap.mmap, start: int, end: int) -> int:
    """Return `end`, moved before the header of a FLAC that it would cut: all of them begin alike, and one
    that is sent must be found by its header later."""
    head = window.rfind(MARKER, max(start + 1, end - HEAD_BYTES + 1), end + len(MARKER) - 1)
    return end if head < 0 else min(head, end)


def _forward(a: mmap.mmap, i: int, b: mmap.mmap, j: int, most: int) -> int:
    done = 0
    while done < most:
        size = min(BLOCK_BYTES, most - done)
        x, y = a[i + done : i + done + size], b[j + done : j + done + size]
        if x != y:
            return done + equal_ahead(x, y)
        done += size
    return done


def _backward(a: mmap.mmap, i: int, b: mmap.mmap, j: int, most: int) -> int:
    done = 0
    while done < most:
        size = min(BLOCK_BYTES, most - done)
        x, y = a[i - done - size : i - done], b[j - done - size : j - done]
        if x != y:
            return done + equal_ahead(x[::-1], y[::-1])
        done += size
    return done


def equal_ahead(x: bytes, y: bytes) -> int:
    """Return how many bytes two strings of one length begin alike with.

    >>> equal_ahead(b"taigi", b"taika"), equal_ahead(b"a", b"b"), equal_ahead(b"ab", b"ab")
    (3, 0, 2)
    """
    low, high = 0, len(x)
    while low < high:
        middle = (low + high + 1) // 2
        if x[low:middle] == y[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
