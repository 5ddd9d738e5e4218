"""Clipping: samples stuck at full scale, or at the highest value that this file ever reaches.

A file clipped before it was turned down has flat tops below full scale. They are told from the rounded top
of a clean low tone by the step into or out of the run: ≤ 5 steps of 16 bits there, far more at a real clip.
"""

import math
from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import BoolArray
from speechcorpus.dsp.peak import Samples, full_scale
from speechcorpus.dsp.runs import OpenRuns, RunTally

FULL_SCALE = 0.999
SHORTEST_RUN = 3
SAME = 1 / 65536
STEP = 8 / 32768
LOWEST_PEAK = 0.01  # −40 dBFS: below it a few LSB of noise look flat
KEEP = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Clipping:
    """What was clipped in one channel; `longest` are samples `[start, end)`, in time order."""

    runs: int
    samples: int
    full_scale_samples: int
    longest: list[tuple[int, int]]


class ClipFinder:
    """Finds clipped runs of one channel, block by block."""

    def __init__(self) -> None:
        self._full = OpenRuns(shortest=SHORTEST_RUN)
        self._full_tally = RunTally(KEEP)
        self._full_scale_samples = 0
        self._sides = (FlatTops(1), FlatTops(-1))

    def push(self, samples: Samples, *, low: float, high: float) -> None:
        """Take the next samples, shape (n,), at least one, with the lowest and highest of them."""
        if max(high, -low) < FULL_SCALE:
            _count(self._full_tally, self._full.pass_by(samples.size))
        else:
            mask: BoolArray = _reach(samples, FULL_SCALE, 1) | _reach(samples, FULL_SCALE, -1)
            self._full_scale_samples += int(np.count_nonzero(mask))
            _count(self._full_tally, self._full.push(mask))
        for side, highest in zip(self._sides, (high, -low), strict=True):
            side.push(samples, highest)

    def finish(self) -> Clipping:
        """Return the runs at full scale, and at the extreme of a side that stays below full scale."""
        _count(self._full_tally, self._full.finish())
        tallies = [self._full_tally, *(tally for side in self._sides if (tally := side.finish()))]
        return Clipping(
            runs=sum(tally.count for tally in tallies),
            samples=sum(tally.samples for tally in tallies),
            full_scale_samples=self._full_scale_samples,
            longest=sorted(run for tally in tallies for run in tally.longest()),
        )


class FlatTops:
    """Runs at the highest value of one side; forgotten as soon as a higher one comes."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._extreme = 0.0
        self._tally = RunTally(KEEP)
        self._offset = 0
        self._last: float | None = None
        self._open: tuple[int, bool] | None = None  # start, and whether a step led into it

    def push(self, samples: Samples, highest: float) -> None:
        """Take the next samples, shape (n,), and the highest of them on this side."""
        scale = full_scale(samples)
        if highest > self._extreme + SAME:
            self._tally.clear()
            self._open = None
        self._extreme = max(self._extreme, highest)
        if LOWEST_PEAK < self._extreme < FULL_SCALE and (self._open or highest >= self._extreme - SAME):
            self._find(samples, scale)
        self._last = float(samples[-1]) / scale
        self._offset += samples.size

    def finish(self) -> RunTally | None:
        """Return the runs, or None when this side reached full scale or never rose above −40 dBFS."""
        if not LOWEST_PEAK < self._extreme < FULL_SCALE:
            return None
        if self._open:
            self._close(self._offset, None)
        return self._tally

    def _find(self, samples: Samples, scale: float) -> None:
        reached = _reach(samples, self._extreme - SAME, self._sign)
        if not (self._open or reached[-1] or np.count_nonzero(reached) >= SHORTEST_RUN):
            return
        at_top = np.flatnonzero(reached)
        breaks = np.flatnonzero(np.diff(at_top) > 1) + 1
        if self._open and (at_top.size == 0 or at_top[0] > 0):
            self._close(self._offset, float(samples[0]) / scale)
        for group in np.split(at_top, breaks) if at_top.size else ():
            start, end = int(group[0]), int(group[-1]) + 1
            if not (self._open and start == 0):
                before = float(samples[start - 1]) / scale if start else self._last
                self._open = (self._offset + start, self._steps(before))
            if end < samples.size:
                self._close(self._offset + end, float(samples[end]) / scale)

    def _close(self, end: int, after: float | None) -> None:
        if self._open is None:
            return
        start, stepped_in = self._open
        if end - start >= SHORTEST_RUN and (stepped_in or self._steps(after)):
            self._tally.add(start, end)
        self._open = None

    def _steps(self, neighbour: float | None) -> bool:
        return neighbour is not None and self._extreme - self._sign * neighbour >= STEP


def _reach(samples: Samples, level: float, sign: int) -> BoolArray:
    """Which samples lie at or beyond a level on one side; for PCM 16 compared as such, five times as fast."""
    limit: float | np.int16 = level * full_scale(samples)
    if samples.dtype == np.int16:
        limit = np.int16(min(math.ceil(limit), 32767))
    return np.asarray(samples >= limit if sign > 0 else samples <= -limit)


def _count(tally: RunTally, found: list[tuple[int, int]]) -> None:
    for start, end in found:
        tally.add(start, end)
