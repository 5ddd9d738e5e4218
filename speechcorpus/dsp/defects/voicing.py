"""Voicing: how well each hop of 20 ms repeats itself at the pitch of a voice; a bang, a cough, a cup do not.

On the signal decimated to about 1 kHz, which every file has at hand: a pitch and its lowest partials lie
there, and ten lags are all there are from 3 to 12 ms. Their first difference is taken, or the rumble of
a room, which changes little in 3 ms, would count as voice.
"""

from functools import lru_cache

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, Floats
from speechcorpus.dsp.columns import Column

FIRST_LAG, LAST_LAG = 3, 12  # of 1 ms: 83 to 333 Hz, and whatever has a multiple of its period there
LAGS = LAST_LAG - FIRST_LAG + 1
HELD_S = 30
WHOLE = 200  # stored steps of a correlation of 1
VOICED = WHOLE // 2  # noise passes it in five hops of a thousand, a voice in most of its hops
SILENCE = 1e-12  # energy of the differences of 60 ms: rounding alone repeats nothing

Correlations = NDArray[np.uint8]
"""Highest correlation of each hop, in steps of 1/200."""


class Voicing:
    """Correlates one channel, decimated to about 1 kHz, with itself: only when asked, or after 30 s.

    Most files hold nothing that must be told from a voice, and those that are short then pay nothing.
    What is kept is 30 s of samples and a byte a hop.
    """

    def __init__(self, low_rate_hz: int) -> None:
        self._hop = low_rate_hz // HOPS_PER_S
        self._held: list[Floats] = []
        self._most, self._size = round(HELD_S * low_rate_hz), 0
        self._left: Float32Array = np.zeros(LAST_LAG + 1, dtype=np.float32)  # silence came before
        self._sums: Float32Array = np.zeros((LAGS + 2, 3), dtype=np.float32)  # of the last three hops
        self._voiced = Column(np.uint8)

    def push(self, low: Floats) -> None:
        """Take the next decimated samples, shape (n,), any n."""
        self._held.append(low)
        self._size += low.size
        if self._size >= self._most:
            self._correlate()

    def finish(self, hops: int) -> BoolArray:
        """Return which of the first `hops` hops repeat themselves; the last one or two do not."""
        self._correlate()
        voiced = self._voiced.rows[1 : hops + 1] >= VOICED  # a hop is heard with the ones before and after it
        return np.concatenate((voiced, np.zeros(hops - voiced.size, dtype=np.bool_)))

    def _correlate(self) -> None:
        buffer = np.concatenate((self._left, *self._held), dtype=np.float32)
        self._held, self._size = [], 0
        hops = (buffer.size - LAST_LAG - 1) // self._hop
        self._left = buffer[hops * self._hop :].copy()
        if hops:
            sums = np.concatenate((self._sums, _lagged_sums(np.diff(buffer), hops, self._hop)), axis=1)
            self._sums = sums[:, -3:].copy()
            self._voiced.append(_voiced(sums, self._hop))


def _lagged_sums(steps: Float32Array, hops: int, hop: int) -> Float32Array:
    """Products of each sample with itself and those 1 and 3 to 12 before it, summed by hop, (12, hops)."""
    size, item = hops * hop, steps.strides[0]
    late = steps[LAST_LAG : LAST_LAG + size]
    early = as_strided(steps[LAST_LAG - FIRST_LAG :], (LAGS, size), (-item, item))
    products = np.empty((LAGS + 2, size), dtype=np.float32)
    np.square(late, out=products[0])
    np.multiply(late, steps[LAST_LAG - 1 : LAST_LAG - 1 + size], out=products[1])
    np.multiply(late, early, out=products[2:])
    return np.asarray((products.reshape(-1, hop) @ _ones(hop)).reshape(LAGS + 2, hops))


def _voiced(sums: Float32Array, hop: int) -> Correlations:
    """The highest correlation over three hops, from the sums of these and of the three before them.

    Half a millisecond between two lags is that with the mean of two samples: a pitch of 133 Hz has its
    period there, and its third harmonic fits neither 7 nor 8 ms.
    """
    over = sums[:, 1:-2] + sums[:, 2:-1] + sums[:, 3:]
    energy = over[0] + np.float32(SILENCE)
    # what lies `lag` earlier ends that much earlier, and begins that much earlier
    earlier = np.maximum(energy + _shares(hop) * (sums[0, :-3] - sums[0, 3:]), np.float32(SILENCE))
    of_mean = np.maximum(2 * (energy + over[1]), np.float32(0.1) * energy)  # energy of sums of two samples
    whole = np.square(np.maximum(over[2:], 0)) / (energy * earlier)
    between = np.square(np.maximum(over[2:-1] + over[3:], 0)) / (of_mean * earlier[1:])
    highest = np.maximum(whole.max(axis=0), between.max(axis=0))
    return np.asarray(np.rint(WHOLE * np.sqrt(np.minimum(highest, 1))), dtype=np.uint8)


@lru_cache
def _shares(hop: int) -> Float32Array:
    shares = np.arange(FIRST_LAG, LAST_LAG + 1, dtype=np.float32) / np.float32(hop)
    return np.asarray(shares[:, None], dtype=np.float32)


@lru_cache
def _ones(size: int) -> Float32Array:
    return np.ones(size, dtype=np.float32)
