"""Mains hum: lines at multiples of 50 or 60 Hz that stand above what lies between them.

Heard in the gaps where there are any of a second; else in the whole file, in each bin's quiet fifth: the
partials of a voice move from bin to bin, a line stays. A very steady voice does not move, so without gaps
one of the lines must be an odd multiple: a voice of 100 Hz has none at 50, 150 and 250.
"""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft

from speechcorpus.dsp.arrays import HOPS_PER_S, BoolArray, Float32Array, FloatArray, IntArray
from speechcorpus.dsp.columns import Column, centi_db, powers_of
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
FLOOR_DB, STEP_DB = -130.0, 0.5  # a byte a bin
STEPS = 256
HELD = 512  # windows kept bin by bin; of more (4 min) only sums beside the lines and counts of levels remain
POWERS = np.power(10.0, (FLOOR_DB + STEP_DB * np.arange(STEPS)) / 10).astype(np.float32)

KEPT_HZ = np.unique([
    mains_hz * multiple + off
    for mains_hz in MAINS_HZ
    for multiple in range(1, HARMONICS + 1)
    for off in (*LINE_BINS, *NEAR_BINS)
])  # fmt: skip


Levels = NDArray[np.uint8]
"""Levels above `FLOOR_DB` in steps, shape (windows, bins of `KEPT_HZ`)."""

Gaps = list[tuple[int, int, slice]]
"""First and one-past-last hop of each gap run, and the windows in it."""

SIDES = len(MAINS_HZ) * HARMONICS
"""Lines of all mains frequencies; what is summed for each, and beside each, makes 2·`SIDES` numbers."""


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
        self._folded: _Folded | None = None

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
            if len(self._windows.rows) > HELD:
                self._fold()

    def finish(self, speech: BoolArray) -> Hum | None:
        """Return the hum, or None for less than 1 s.

        Parameters
        ----------
        speech : shape (hops,), whether each 20 ms hop holds speech
        """
        windows = self._windows.rows
        if self._folded is None and not len(windows):
            return None
        if self._folded is not None:
            self._fold()  # all or none, or the split into blocks would show in the last digit
        kept = self._folded or _Held(windows)
        gaps = _gaps(speech, kept.count)
        line, near = np.reshape(kept.heard_in(gaps) if gaps else kept.quietest(), (2, len(MAINS_HZ), -1))
        each = zip(MAINS_HZ, line, near, strict=True)
        found = max((_hum(*one, steady=bool(gaps)) for one in each), key=_order)
        spans = tuple((start, end) for start, end, _ in gaps) if found.hum_hz is not None else ()
        return replace(found, gaps=spans)

    def _fold(self) -> None:
        if self._folded is None:
            self._folded = _Folded()
        self._folded.add(self._windows.rows)
        self._windows.clear()


class _Held:
    """What the windows of a short recording say."""

    def __init__(self, windows: Levels) -> None:
        self._windows = windows
        self.count = len(windows)

    def heard_in(self, gaps: Gaps) -> FloatArray:
        """Return the powers of the lines and of what lies beside them, added up over the gaps."""
        parts = [POWERS[self._windows[part]].sum(axis=0, dtype=np.float64) for _, _, part in gaps]
        return np.asarray(np.sum(parts, axis=0) @ _groups())

    def quietest(self) -> FloatArray:
        """Return the same of the quiet fifth of each bin."""
        below, above, _ = _quiet_ranks(self.count)
        ordered = np.partition(self._windows, (below, above), axis=0)
        return _quiet(ordered[below], ordered[above], self.count)


