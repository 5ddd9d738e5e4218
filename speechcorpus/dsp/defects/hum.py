"""Mains hum: lines at multiples of 50 or 60 Hz that stand above what lies between them.

Heard in the gaps where there are any of a second; else in the whole file, in each bin's quiet fifth: the
partials of a voice move from bin to bin, a line stays. A very steady voice does not move, so without gaps
one of the lines must be an odd multiple: a voice of 100 Hz has none at 50, 150 and 250.
"""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, FloatArray, IntArray
from speechcorpus.dsp.columns import Column
from speechcorpus.dsp.runs import runs, spread

MAINS_HZ = (50, 60)
HARMONICS = 5
LINE_BINS = (-1, 0, 1)  # bins are 1 Hz apart: together ±1.5 Hz
NEAR_BINS = (*range(-10, -3), *range(4, 11))
STANDS_OUT_DB = 10.0
FEWEST_LINES = 2
QUIET_PERCENT = 20

WINDOWS_PER_S = 2  # of 1 s each, so they overlap by half
GUARD_HOPS = 3
FLOOR_DB, STEP_DB = -130.0, 0.5  # a byte a bin: 186 bytes a window, 372 a second
POWERS = np.power(10.0, (FLOOR_DB + STEP_DB * np.arange(256)) / 10).astype(np.float32)

KEPT_HZ = np.unique([
    mains_hz * multiple + off
    for mains_hz in MAINS_HZ
    for multiple in range(1, HARMONICS + 1)
    for off in (*LINE_BINS, *NEAR_BINS)
])  # fmt: skip


Levels = NDArray[np.uint8]
"""Levels above `FLOOR_DB` in steps, shape (windows, bins of `KEPT_HZ`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hum:
    """`hum_hz` is 50.0, 60.0, or None when fewer than two lines stand out by 10 dB.

    `hum_db` is the power of the five lines re what lies beside them, in the same width; without a hum it is
    how far the line stands out that would have been needed for one: at most 10. `gaps` are the gap runs
    (hops, end exclusive) in which the hum was heard: none when there was no hum, or no gap of a second.
    """

    hum_hz: float | None
    hum_db: float
    gaps: tuple[tuple[int, int], ...]


class HumFinder:
    """Keeps the bins near the lines, of windows of 1 s, of one channel decimated to about 1 kHz."""

    def __init__(self, low_rate_hz: int) -> None:
        self._size = low_rate_hz
        self._left: Float32Array = np.empty(0, dtype=np.float32)
        self._windows = Column(np.uint8, KEPT_HZ.size)

    def push(self, low: FloatArray) -> None:
        """Take the next decimated samples, shape (n,), any n."""
        step = self._size // WINDOWS_PER_S
        buffer = np.concatenate((self._left, low), dtype=np.float32)  # halves the cost, keeps 130 dB
        count = max(0, (buffer.size - self._size) // step + 1)
        self._left = buffer[count * step :].copy()
        if count:
            framed = np.lib.stride_tricks.sliding_window_view(buffer, self._size)[: count * step : step]
            parts = rfft(framed * _hann(self._size))[:, KEPT_HZ]
            power = np.maximum(np.square(parts.real) + np.square(parts.imag), POWERS[0])
            self._windows.append(_steps(power))

    def finish(self, speech: BoolArray) -> Hum | None:
        """Return the hum, or None for less than 1 s.

        Parameters
        ----------
        speech : shape (hops,), whether each 20 ms hop holds speech
        """
        windows = self._windows.rows
        if not len(windows):
            return None
        gaps = _gaps(speech, len(windows))
        lines, beside = _heard_in(windows, gaps) if gaps else _quietest(windows)
        found = max((_hum(lines, beside, mains_hz, steady=bool(gaps)) for mains_hz in MAINS_HZ), key=_order)
        spans = tuple((start, end) for start, end, _ in gaps) if found.hum_hz is not None else ()
        return replace(found, gaps=spans)


def _steps(power: Float32Array) -> Levels:
    level_db = 10 * np.log10(power)
    return np.minimum(np.rint((level_db - FLOOR_DB) / STEP_DB), 255).astype(np.uint8)


def _gaps(speech: BoolArray, windows: int) -> list[tuple[int, int, slice]]:
    """First and one-past-last hop of each gap run that holds a window, and its windows."""
    step = HOPS_PER_S // WINDOWS_PER_S
    found = []
    for start, end in runs(~spread(speech, GUARD_HOPS)).tolist():
        first, last = -(-start // step), min((end - HOPS_PER_S) // step + 1, windows)
        if first < last:
            found.append((start, end, slice(first, last)))
    return found


def _heard_in(windows: Levels, gaps: list[tuple[int, int, slice]]) -> tuple[FloatArray, FloatArray]:
    """Sum of the powers of each bin over the gaps: for the lines, and for what lies beside them."""
    power = np.sum([POWERS[windows[part]].sum(axis=0, dtype=np.float64) for _, _, part in gaps], axis=0)
    return power, power


def _quietest(windows: Levels) -> tuple[FloatArray, FloatArray]:
    """Power of each bin in its quiet fifth; the noise beside a line is meanwhile lower than on average."""
    rank = QUIET_PERCENT / 100 * (len(windows) - 1)
    below, above = int(rank), min(int(rank) + 1, len(windows) - 1)
    ordered = np.partition(windows, (below, above), axis=0)
    low, high = POWERS[ordered[below]], POWERS[ordered[above]]
    power = (low + (rank - below) * (high - low)).astype(np.float64)
    return power, power / _quiet_share(len(windows))


def _quiet_share(windows: int) -> float:
    """Percentile re mean of the power of noise in a bin: what order statistics of an exponential expect."""
    expected = np.cumsum(1 / np.arange(windows, 0, -1))
    rank = QUIET_PERCENT / 100 * (windows - 1)
    return float(np.interp(rank, np.arange(windows), expected))


def _hum(lines: FloatArray, beside: FloatArray, mains_hz: int, *, steady: bool) -> Hum:
    """What stands out at the multiples of one mains frequency; `steady`: no voice can be among it."""
    at, around = _bins(mains_hz)
    line = lines[at].sum(axis=1)
    near = beside[around].mean(axis=1) * len(LINE_BINS)
    excess_db = 10 * np.log10(line / near)
    deciding_db = np.sort(excess_db)[-FEWEST_LINES]
    if not steady:
        deciding_db = min(deciding_db, excess_db[::2].max())
    if deciding_db <= STANDS_OUT_DB:
        return Hum(hum_hz=None, hum_db=float(deciding_db), gaps=())
    return Hum(hum_hz=float(mains_hz), hum_db=float(10 * np.log10(line.sum() / near.sum())), gaps=())


@lru_cache
def _bins(mains_hz: int) -> tuple[IntArray, IntArray]:
    """Where in `KEPT_HZ` the lines of a mains frequency are, and what lies beside each."""
    multiples = mains_hz * np.arange(1, HARMONICS + 1)[:, np.newaxis]
    return np.searchsorted(KEPT_HZ, multiples + LINE_BINS), np.searchsorted(KEPT_HZ, multiples + NEAR_BINS)


def _order(hum: Hum) -> tuple[bool, float]:
    return hum.hum_hz is not None, hum.hum_db


@lru_cache
def _hann(size: int) -> Float32Array:
    """Scaled so that a full-scale sine reads 0 dB."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return np.asarray(window * 2 / window.sum(), dtype=np.float32)
