"""Two tracks of one dialogue: who speaks when, who leaks into whom, and whether both keep the same time.

These fields belong to a sitting, not to a file's row. A positive offset says that the second track is late.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from speechcorpus.dsp.arrays import HOP_S, HOPS_PER_S, BoolArray, FloatArray, IntArray
from speechcorpus.dsp.defects.channels import CrossSpectra, Window, leak_db
from speechcorpus.dsp.runs import runs

OVER_LEAK = 10**0.6  # 6 dB: what a track holds above the other one's leak is its own
LATE_HOPS = 2
BRIDGED_HOPS = 15  # 0.3 s: between syllables nobody stops speaking
SHORTEST_HOPS = 5  # 0.1 s
SHORTEST_REPLY_HOPS = 50  # 1 s: a "mhm" ends nobody's turn
LONGEST_PAUSE_HOPS = 150  # 3 s: what follows is another turn
SHARE_HOPS = 600 * HOPS_PER_S  # the share is that of 10 minutes
SHARE_STEP_HOPS = 60 * HOPS_PER_S
OVER_MAD = 8.0  # of a window's peak: a chance peak among 3,200 lags reaches 6
LEAST_WINDOWS = 3  # two always lie on a line
MOST_DRIFT_PPM = 300  # clocks differ by 100 at most; what is steeper is chance
LINE_S = 0.002  # windows further from the line than this heard something else


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One track of a dialogue."""

    z: FloatArray  # (hops,), mean squares free of DC
    speech: BoolArray  # (hops,), by the voice detector, which hears the other side's leak as well


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """How late the second track is at its start, how much later it becomes, and over how long."""

    offset_s: float
    drift_ppm: float
    duration_s: float
    windows: int  # of 5 s, in which a shared sound was heard

    @property
    def largest_ms(self) -> float:
        """The largest distance between the tracks, at the start or at the end: `sync_offset_ms`."""
        end_s = self.offset_s + self.drift_ppm * 1e-6 * self.duration_s
        return 1000 * max(abs(self.offset_s), abs(end_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogue:
    """The pair fields of a sitting; None wherever there is nothing to say."""

    overlap_pct: float | None  # of the time in which anybody speaks
    share_pct: float | None  # of the first track, in the most one-sided 10 minutes
    turn_s: float | None  # the longest turn of either
    bleed_db: float | None  # the worse direction, re the own voice
    sync_offset_ms: float | None
    drift_ppm: float | None


def dialogue(first: Side, second: Side, sync: Sync | None) -> Dialogue:
    """Return the pair fields.

    Parameters
    ----------
    first, second : tracks of one sitting; the longer one is cut to the shorter
    sync : from `SyncFinder`; None if the tracks share no sound
    """
    one, two = aligned(first, second, sync.offset_s if sync else 0.0)
    leaks = leak_db(one.z, two.z, one.speech), leak_db(two.z, one.z, two.speech)
    a, b = own_speech(one, two, leaks[1]), own_speech(two, one, leaks[0])
    spoken = int(np.count_nonzero(a | b))
    return Dialogue(
        overlap_pct=100 * np.count_nonzero(a & b) / spoken if spoken else None,
        share_pct=most_one_sided_pct(a, b),
        turn_s=longest_turn_s(a, b) if spoken else None,
        bleed_db=max((leak for leak in leaks if leak is not None), default=None),
        sync_offset_ms=sync.largest_ms if sync else None,
        drift_ppm=sync.drift_ppm if sync else None,
    )


def aligned(first: Side, second: Side, offset_s: float) -> tuple[Side, Side]:
    """Return both sides without what one has before the other, to a hop, and equally long."""
    late = round(offset_s * HOPS_PER_S)
    starts = max(0, -late), max(0, late)
    count = max(0, min(first.z.size - starts[0], second.z.size - starts[1]))
    one, two = (
        Side(z=side.z[at : at + count], speech=side.speech[at : at + count])
        for side, at in zip((first, second), starts, strict=True)
    )
    return one, two


def own_speech(side: Side, other: Side, leak_db_into: float | None) -> BoolArray:
    """Return the hops in which this side itself speaks, shape (hops,).

    Parameters
    ----------
    leak_db_into : how loud the other side arrives in this track, re its own track; None if it never does
    """
    leak = 0.0 if leak_db_into is None else 10 ** (leak_db_into / 10)
    # the leak may be a hop or two early or late: sound travels, and tracks are aligned to a hop only
    nearby = maximum_filter1d(other.z, 2 * LATE_HOPS + 1) if other.z.size else other.z
    heard = side.speech & (side.z > OVER_LEAK * leak * nearby)
    held = heard.copy()
    for start, end in runs(~heard):
        if start > 0 and end < heard.size and end - start <= BRIDGED_HOPS:
            held[start:end] = True
    for start, end in runs(held):
        if end - start < SHORTEST_HOPS:
            held[start:end] = False
    return held


def most_one_sided_pct(first: BoolArray, second: BoolArray) -> float | None:
    """Return the first one's share of all speech, in the 10 minutes where it is furthest from a half.

    Examples
    --------
    >>> hops = np.arange(1000)
    >>> most_one_sided_pct(hops < 300, hops >= 900)
    75.0
    """
    both = np.stack((first, second), axis=1)
    sums: IntArray = np.concatenate((np.zeros((1, 2), np.int64), np.cumsum(both, axis=0, dtype=np.int64)))
    starts = np.arange(0, max(1, first.size - SHARE_HOPS + 1), SHARE_STEP_HOPS)
    spoken = sums[np.minimum(starts + SHARE_HOPS, first.size)] - sums[starts]
    spoken = spoken[spoken.sum(axis=1) > 0]
    if spoken.size == 0:
        return None
    shares = spoken[:, 0] / spoken.sum(axis=1)
    return 100 * float(shares[np.abs(shares - 0.5).argmax()])


def longest_turn_s(first: BoolArray, second: BoolArray) -> float:
    """Return the longest time that one speaks on without a pause of 3 s or a reply of 1 s."""
    return max(_longest_turn_s(first, second), _longest_turn_s(second, first))


def _longest_turn_s(own: BoolArray, other: BoolArray) -> float:
    replies = [(int(s), int(e)) for s, e in runs(other & ~own) if e - s >= SHORTEST_REPLY_HOPS]
    ends = [start for start, _ in replies]
    longest, began, before = 0, 0, -LONGEST_PAUSE_HOPS - 1
    for start, end in runs(own).tolist():
        replied = np.searchsorted(ends, before) < np.searchsorted(ends, start)
        if replied or start - before > LONGEST_PAUSE_HOPS:
            began = start
        longest, before = max(longest, end - began), end
    return longest * HOP_S


class SyncFinder:
    """Finds how late the second track is, from sound that both share, block by block.

    Every window of 5 s gives the lag of its whitened correlation, where that stands out; a line through
    them is offset and drift. Kept: two numbers a window.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._spectra = CrossSpectra(rate_hz)
        self._number = 0
        self._samples = 0
        self._lags: list[tuple[int, float]] = []

    def push(self, first: FloatArray, second: FloatArray) -> None:
        """Take the next samples of both tracks, shape (n,) each, any n."""
        self._samples += first.size
        for window in self._spectra.push(first, second):
            self._keep(window)

    def finish(self) -> Sync | None:
        """Return the line through the lags, or None where the tracks share nothing that stands out."""
        if len(self._lags) < LEAST_WINDOWS:
            return None
        middles_s = np.array([5.0 * number + 2.5 for number, _ in self._lags])
        lags_s = np.array([lag_s for _, lag_s in self._lags])
        slope, start_s = _line(middles_s, lags_s)
        close = np.abs(lags_s - start_s - slope * middles_s) <= LINE_S
        agreed = np.count_nonzero(close) >= max(LEAST_WINDOWS, close.size // 2)
        if not agreed or abs(slope) > 1e-6 * MOST_DRIFT_PPM:
            return None
        return Sync(
            offset_s=start_s,
            drift_ppm=1e6 * slope,
            duration_s=self._samples / self._rate_hz,
            windows=int(np.count_nonzero(close)),
        )

    def _keep(self, window: Window) -> None:
        cross = window.cross / np.maximum(np.abs(window.cross), 1e-30)
        alike = np.abs(self._spectra.correlation(cross))
        at = int(alike.argmax())
        if window.energy.all() and alike[at] > OVER_MAD * float(np.median(alike)):
            self._lags.append((self._number, self._spectra.lag_s(alike, at)))
        self._number += 1


def _line(times_s: FloatArray, values: FloatArray) -> tuple[float, float]:
    """Slope and start of a line by Theil and Sen: the median of slopes between points far apart."""
    half = times_s.size // 2
    slopes = (values[-half:] - values[:half]) / (times_s[-half:] - times_s[:half])
    slope = float(np.median(slopes))
    return slope, float(np.median(values - slope * times_s))
