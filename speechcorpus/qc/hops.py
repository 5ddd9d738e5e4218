"""What is kept of each hop and frame while a recording passes by: six hours are a million of them.

What only the channels together are asked for is kept once for all of them. Of each of several channels the
levels remain, in two bytes: 0.005 dB off at most, a hop.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import Float32Array
from speechcorpus.dsp.columns import CentiDb, Column, Powers, centi_db, powers_of
from speechcorpus.dsp.frames import OCTAVES, A, K

AT_ONCE = 1 << 14  # hops; of six hours a copy in float32 takes 4 MB


class SharedFrames:
    """A power and octaves (means over the channels) and K power (the sum) of every frame."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._powers, self._octaves = Column(np.float32, OCTAVES), Column(np.int16, 6)

    def append(self, powers: Sequence[Float32Array]) -> None:
        """Take the next frames of every channel, each of shape (frames, 8) as `FrameKernel` makes them."""
        together = powers[0]
        if self._channels > 1:
            together = np.add.reduce(powers)
            together[:, A] /= self._channels
            together[:, OCTAVES:] /= self._channels
        self._powers.append(together[:, :OCTAVES])
        self._octaves.append(centi_db(together[:, OCTAVES:]))

    @property
    def a(self) -> Float32Array:
        """A powers, shape (frames,)."""
        return np.asarray(self._powers.rows[:, A])

    @property
    def k(self) -> Float32Array:
        """K powers, shape (frames,)."""
        return np.asarray(self._powers.rows[:, K])

    @property
    def octaves(self) -> CentiDb:
        """Octaves 250 to 8000 Hz, shape (frames, 6)."""
        return self._octaves.rows


class HopPowers:
    """Mean square of every hop of an only channel, free of the DC of the whole file."""

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._sums = Column(np.float32, 2)

    def push(self, floats: Float32Array) -> None:
        """Take the next samples, whole hops and a rest that is left out."""
        self._sums.append(hop_sums(floats, self._hop))

    def finish(self, together: Float32Array) -> Float32Array:
        """Write `(Σx² − 2m·Σx + H·m²)/H`, m the mean of all, to `together`, shape (hops,); return that."""
        total, squares = self._sums.rows.T
        mean = _mean(total) / self._hop
        np.multiply(total, np.float32(-2 * mean), out=together)
        together += squares
        together /= self._hop
        together += np.float32(mean**2)
        del self._sums
        return np.asarray(np.maximum(together, 0.0, out=together))

    @property
    def hops(self) -> int:
        """How many hops there are so far."""
        return len(self._sums.rows)


class HopLevels:
    """The same for one of several channels: what lies around a hop's own mean as a level, and that mean.

    In float16 a mean, of which the file's first was taken off, is right to 0.05 %: 0.004 dB of its square.
    """

    def __init__(self, hop: int) -> None:
        self._hop = hop
        self._around, self._means = Column(np.int16), Column(np.float16)

    def push(self, floats: Float32Array) -> None:
        """Take the next samples, whole hops and a rest that is left out."""
        means, squares = (hop_sums(floats, self._hop) / np.float32(self._hop)).T
        self._means.append(means)
        self._around.append(centi_db(squares - np.square(means)))

    def finish(self, together: Float32Array) -> Powers:
        """Add this channel's mean squares to `together`, shape (hops,), and return them.

        The levels take the place of what was kept, part by part, so that nothing is held twice.
        """
        levels, means = self._around.rows, self._means.rows
        mean = np.float32(_mean(means))  # float16 would not do for what they have in common
        for at in range(0, levels.size, AT_ONCE):
            here = slice(at, at + AT_ONCE)
            powers = powers_of(levels[here]) + np.square(means[here].astype(np.float32) - mean)
            together[here] += powers
            levels[here] = centi_db(powers)
        del self._means
        return Powers(levels)

    @property
    def hops(self) -> int:
        """How many hops there are so far."""
        return len(self._around.rows)


def hop_sums(floats: Float32Array, hop: int) -> Float32Array:
    """Return sum and sum of squares of every whole hop, shape (hops, 2).

    Examples
    --------
    >>> hop_sums(np.array([1, 2, 3, 4, 5], np.float32), 2).tolist()
    [[3.0, 5.0], [7.0, 25.0]]
    """
    hops = floats[: floats.size // hop * hop].reshape(-1, hop)
    sums = np.empty((hops.shape[0], 2), dtype=np.float32)
    sums[:, 0] = hops @ np.ones(hop, dtype=np.float32)
    np.einsum("ij,ij->i", hops, hops, out=sums[:, 1])
    return sums


def _mean(values: NDArray[np.floating[Any]]) -> float:
    return float(values.mean(dtype=np.float64)) if values.size else 0.0
