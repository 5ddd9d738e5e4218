"""Pops: the puff of a plosive that hits the microphone, a thump of low frequencies that is hardly heard.

The octaves 63 and 125 Hz leap while the A level, nearly deaf to them, hardly moves, and lies far below them.
A syllable moves both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from speechcorpus.dsp.arrays import FloatArray, Floats, IntArray

RISE = 10**1.5  # 15 dB over the median
A_RISE = 10**0.6  # 6 dB
REACH_HOPS = 25  # of the median: ±0.5 s
LONGEST_HOPS = 6  # 120 ms; one hop of 20 ms is the shortest
LOWEST = 32768.0**-2  # mean square of one LSB of 16 bits: below it nothing is heard
TOP = 0.1
OVER_A = 10.0  # 10 dB: the thump must drown what is heard; the low vowels of a real voice reach 5 dB
A_SHARE = 10**-1.6  # of low frequencies in the A level: −16 dB at 125 Hz, less below
CHUNK = 4096  # windows at a time, so that memory stays bounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Pops:
    """Hops `[start, end)` of each pop, in time order, and how far each stands above the median."""

    places: list[tuple[int, int]]
    heights_db: list[float]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.places)


def pops(low_octaves: FloatArray, a_powers: Floats) -> Pops:
    """Return the pops of one channel.

    Parameters
    ----------
    low_octaves : shape (hops, 2), powers of the octaves 63 and 125 Hz
    a_powers : shape (frames,), A-weighted mean squares, frames = hops − 1

    Examples
    --------
    >>> low, a = np.full((100, 2), 1e-8), np.full(99, 1e-6)
    >>> low[50:52] = 1e-5
    >>> pops(low, a).places
    [(50, 52)]
    """
    if low_octaves.shape[0] <= 2 * REACH_HOPS:
        return Pops(places=[], heights_db=[])
    low = low_octaves.sum(axis=1)
    a = _on_hops(a_powers)
    peaks = _summits(low)
    peaks = peaks[low[peaks] > OVER_A * a[peaks]]
    medians = _medians(low, peaks)
    high = low[peaks] > RISE * medians
    peaks, medians = peaks[high], medians[high]
    if peaks.size == 0:
        return Pops(places=[], heights_db=[])
    # a filter rings: a pop lasts while it is within 10 dB of its top, and above the limit
    places = _extents(low, peaks, np.maximum(RISE * medians, TOP * low[peaks]))
    rest = _highest(a, peaks, places) - A_SHARE * low[peaks]  # what did not come from the thump itself
    kept = rest < A_RISE * _medians(a, peaks)
    kept &= places[:, 1] - places[:, 0] <= LONGEST_HOPS
    return Pops(
        places=[(int(start), int(end)) for start, end in places[kept]],
        heights_db=(10 * np.log10(low[peaks] / medians))[kept].tolist(),
    )


def _summits(low: FloatArray) -> IntArray:
    """Hops that no other within 120 ms exceeds; so few that a median around each of them is cheap."""
    highest = maximum_filter1d(low, 2 * LONGEST_HOPS + 1, mode="nearest")
    peaks = np.flatnonzero((low == highest) & (low > RISE * LOWEST))
    return peaks[np.diff(peaks, prepend=-LONGEST_HOPS - 1) > LONGEST_HOPS]  # of equals the first


def _medians(values: FloatArray, hops: IntArray) -> FloatArray:
    """The median of the second around each hop; at either end of the file that of the nearest second."""
    starts = np.clip(hops - REACH_HOPS, 0, values.size - 2 * REACH_HOPS - 1)
    medians = np.empty(hops.size)
    for at in range(0, hops.size, CHUNK):
        windows = values[starts[at : at + CHUNK, None] + np.arange(2 * REACH_HOPS + 1)]
        medians[at : at + CHUNK] = np.partition(windows, REACH_HOPS, axis=1)[:, REACH_HOPS]
    return np.maximum(medians, LOWEST)


def _extents(values: FloatArray, peaks: IntArray, limits: FloatArray) -> IntArray:
    """Hops around each peak above its limit without a break, looked for 140 ms to either side."""
    reach = LONGEST_HOPS + 1
    padded = np.concatenate((np.zeros(reach), values, np.zeros(reach)))
    low = padded[peaks[:, None] + np.arange(2 * reach + 1)] <= limits[:, None]
    low[:, [0, -1]] = True
    after, before = low[:, reach:].argmax(axis=1), low[:, reach::-1].argmax(axis=1)
    return np.stack((peaks - before + 1, peaks + after), axis=1)


def _on_hops(a_powers: Floats) -> FloatArray:
    """A power of each hop: the mean of the two frames that hold it."""
    ends = np.concatenate((a_powers[:1], a_powers, a_powers[-1:])).astype(np.float64)
    return np.asarray((ends[:-1] + ends[1:]) / 2)


def _highest(a: FloatArray, peaks: IntArray, places: IntArray) -> FloatArray:
    """The highest A power inside each place."""
    around = peaks[:, None] + np.arange(-LONGEST_HOPS - 1, LONGEST_HOPS + 2)
    inside = (around >= places[:, :1]) & (around < places[:, 1:])
    return np.asarray(np.where(inside, a[np.clip(around, 0, a.size - 1)], 0.0).max(axis=1))
