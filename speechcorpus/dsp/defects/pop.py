"""Pops: the puff of a plosive that hits the microphone, a thump of low frequencies that is hardly heard.

The octaves 63 and 125 Hz leap while the A level, nearly deaf to them, hardly moves, and lies far below them.
A syllable moves both.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from speechcorpus.dsp.arrays import Float32Array, FloatArray, Floats, IntArray
from speechcorpus.dsp.columns import AnyPowers

RISE = 10**1.5  # 15 dB over the median
A_RISE = 10**0.6  # 6 dB
REACH_HOPS = 25  # of the median: ±0.5 s
LONGEST_HOPS = 6  # 120 ms; one hop of 20 ms is the shortest
LOWEST = 32768.0**-2  # mean square of one LSB of 16 bits: below it nothing is heard
TOP = 0.1
OVER_A = 10.0  # 10 dB: the thump must drown what is heard; the low vowels of a real voice reach 5 dB
A_SHARE = 10**-1.6  # of low frequencies in the A level: −16 dB at 125 Hz, less below
CHUNK = 4096  # windows at a time, so that memory stays bounded
AT_ONCE = 1 << 16  # hops; the filter's own copies take 16 bytes for each


@dataclass(frozen=True, slots=True, kw_only=True)
class Pops:
    """Hops `[start, end)` of each pop, in time order, and how far each stands above the median."""

    places: list[tuple[int, int]]
    heights_db: list[float]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.places)


def pops(low_octaves: Floats, a_powers: AnyPowers) -> Pops:
    """Return the pops of one channel.

    Parameters
    ----------
    low_octaves : shape (hops, 2), powers of the octaves 63 and 125 Hz; or (hops,), their sum
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
    low, a = low_octaves if low_octaves.ndim == 1 else low_octaves.sum(axis=1), OnHops(a_powers)
    del low_octaves  # of six hours 9 MB, if the caller made them for this call alone
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


def _summits(low: Floats) -> IntArray:
    """Hops that no other within 120 ms exceeds; so few that a median around each of them is cheap."""
    found = []
    for at in range(0, low.size, AT_ONCE):
        first = max(0, at - LONGEST_HOPS)
        part = low[first : at + AT_ONCE + LONGEST_HOPS]
        highest = maximum_filter1d(part, 2 * LONGEST_HOPS + 1, mode="nearest")[at - first :][:AT_ONCE]
        here = low[at : at + AT_ONCE]
        found.append(np.flatnonzero((here == highest) & (here > RISE * LOWEST)) + at)
    peaks = np.concatenate(found)
    return peaks[np.diff(peaks, prepend=-LONGEST_HOPS - 1) > LONGEST_HOPS]  # of equals the first


def _medians(values: "Floats | OnHops", hops: IntArray) -> FloatArray:
    """The median of the second around each hop; at either end of the file that of the nearest second."""
    starts = np.clip(hops - REACH_HOPS, 0, values.size - 2 * REACH_HOPS - 1)
    medians = np.empty(hops.size)
    for at in range(0, hops.size, CHUNK):
        windows = values[starts[at : at + CHUNK, None] + np.arange(2 * REACH_HOPS + 1)]
        medians[at : at + CHUNK] = np.partition(windows, REACH_HOPS, axis=1)[:, REACH_HOPS]
    return np.maximum(medians, LOWEST)


def _extents(values: Floats, peaks: IntArray, limits: FloatArray) -> IntArray:
    """Hops around each peak above its limit without a break, looked for 140 ms to either side."""
    reach = LONGEST_HOPS + 1
    around = peaks[:, None] + np.arange(-reach, reach + 1)
    low = values[np.clip(around, 0, values.size - 1)] <= limits[:, None]
    low |= (around < 0) | (around >= values.size)
    low[:, [0, -1]] = True
    after, before = low[:, reach:].argmax(axis=1), low[:, reach::-1].argmax(axis=1)
    return np.stack((peaks - before + 1, peaks + after), axis=1)


class OnHops:
    """A power of any hops, the mean of the two frames that hold each: of few hops, so not made for all."""

    def __init__(self, a_powers: AnyPowers) -> None:
        self._a_powers = a_powers
        self.size = a_powers.size + 1

    def __getitem__(self, hops: IntArray) -> Float32Array:
        both = self._a_powers[np.maximum(hops - 1, 0)].astype(np.float32)
        both += self._a_powers[np.minimum(hops, self.size - 2)]
        return np.asarray(both / 2)


def _highest(a: OnHops, peaks: IntArray, places: IntArray) -> FloatArray:
    """The highest A power inside each place."""
    around = peaks[:, None] + np.arange(-LONGEST_HOPS - 1, LONGEST_HOPS + 2)
    inside = (around >= places[:, :1]) & (around < places[:, 1:])
    return np.asarray(np.where(inside, a[np.clip(around, 0, a.size - 1)], 0.0).max(axis=1))
