"""The outline of a wave form: the lowest and the highest sample of every stretch of equal length."""

import numpy as np
from numpy.typing import NDArray

from speechcorpus.domain.errors import SignalError

Int16Array = NDArray[np.int16]


class Outline:
    """Lows and highs of a channel, block by block; the split into blocks does not matter.

    Parameters
    ----------
    step : samples of a stretch

    Examples
    --------
    >>> outline = Outline(3)
    >>> outline.push(np.array([1, -7, 2, 5], np.int16)).tolist()
    [[-7, 2]]
    >>> outline.push(np.array([6], np.int16)).tolist(), outline.finish().tolist()
    ([], [[5, 6]])
    """

    def __init__(self, step: int) -> None:
        self._step = step
        self._left: Int16Array = np.empty(0, dtype=np.int16)

    def push(self, samples: Int16Array) -> Int16Array:
        """Return lows and highs of the stretches that these samples complete, shape (n, 2).

        Raises
        ------
        SignalError : `signal.shape` for anything but PCM 16
        """
        if samples.dtype != np.int16 or samples.ndim != 1:
            raise SignalError("signal.shape", "an outline is made of 16-bit samples of one channel")
        waiting = np.concatenate((self._left, samples)) if self._left.size else samples
        whole = waiting.size // self._step * self._step
        self._left = waiting[whole:].copy()
        return lows_and_highs(waiting[:whole].reshape(-1, self._step, 1))

    def finish(self) -> Int16Array:
        """Return the last stretch, if it is a short one: shape (0 or 1, 2)."""
        left, self._left = self._left, np.empty(0, dtype=np.int16)
        return lows_and_highs(left.reshape(1, -1, 1)) if left.size else np.empty((0, 2), np.int16)


def lows_and_highs(groups: Int16Array) -> Int16Array:
    """Return lowest and highest of every group, shape (groups, 2).

    Parameters
    ----------
    groups : shape (groups, n, 1) of samples, or (groups, n, 2) of lows and highs
    """
    return np.stack((groups[:, :, 0].min(axis=1), groups[:, :, -1].max(axis=1)), axis=1)


def heights(rows: Int16Array, bars: int) -> list[float]:
    """Return how far each of so many equal parts of a wave form reaches, as a share of its farthest sample.

    Parameters
    ----------
    rows : shape (n, 2), n > 0: lows and highs
    bars : how many parts; where they are more than rows, neighbours show the same row

    Examples
    --------
    >>> heights(np.array([[-1, 4], [-8, 2], [0, 0], [-2, 1]], np.int16), 2)
    [1.0, 0.25]
    >>> heights(np.zeros((2, 2), np.int16), 3)
    [0.0, 0.0, 0.0]
    """
    reach = np.abs(rows.astype(np.int32)).max(axis=1)  # 16 bits cannot hold 32,768
    tallest = np.maximum.reduceat(reach, np.arange(bars) * len(reach) // bars)
    shares: list[float] = (tallest / max(1, int(reach.max()))).tolist()
    return shares
