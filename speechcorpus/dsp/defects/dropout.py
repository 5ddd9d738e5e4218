"""Dropouts: exact silence of 5 ms or more inside speech, and blocks that a driver played twice."""

from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import BoolArray, hop_samples
from speechcorpus.dsp.peak import Samples
from speechcorpus.dsp.runs import OpenRuns, runs

SHORTEST_S = 0.005
REACH_HOPS = 5  # speech at most 100 ms away, on both sides
BLOCK_SAMPLES = (128, 256, 441, 480, 512, 1024, 2048)  # what audio drivers hand over at a time
STRIDE = 32  # a repeat of 128 or more holds at least three multiples of 32 whose next sample is in it too


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropouts:
    """Samples `[start, end)` of each zero run and of each repeated stretch, in time order."""

    zeros: list[tuple[int, int]]
    repeats: list[tuple[int, int]]


class DropoutFinder:
    """Finds zero runs and repeats of one channel, block by block; which of them count, speech decides."""

    def __init__(self, rate_hz: int) -> None:
        self._hop = hop_samples(rate_hz)
        self._zero = OpenRuns(shortest=round(SHORTEST_S * rate_hz))
        self._zeros: list[tuple[int, int]] = []
        self._repeats: list[tuple[int, int]] = []
        self._before: Samples | None = None
        self._offset = 0

    def push(self, samples: Samples, zero: BoolArray) -> None:
        """Take the next samples, shape (n,), and which of them are exactly 0."""
        self._zeros += self._zero.push(zero)
        before = samples[:0] if self._before is None else self._before
        buffer = np.concatenate((before, samples))
        sparse = _sparse(buffer)
        for block in BLOCK_SAMPLES:
            if _may_repeat(buffer, sparse, block):
                overlap = min(before.size, 2 * block)
                self._find_repeats(buffer[before.size - overlap :], block, first=self._offset - overlap)
        self._offset += samples.size
        self._before = buffer[-2 * max(BLOCK_SAMPLES) :].copy()

    def finish(self, speech: BoolArray) -> Dropouts:
        """Return those with speech within 100 ms on both sides.

        Parameters
        ----------
        speech : shape (hops,), whether each 20 ms hop holds speech
        """
        self._zeros += self._zero.finish()
        inside = [run for run in self._zeros if self._between_speech(run, speech)]
        repeated = [run for run in _united(self._repeats) if self._between_speech(run, speech)]
        return Dropouts(zeros=inside, repeats=repeated)

    def _find_repeats(self, buffer: Samples, block: int, *, first: int) -> None:
        for start, end in runs(buffer[block:] == buffer[:-block]):
            stretch = buffer[start + block : end + block]
            if end - start >= block and stretch.min() != stretch.max():
                self._repeats.append((first + int(start) + block, first + int(end) + block))

    def _between_speech(self, run: tuple[int, int], speech: BoolArray) -> bool:
        first, last = run[0] // self._hop, (run[1] - 1) // self._hop
        return bool(
            speech[max(0, first - REACH_HOPS) : first + 1].any()
            and speech[last : last + REACH_HOPS + 1].any()
        )


def _sparse(buffer: Samples) -> Samples:
    """Every 32nd sample and the one after it, shape (n//32, 2), close together: reading them all is slow."""
    whole = buffer.size // STRIDE * STRIDE
    return np.ascontiguousarray(buffer[:whole].reshape(-1, STRIDE)[:, :2])


def _may_repeat(buffer: Samples, sparse: Samples, block: int) -> bool:
    """Whether three multiples of 32 in a row, and the samples after them, equal those one block before."""
    if block % STRIDE:
        later, earlier = _sparse(buffer[block:]), sparse
    else:
        later, earlier = sparse[block // STRIDE :], sparse
    same = later == earlier[: later.shape[0]]
    both = same[:, 0] & same[:, 1]
    return bool((both[:-2] & both[1:-1] & both[2:]).any())


def _united(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """One stretch for all that overlap or touch."""
    united: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return united
