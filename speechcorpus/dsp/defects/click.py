"""Clicks: a few milliseconds that stand far above everything around them, close to speech.

Measured on the first difference, which lifts what is sudden and lowers what is voiced. A puff of a plosive
or a pulse of a voice may stand as high; what tells them from a click is company: after a plosive comes its
vowel or breath, before and after a pulse come others. So a click must also stand 8 dB above all that lies
between 8 and 30 ms away; and 20 dB above what follows, where that exceeds what was before by 10 dB.

Lips that part and knocks ring on, in the mouth or in the room, by some 8 dB a millisecond at most, and
seldom come alone; a click is gone at once. So what follows a click within 8 ms must lie 17 dB below it, or
no higher than what lies around.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.ndimage import maximum_filter1d

from speechcorpus.dsp.arrays import BoolArray, Float32Array, FloatArray, Floats, IntArray, hop_samples
from speechcorpus.dsp.runs import spread

OVER_MEDIAN = 100.0  # 20 dB
OVER_NEIGHBOURS = 6.0  # 8 dB
OVER_BEFORE = 10.0  # 10 dB: where so much more follows than was there before, a word begins
GONE = 0.02  # −17 dB; of the lips that part and the knocks we have, 2 ms after, −10 to −15 dB is left
STILL_HIGH = 0.25  # a click lasts while it stays within 6 dB of its highest
REACH_HOPS = 5  # the median is that of ±100 ms, and speech may be as far away
SHORTEST_NOT_S = 0.015  # what lasts as long is no click
NEAR_S, FAR_S = 0.008, 0.030
LOWEST_MEDIAN = 32768.0**-2  # mean square of steps of one LSB of 16 bits: below it nothing is heard

Found = tuple[IntArray, FloatArray]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicks:
    """Samples `[start, end)` of each click, in time order, and how far each stands above the median."""

    places: list[tuple[int, int]]
    heights_db: list[float]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.places)


class ClickFinder:
    """Finds clicks of one channel, block by block; which of them lie close to speech, the end decides."""

    def __init__(self, rate_hz: int) -> None:
        hop = hop_samples(rate_hz)
        self._per_hop = 21 if rate_hz % 11025 == 0 else 20  # cells of about 1 ms that fill a hop exactly
        self._cell = hop // self._per_hop
        self._reach = REACH_HOPS * self._per_hop
        self._left: Float32Array = np.empty(
            0, np.float32
        )  # samples of an incomplete cell, after the last one before
        self._cells: Float32Array = np.empty(0, np.float32)
        self._first = 0  # number of the cell that `_cells` begins with
        self._judged = 0  # cells before this one are done with
        self._found: list[Found] = []

    def push(self, samples: Floats) -> None:
        """Take the next samples, shape (n,), any n."""
        if samples.size == 0:
            return
        if self._first == self._cells.size == self._left.size == 0:
            self._left = samples[:1].astype(np.float32)  # as if the first sample had always been there
        buffer = np.concatenate((self._left, samples), dtype=np.float32)
        whole = (buffer.size - 1) // self._cell * self._cell
        self._left = buffer[whole:].copy()
        steps = np.subtract(buffer[1 : whole + 1], buffer[:whole])
        energies = np.square(steps, out=steps).reshape(-1, self._cell) @ _ones(self._cell)
        self._cells = np.concatenate((self._cells, energies))
        self._judge(self._first + self._cells.size - self._reach)

    def finish(self, speech: BoolArray) -> Clicks:
        """Return the clicks at most 100 ms from speech.

        Parameters
        ----------
        speech : shape (hops,), whether each 20 ms hop holds speech
        """
        self._judge(self._first + self._cells.size)
        if not self._found or speech.size == 0:
            return Clicks(places=[], heights_db=[])
        places = np.concatenate([places for places, _ in self._found])
        ratios = np.concatenate([ratios for _, ratios in self._found])
        hops = np.minimum(places // self._per_hop, speech.size - 1)
        near = spread(speech, REACH_HOPS)[hops].any(axis=1)
        samples = places[near] * self._cell
        return Clicks(
            places=[(int(start), int(end)) for start, end in samples],
            heights_db=(10 * np.log10(ratios[near])).tolist(),
        )

    def _judge(self, end: int) -> None:
        """Judge the cells up to `end`, which must see 100 ms of what follows (or the file's end)."""
        if end <= self._judged or self._cells.size <= 2 * self._reach:
            return
        first, last = self._judged - self._first, end - self._first
        found = clicks_of(self._cells, reach=self._reach, first=first, last=last)
        if found[1].size:
            self._found.append((found[0] + self._first, found[1]))
        self._judged = end
        # a window at the end of the file reaches back 200 ms, so twice the reach stays
        gone = max(0, self._cells.size - 2 * self._reach - max(0, self._cells.size - last))
        self._cells = self._cells[gone:].copy()
        self._first += gone


def clicks_of(cells: Float32Array, *, reach: int, first: int, last: int) -> Found:
    """Return the clicks whose highest cell is one of `first` to `last`, as cells `[start, end)` and heights.

    The shape is tested before the median: few cells pass it, and a sliding median costs a hundred times more.

    Parameters
    ----------
    cells : shape (n,), n > 2·reach, energies of 1 ms
    reach : cells of 100 ms; near either end of `cells` the median is that of the nearest 200 ms

    Returns
    -------
    places : shape (clicks, 2)
    ratios : shape (clicks,), highest cell over median
    """
    cells_a_s = 10 * reach
    peaks = _alone(cells, round(NEAR_S * cells_a_s), round(FAR_S * cells_a_s), first, last)
    if peaks.size == 0:
        return np.empty((0, 2), np.int64), np.empty(0)
    starts = np.clip(peaks - reach, 0, cells.size - 2 * reach - 1)
    windows = cells[starts[:, None] + np.arange(2 * reach + 1)]
    medians = np.maximum(np.partition(windows, reach, axis=1)[:, reach].astype(np.float64), LOWEST_MEDIAN)
    high = cells[peaks] > OVER_MEDIAN * medians
    peaks, medians = peaks[high], medians[high]
    places = _extents(cells, peaks, OVER_MEDIAN * medians, reach)
    short = (places[:, 1] - places[:, 0]) < SHORTEST_NOT_S * cells_a_s
    return places[short], (cells[peaks] / medians)[short]


def _alone(cells: Float32Array, near: int, far: int, first: int, last: int) -> IntArray:
    """Highest cells within 8 ms that stand 8 dB above all that is 8 to 30 ms away, on either side."""
    width = far - near + 1
    # element i of `ring`: the highest of the `width` cells from i − far to i − near
    padded = np.concatenate((np.zeros(far), cells, np.zeros(far)), dtype=np.float32)
    ring = maximum_filter1d(padded, width, origin=-(width // 2), mode="constant")
    before, after = ring[: cells.size], ring[far + near : far + near + cells.size]
    # what stands that much above both is rare, and after most of it a word begins
    peaks: IntArray = np.flatnonzero(cells > OVER_NEIGHBOURS * np.maximum(before, after))
    peaks = peaks[(peaks >= first) & (peaks < last)]
    begins = after[peaks] > OVER_BEFORE * np.maximum(before[peaks], LOWEST_MEDIAN)
    peaks = peaks[~begins | (cells[peaks] > OVER_MEDIAN * after[peaks])]
    if peaks.size == 0:
        return peaks
    close = padded[(peaks + far - near + 1)[:, None] + np.arange(2 * near - 1)]
    highest = close.argmax(axis=1) == near - 1
    around = np.maximum(before[peaks], after[peaks])
    return np.asarray(peaks[highest & _gone(close[:, near - 1 :], around)])


def _gone(cells: Float32Array, around: Float32Array) -> BoolArray:
    """Whether a click leaves nothing behind: the cells of 8 ms from its highest on, shape (clicks, 8)."""
    ended = (cells <= STILL_HIGH * cells[:, :1]).argmax(
        axis=1
    )  # of the cell that it ends in, a part is its own
    after = np.where(np.arange(cells.shape[1]) > ended[:, None], cells, 0).max(axis=1)
    return np.asarray(after <= np.maximum(GONE * cells[:, 0], around))


def _extents(cells: Float32Array, peaks: IntArray, limits: FloatArray, reach: int) -> IntArray:
    """Around each peak the cells above its limit without a break, at most `reach` to a side."""
    padded = np.concatenate((np.zeros(reach), cells, np.zeros(reach)), dtype=np.float32)
    around = padded[peaks[:, None] + np.arange(2 * reach + 1)] <= limits[:, None]
    around[:, [0, -1]] = True
    after = around[:, reach:].argmax(axis=1)
    before = around[:, reach::-1].argmax(axis=1)
    return np.stack((peaks - before + 1, peaks + after), axis=1)


@lru_cache
def _ones(size: int) -> Float32Array:
    return np.ones(size, dtype=np.float32) / np.float32(size)
