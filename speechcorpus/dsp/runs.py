"""Runs: where a condition holds without a break, also across blocks."""

import heapq

import numpy as np

from speechcorpus.dsp.arrays import BoolArray, IntArray

AT_ONCE = 1 << 16  # places


def runs(mask: BoolArray) -> IntArray:
    """Return first and one-past-last index of every run of True, shape (runs, 2).

    Examples
    --------
    >>> runs(np.array([True, True, False, True])).tolist()
    [[0, 2], [3, 4]]
    """
    if not mask.any():
        return np.empty((0, 2), dtype=np.int64)
    change = np.flatnonzero(mask[1:] != mask[:-1]) + 1
    edges = np.concatenate(([0] * bool(mask[0]), change, [mask.size] * bool(mask[-1])))
    return edges.astype(np.int64).reshape(-1, 2)


def spread(mask: BoolArray, reach: int) -> BoolArray:
    """Return True wherever the mask is True at most `reach` places away."""
    near = np.empty(mask.size, dtype=np.bool_)
    for at in range(0, mask.size, AT_ONCE):
        first = max(0, at - reach)
        near[at : at + AT_ONCE] = _spread(mask[first : at + AT_ONCE + reach], reach)[at - first :][:AT_ONCE]
    return near


def _spread(mask: BoolArray, reach: int) -> BoolArray:
    """The same by one cumulative sum, of which each place takes four bytes."""
    total = np.zeros(mask.size + 2 * reach + 1, dtype=np.int32)
    np.cumsum(mask, out=total[reach + 1 : reach + 1 + mask.size])
    total[reach + 1 + mask.size :] = total[reach + mask.size]
    return np.asarray(total[2 * reach + 1 :] > total[: -2 * reach - 1])


FEW = 8  # of so many places, looking at all of them is as quick


def _at_ends(mask: BoolArray) -> IntArray:
    """The runs that touch an end of a mask that holds no other that counts."""
    if mask.size == 0 or not (mask[0] or mask[-1]):
        return np.empty((0, 2), dtype=np.int64)
    false = np.flatnonzero(~mask)
    if false.size == 0:
        return np.array([[0, mask.size]])
    ends = [[0, false[0]]] * bool(mask[0]) + [[false[-1] + 1, mask.size]] * bool(mask[-1])
    return np.array(ends, dtype=np.int64)


class OpenRuns:
    """Finds the runs of a condition block by block; one that touches a block's end stays open.

    Runs shorter than `shortest` places are left out.
    """

    def __init__(self, shortest: int = 1) -> None:
        self._shortest = shortest
        self._offset = 0
        self._open: int | None = None

    def push(self, mask: BoolArray) -> list[tuple[int, int]]:
        """Return the runs that ended, in samples of the whole signal."""
        found = runs(mask) if self._may_be_long(mask) else _at_ends(mask)
        if found.shape[0] > 2:  # the first and the last may go on in a neighbouring block
            found = np.concatenate((found[:1], self._long(found[1:-1]), found[-1:]))
        placed = [(int(start) + self._offset, int(end) + self._offset) for start, end in found]
        if self._open is not None:
            placed = self._joined(placed)
        self._offset += mask.size
        self._open = None
        if placed and placed[-1][1] == self._offset:
            self._open = placed.pop()[0]
        return [run for run in placed if run[1] - run[0] >= self._shortest]

    def pass_by(self, count: int) -> list[tuple[int, int]]:
        """Take so many places where the condition does not hold; return the run that ended before them."""
        found = self.finish()
        self._open = None
        self._offset += count
        return found

    def finish(self) -> list[tuple[int, int]]:
        """Return the run that the end of the signal closed, if any."""
        if self._open is None or self._offset - self._open < self._shortest:
            return []
        return [(self._open, self._offset)]

    def _may_be_long(self, mask: BoolArray) -> bool:
        """Whether a run of `shortest` is possible: it holds two multiples of half its length in a row."""
        step = self._shortest // 2
        if step < FEW:
            return True
        sparse = mask[::step]
        return bool((sparse[1:] & sparse[:-1]).any())

    def _long(self, found: IntArray) -> IntArray:
        return np.asarray(found[found[:, 1] - found[:, 0] >= self._shortest])

    def _joined(self, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
        start = self._offset if self._open is None else self._open
        if found and found[0][0] == self._offset:
            return [(start, found[0][1]), *found[1:]]
        return [(start, self._offset), *found]


class RunTally:
    """How many runs there were, how long together, and the longest of them: bounded however many come."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.count = 0
        self.samples = 0
        self._longest: list[tuple[int, int]] = []

    def add(self, start: int, end: int) -> None:
        """Count one run."""
        self.count += 1
        self.samples += end - start
        entry = (end - start, -start)  # of two equally long, the earlier one is kept
        (heapq.heappush if len(self._longest) < self._keep else heapq.heappushpop)(self._longest, entry)

    def longest(self) -> list[tuple[int, int]]:
        """Return the longest runs, sorted by time."""
        return sorted((-start, -start + length) for length, start in self._longest)
