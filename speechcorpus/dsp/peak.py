"""Peak and sum of all samples of one channel, in the numbers they were decoded to."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.arrays import FLOOR_DBFS

Samples = NDArray[Any]
"""Samples as decoded: int16, or floats in [-1, 1]; shape (n,)."""


def full_scale(samples: Samples) -> float:
    """Return what counts as 1.0: 32768 for PCM 16, else 1."""
    return 32768.0 if samples.dtype == np.int16 else 1.0


class Peak:
    """The largest sample and the mean of all of them, block by block."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._sum = 0.0
        self._samples = 0

    def push(self, samples: Samples) -> tuple[float, float]:
        """Take the next samples, shape (n,), at least one; return the lowest and the highest of them."""
        scale = full_scale(samples)
        low, high = float(samples.min()) / scale, float(samples.max()) / scale
        self._highest = max(self._highest, high, -low)
        self._sum += float(samples.sum(dtype=np.int64 if scale > 1 else np.float64)) / scale
        self._samples += samples.size
        return low, high

    @property
    def peak_dbfs(self) -> float:
        """`20·log10(max(abs(x)))`, never below −120; above 0 only for float files."""
        return max(FLOOR_DBFS, float(20 * np.log10(self._highest))) if self._highest else FLOOR_DBFS

    @property
    def dc_ratio(self) -> float:
        """Mean of the samples."""
        return self._sum / self._samples if self._samples else 0.0