class _Folded:
    """The same of a long recording, in 40 bytes a window; the order within a bin is known from counts."""

    def __init__(self) -> None:
        self._groups = Column(np.int16, 2 * SIDES)
        self._counts = np.zeros((KEPT_HZ.size, STEPS), dtype=np.uint32)
        self.count = 0

    def add(self, windows: Levels) -> None:
        """Take the next windows."""
        self.count += len(windows)
        self._groups.append(centi_db(POWERS[windows] @ _groups().astype(np.float32)))
        cells = windows + STEPS * np.arange(KEPT_HZ.size, dtype=np.int32)
        self._counts += (
            np.bincount(cells.reshape(-1), minlength=self._counts.size)
            .reshape(self._counts.shape)
            .astype(np.uint32)
        )

    def heard_in(self, gaps: Gaps) -> FloatArray:
        """As `_Held.heard_in`."""
        rows = self._groups.rows
        parts = [powers_of(rows[part]).sum(axis=0, dtype=np.float64) for _, _, part in gaps]
        return np.asarray(np.sum(parts, axis=0))

    def quietest(self) -> FloatArray:
        """As `_Held.quietest`."""
        total = np.cumsum(self._counts, axis=1)
        below, above, _ = _quiet_ranks(self.count)
        low, high = ((total <= rank).sum(axis=1) for rank in (below, above))
        return _quiet(low, high, self.count)


def _steps(power: Float32Array) -> Levels:
    level_db = 10 * np.log10(power)
    return np.minimum(np.rint((level_db - FLOOR_DB) / STEP_DB), 255).astype(np.uint8)


def _gaps(speech: BoolArray, windows: int) -> Gaps:
    """The gap runs that hold a window."""
    step = HOPS_PER_S // WINDOWS_PER_S
    found = []
    for start, end in runs(~spread(speech, GUARD_HOPS)).tolist():
        first, last = -(-start // step), min((end - HOPS_PER_S) // step + 1, windows)
        if first < last:
            found.append((start, end, slice(first, last)))
    return found


def _quiet_ranks(windows: int) -> tuple[int, int, float]:
    """Places in order between which the quiet fifth ends, and how far after the first."""
    rank = QUIET_PERCENT / 100 * (windows - 1)
    below = int(rank)
    return below, min(below + 1, windows - 1), rank - below


def _quiet(below: Levels | IntArray, above: Levels | IntArray, windows: int) -> FloatArray:
    """Power of each bin in its quiet fifth; the noise beside a line is meanwhile lower than on average."""
    low, high = POWERS[below], POWERS[above]
    power = (low + _quiet_ranks(windows)[2] * (high - low)).astype(np.float64)
    groups = power @ _groups()
    groups[SIDES:] /= _quiet_share(windows)
    return np.asarray(groups)


def _quiet_share(windows: int) -> float:
    """Percentile re mean of the power of noise in a bin: what order statistics of an exponential expect."""
    expected = np.cumsum(1 / np.arange(windows, 0, -1))
    rank = QUIET_PERCENT / 100 * (windows - 1)
    return float(np.interp(rank, np.arange(windows), expected))


def _hum(mains_hz: int, line: FloatArray, near: FloatArray, *, steady: bool) -> Hum:
    """What stands out at the multiples of one mains frequency; `steady`: no voice can be among it."""
    excess_db = 10 * np.log10(line / near)
    deciding_db = np.sort(excess_db)[-FEWEST_LINES]
    if not steady:
        deciding_db = min(deciding_db, excess_db[::2].max())
    if deciding_db <= STANDS_OUT_DB:
        return Hum(hum_hz=None, hum_db=float(deciding_db), gaps=())
    return Hum(hum_hz=float(mains_hz), hum_db=float(10 * np.log10(line.sum() / near.sum())), gaps=())


@lru_cache
def _groups() -> FloatArray:
    """What sums the bins of `KEPT_HZ` to lines and, in the same width, to what lies beside each."""
    groups = np.zeros((KEPT_HZ.size, 2 * SIDES))
    for at, (mains_hz, multiple) in enumerate(product(MAINS_HZ, range(1, HARMONICS + 1))):
        groups[np.searchsorted(KEPT_HZ, mains_hz * multiple + np.array(LINE_BINS)), at] = 1
        near = np.searchsorted(KEPT_HZ, mains_hz * multiple + np.array(NEAR_BINS))
        groups[near, SIDES + at] = len(LINE_BINS) / len(NEAR_BINS)
    return groups


def _order(hum: Hum) -> tuple[bool, float]:
    return hum.hum_hz is not None, hum.hum_db


@lru_cache
def _hann(size: int) -> Float32Array:
    """Scaled so that a full-scale sine reads 0 dB."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)
    return np.asarray(window * 2 / window.sum(), dtype=np.float32)
