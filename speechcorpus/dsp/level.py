"""Levels of powers: Leq, levels exceeded for a share of the time, Fast and Slow.

A level is `10·log10(mean square)`, so a full-scale sine is at −3.01 dBFS (AES17 would call it 0). Nothing
is reported below −120 dBFS.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from speechcorpus.domain.errors import SignalError
from speechcorpus.dsp.arrays import HOP_S, FloatArray, Floats
from speechcorpus.dsp.frames import A, frame_powers
from speechcorpus.dsp.scan import one_pole

FLOOR_POWER = 1e-12
FRAMES_PER_100_MS = 5
AT_ONCE = 1 << 15  # frames: of six hours a copy in float64 takes 9 MB
FAST_S, SLOW_S = 0.125, 1.0  # time constants, IEC 61672-1:2013, 5.8


def power_dbfs(power: ArrayLike) -> FloatArray:
    """Return the level of each mean square, never below −120 dBFS.

    Examples
    --------
    >>> power_dbfs(np.array([0.5, 0.0])).round(2).tolist()
    [-3.01, -120.0]
    """
    levels = np.atleast_1d(np.maximum(power, FLOOR_POWER, dtype=np.float64))
    np.log10(levels, out=levels)  # in place: of six hours a copy is 9 MB
    levels *= 10
    return levels.reshape(np.shape(power))


def level_dbfs(power: float) -> float:
    """Return the level of one mean square, never below −120 dBFS.

    Examples
    --------
    >>> round(level_dbfs(0.5), 2)
    -3.01
    """
    return 10 * math.log10(max(power, FLOOR_POWER))


def mean_power(powers: Floats) -> float:
    """Return the mean of some powers, at least one; the library's `mean` costs three times as much on few."""
    return float(np.add.reduce(powers, dtype=np.float64)) / powers.size


def leq_dbfs(powers: Floats) -> float:
    """Return the energy-average level of some frames or hops.

    Raises
    ------
    SignalError : `signal.short` without any
    """
    if powers.size == 0:
        raise SignalError("signal.short", "a level needs at least one frame of 40 ms")
    return level_dbfs(mean_power(powers))


def short_leq(powers: Floats) -> FloatArray:
    """Return mean powers of 100 ms: 5 frames each, no overlap, a last incomplete one dropped."""
    whole = powers.size // FRAMES_PER_100_MS * FRAMES_PER_100_MS
    grouped = powers[:whole].reshape(-1, FRAMES_PER_100_MS)
    return np.asarray(np.add.reduce(grouped, axis=1, dtype=np.float64) / FRAMES_PER_100_MS)


def exceeded_dbfs(short_powers: Floats, *percents: float) -> tuple[float, ...]:
    """Return the levels exceeded for each percentage of the time.

    L90 is exceeded 90 % of the time, hence the 10th percentile (linear); taking the 90th is the usual slip.

    Examples
    --------
    >>> powers = 10 ** (np.array([-60.0] * 8 + [-20.0] * 2) / 10)
    >>> [round(level, 1) for level in exceeded_dbfs(powers, 90, 10)]
    [-60.0, -20.0]
    """
    if short_powers.size == 0:
        raise SignalError("signal.short", "a level exceeded for a share of time needs at least 100 ms")
    return quantiles_dbfs(short_powers, *(100 - percent for percent in percents))


def quantiles_dbfs(powers: Floats, *percents: float) -> tuple[float, ...]:
    """Return percentiles of the levels of some powers (linear between neighbours), sorting once for all.

    Examples
    --------
    >>> quantiles_dbfs(np.array([1e-3, 1e-4, 1e-5]), 50, 75)
    (-40.0, -35.0)
    """
    ordered: Floats = np.asarray(np.sort(powers))
    return tuple(_between(ordered, percent / 100 * (ordered.size - 1)) for percent in percents)


def weighted_maximum_dbfs(powers: Floats, *, time_constant_s: float) -> float:
    """Return the highest Fast (0.125 s) or Slow (1 s) level: one pole on 20 ms powers, begun at the first."""
    if powers.size == 0:
        raise SignalError("signal.short", "a level needs at least one frame of 40 ms")
    rise = -math.expm1(-HOP_S / time_constant_s)
    last, highest = float(powers[0]), 0.0
    for at in range(0, powers.size, AT_ONCE):
        smooth = one_pole(np.multiply(powers[at : at + AT_ONCE], rise, dtype=np.float64), 1 - rise, last)
        last, highest = float(smooth[-1]), max(highest, float(smooth.max()))
    return level_dbfs(highest)


def laeq_dbfs(samples: FloatArray, rate_hz: int) -> float:
    """Return the A-weighted energy-average level of a whole signal.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 1000 * np.arange(48000) / 48000)
    >>> round(laeq_dbfs(tone, 48000), 2)
    -3.01
    """
    return leq_dbfs(frame_powers(samples, rate_hz)[:, A])


def la90_dbfs(samples: FloatArray, rate_hz: int) -> float:
    """Return the A-weighted level exceeded 90 % of the time, from short Leq of 100 ms."""
    return exceeded_dbfs(short_leq(frame_powers(samples, rate_hz)[:, A]), 90)[0]


def _between(ordered: Floats, place: float) -> float:
    below = int(place)
    low_dbfs = level_dbfs(float(ordered[below]))
    high_dbfs = level_dbfs(float(ordered[min(below + 1, ordered.size - 1)]))
    return low_dbfs + (high_dbfs - low_dbfs) * (place - below)
