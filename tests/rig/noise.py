"""Coded noise: a signal in which any eight successive samples occur once, so nothing can be lost unseen.

Speech cannot do this. A fake microphone plays the file in a loop and starts with the browser, not with the
take: recordings are aligned by content, never by time.
"""

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile as sf
from numpy.typing import NDArray

RATE_HZ = 44_100  # Chromium's fake device always says 44,100
AMPLITUDE = 8_192
WORD = 8

Codes = NDArray[np.int16]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Samples [take, take + length) are exactly [source, source + length) of the looped source."""

    source: int
    take: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """What differs between a take and one unbroken stretch of its source, in samples."""

    runs: int
    lost: int
    inserted: int  # not of the source, or of it a second time

    @property
    def none(self) -> bool:
        """Whether the take is one run of its source."""
        return self.runs == 1 and self.lost == self.inserted == 0

    def __str__(self) -> str:
        return f"{self.lost} samples lost, {self.inserted} inserted"


def coded_noise(seconds: float, *, seed: int, rate_hz: int = RATE_HZ) -> Codes:
    """Return seeded uniform codes in ±8,192; whole packets of 10 ms, so that the loop has no seam."""
    frames = round(seconds * 100) * (rate_hz // 100)
    return np.random.default_rng(seed).integers(-AMPLITUDE, AMPLITUDE + 1, frames, dtype=np.int16)


def write_source(path: Path, codes: Codes, *, rate_hz: int = RATE_HZ) -> Path:
    """Write a WAV file that the browser can use as its microphone."""
    sf.write(path, codes, rate_hz, subtype="PCM_16")
    return path


def align(source: Codes, take: Codes) -> list[Run]:
    """Return the runs of `take` that lie in the looped `source`, in order; what is between them is a fault.

    One run over the whole take means: nothing lost, nothing inserted, nothing changed.
    """
    places = _Places(source)
    runs: list[Run] = []
    at = 0
    while at <= take.size - WORD:
        place = places.of(take[at : at + WORD])
        if place is None:
            at += 1
            continue
        length = _equal(source, place, take[at:])
        runs.append(Run(source=place, take=at, length=length))
        at += length
    return runs


def faults(source: Codes, take: Codes) -> Faults:
    """Count the samples that a take lacks and those it has too many.

    A loss longer than half of the looped source looks like a repetition: take a source that is long enough.

    Examples
    --------
    >>> source = coded_noise(1, seed=1)
    >>> str(faults(source, np.delete(source, slice(9_000, 9_441))))
    '441 samples lost, 0 inserted'
    """
    runs = align(source, take)
    lost = 0
    inserted = take.size - sum(run.length for run in runs)
    for before, after in pairwise(runs):
        skipped = (after.source - before.source - before.length) % source.size
        if skipped <= source.size // 2:
            lost += skipped
        else:
            inserted += source.size - skipped
    return Faults(runs=len(runs), lost=lost, inserted=inserted)


class _Places:
    """Where each word of eight samples begins in the looped source."""

    def __init__(self, source: Codes) -> None:
        looped = np.concatenate((source, source[: WORD - 1]))
        keys = self._keys(np.lib.stride_tricks.sliding_window_view(looped, WORD))
        self._order = np.argsort(keys, kind="stable")
        self._sorted = keys[self._order]

    def of(self, word: Codes) -> int | None:
        key = self._keys(word[np.newaxis])[0]
        found = int(np.searchsorted(self._sorted, key))
        if found == self._sorted.size or self._sorted[found] != key:
            return None
        return int(self._order[found])

    @staticmethod
    def _keys(words: Codes) -> NDArray[np.uint64]:
        keys = np.zeros(words.shape[0], dtype=np.uint64)
        for column in words.astype(np.uint16).T:
            keys = keys * np.uint64(0x9E3779B97F4A7C15) + column.astype(np.uint64) + np.uint64(1)
        return keys


def _equal(source: Codes, place: int, rest: Codes) -> int:
    """How many samples of `rest` follow the looped source from `place` on."""
    count = 0
    while count < rest.size:
        here = (place + count) % source.size
        size = min(source.size - here, rest.size - count)
        differing = np.flatnonzero(source[here : here + size] != rest[count : count + size])
        if differing.size:
            return count + int(differing[0])
        count += size
    return count
