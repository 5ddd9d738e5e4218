"""Peak and sum of all samples of one channel, in the numbers they were decoded to."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from speechcorpus.dsp.level import FLOOR_DBFS

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

    def push(self, samples: Samples) -> None:
        """Take the next samples, shape (n,)."""
        if samples.size == 0:
            return
        scale = full_scale(samples)
        self._highest = max(self._highest, float(samples.max()) / scale, -float(samples.min()) / scale)
        self._sum += float(samples.sum(dtype=np.float64)) / scale
        self._samples += samples.size

    @property
    def peak_dbfs(self) -> float:
        """`20·log10(max(abs(x)))`, never below −120; above 0 only for float files."""
        return max(FLOOR_DBFS, float(20 * np.log10(self._highest))) if self._highest else FLOOR_DBFS

    @property
    def dc_ratio(self) -> float:
        """Mean of the samples."""
        return self._sum / self._samples if self._samples else 0.0
