"""The shape every signal function starts from: float64 samples in [-1, 1], shape (n,)."""

import numpy as np
from numpy.typing import NDArray

from speechcorpus.domain.errors import SignalError

FloatArray = NDArray[np.float64]
Float32Array = NDArray[np.float32]
Floats = FloatArray | Float32Array
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]

RATES_HZ = (8000, 16000, 22050, 24000, 32000, 44100, 48000, 96000)
"""Rates that are measured; all of them divide into hops of 20 ms."""

HOPS_PER_S = 50
HOP_S = 1 / HOPS_PER_S
FLOOR_DBFS = -120.0
"""No level is reported below this."""
LOUDEST = 1000.0
"""Samples beyond ±1000 (+60 dBFS, float WAV only) count as that much: a level stays a number."""


def hop_samples(rate_hz: int) -> int:
    """Return the samples of one 20 ms hop.

    Raises
    ------
    SignalError : `signal.rate` if the rate is none of `RATES_HZ`

    Examples
    --------
    >>> hop_samples(44100)
    882
    """
    if rate_hz not in RATES_HZ:
        raise SignalError("signal.rate", f"{rate_hz} Hz is not a rate we measure", rate_hz=rate_hz)
    return rate_hz // HOPS_PER_S


def checked(samples: FloatArray) -> FloatArray:
    """Return the samples as float64 of shape (n,), or say what is wrong with them.

    Raises
    ------
    SignalError : `signal.shape` unless one-dimensional, `signal.finite` if a sample is NaN or infinite
    """
    array = np.asarray(samples, dtype=np.float64)
    if array.ndim != 1:
        raise SignalError("signal.shape", f"samples need the shape (n,), got {array.shape}")
    if not np.isfinite(array).all():
        raise SignalError("signal.finite", "samples must be finite numbers")
    return array
