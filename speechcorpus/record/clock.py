"""How fast a take's clock really ran: its samples against the arrival of its packets.

The residual of a packet is its arrival less where the sample count says it should be: `arrival − n / rate`.
Packets are late by chance and never early, so the 5th percentile of ten seconds is their lower edge, and the
slope of that edge is the error of the rate. The browser keeps the edge of each window; the fit is made here,
so that it can be made better without recording again.
"""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from speechcorpus.dsp.arrays import FloatArray, IntArray

FEWEST_WINDOWS = 6
FEWEST_PAIRS = FEWEST_WINDOWS * (FEWEST_WINDOWS - 1) // 2
MOST_WINDOWS = 1500  # of ten seconds: more than the longest take has
FULL_SHARE = 0.5  # of the usual count: a window of fewer packets has its edge elsewhere
SAME_PPM = 200  # two crystals never agree better than this
SHOWN_PPM = 20_000  # beyond 2 % it is another rate, not another crystal
WHOLE_NUMBER = re.compile(r"-?\d{1,17}")

RateSays = Literal["agrees", "differs", "held"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Ten seconds of a take: its first sample, how many packets came, the lower edge of their residuals."""

    sample: int
    count: int
    p5_us: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockFit:
    """The line under a take's residuals; `ppm` is None where fewer than six windows can tell.

    A positive `ppm` is a device that delivers fewer samples a second than it says.
    """

    windows: int
    ppm: float | None
    offset_us: float

    @property
    def slope(self) -> float:
        """Seconds that arrival falls behind in a second of samples; 0 where nobody can tell."""
        return (self.ppm or 0.0) / 1e6

    def rate_hz(self, claimed_hz: int) -> float:
        """Return how many samples a second there were by this clock."""
        return claimed_hz / (1 + self.slope)

    @property
    def says(self) -> RateSays:
        """Whether the claimed rate agrees, differs within 2 %, or is another one, which a person must see."""
        off_ppm = abs(1e6 * (1 / (1 + self.slope) - 1))
        if off_ppm <= SAME_PPM:
            return "agrees"
        return "differs" if off_ppm <= SHOWN_PPM else "held"


def windows_of(clock: Mapping[str, object]) -> tuple[Window, ...]:
    """Return the windows of a manifest's `clock` that can be read; evidence is never a reason to refuse.

    Examples
    --------
    >>> windows_of({"windows": [{"sample": 0, "count": 470, "p5_us": "812"}, {"sample": "x"}]})
    (Window(sample=0, count=470, p5_us=812),)
    """
    listed = clock.get("windows")
    found = [_window(entry) for entry in listed[:MOST_WINDOWS]] if isinstance(listed, list) else []
    return tuple(window for window in found if window is not None)


def fit_clock(windows: Sequence[Window], *, rate_hz: int, gaps: Sequence[int] = ()) -> ClockFit:
    """Return the line under the residuals: Theil–Sen slope, median offset.

    Sound that was lost lifts all that follows, which is no slope: only windows with no gap between them are
    held against each other. A window with less than half of the usual packets is left out.

    Parameters
    ----------
    gaps : samples of the take behind which sound is missing, in order

    Examples
    --------
    >>> slow = [Window(sample=480_000 * n, count=1000, p5_us=500 * n) for n in range(8)]
    >>> fit_clock(slow, rate_hz=48_000)
    ClockFit(windows=8, ppm=50.0, offset_us=0.0)
    >>> fit_clock(slow[:5], rate_hz=48_000).ppm is None
    True
    """
    full = _full(windows)
    if not full:
        return ClockFit(windows=0, ppm=None, offset_us=0.0)
    at_s = np.array([window.sample / rate_hz for window in full])
    first_us = full[0].p5_us  # counted from the first, in whole numbers: floats would lose a microsecond
    edge_us = np.array([window.p5_us - first_us for window in full], dtype=np.float64)
    stretch = np.array([bisect_right(gaps, window.sample) for window in full])
    slopes = _slopes(at_s, edge_us, stretch)
    enough = len(full) >= FEWEST_WINDOWS and slopes.size >= FEWEST_PAIRS
    ppm = float(np.median(slopes)) if enough else 0.0
    offset_us = first_us + float(np.median(edge_us - ppm * at_s))
    return ClockFit(windows=len(full), ppm=round(ppm, 3) if enough else None, offset_us=round(offset_us, 3))


def _window(entry: object) -> Window | None:
    if not isinstance(entry, Mapping):
        return None
    sample, count, p5_us = (entry.get(key) for key in ("sample", "count", "p5_us"))
    if not isinstance(sample, int) or not isinstance(count, int) or sample < 0 or count < 1:
        return None
    if not isinstance(p5_us, str) or not WHOLE_NUMBER.fullmatch(p5_us):
        return None
    return Window(sample=sample, count=count, p5_us=int(p5_us))


def _full(windows: Sequence[Window]) -> list[Window]:
    usual = float(np.median([window.count for window in windows])) if windows else 0.0
    full = [window for window in windows if window.count >= FULL_SHARE * usual]
    in_order = all(earlier.sample < later.sample for earlier, later in pairwise(full))
    return full if in_order else []


def _slopes(at_s: FloatArray, edge_us: FloatArray, stretch: IntArray) -> FloatArray:
    """Return the slope of every pair of one stretch: microseconds a second, so parts in a million."""
    later, earlier = np.tril_indices(at_s.size, -1)
    same = stretch[later] == stretch[earlier]
    later, earlier = later[same], earlier[same]
    return np.asarray((edge_us[later] - edge_us[earlier]) / (at_s[later] - at_s[earlier]))
