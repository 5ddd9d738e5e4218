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
    """Ten seconds of a take: its first sample, how many packets came, the lower edge of their residuals.

    `lowest` is the sample and the residual of the packet that was late the least, where the browser kept it.
    """

    sample: int
    count: int
    p5_us: int
    lowest: tuple[int, int] | None = None


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
        """Return how many samples a second there were by this clock; 0 for a clock that stood or ran back."""
        return claimed_hz / (1 + self.slope) if self.slope > -1 else 0.0

    @property
    def says(self) -> RateSays:
        """Whether the claimed rate agrees, differs within 2 %, or is another one, which a person must see."""
        off_ppm = abs(1e6 * (self.rate_hz(1) - 1))
        if off_ppm <= SAME_PPM:
            return "agrees"
        return "differs" if off_ppm <= SHOWN_PPM else "held"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """When each sample of a take was there, by the clock of its page: one line, lifted where sound was lost.

    `starts` are the first samples of the stretches between gaps, the first one 0; `offsets_us` where the line
    of each begins. Empty where the browser kept no windows.
    """

    rate_hz: int
    slope: float
    starts: tuple[int, ...]
    offsets_us: tuple[float, ...]
    spread_us: float  # of the windows' edges around the line

    def at_us(self, sample: int) -> float:
        """Return when this sample was there, in microseconds; `sample` may lie outside the take."""
        offset_us = self.offsets_us[max(0, bisect_right(self.starts, sample) - 1)]
        return offset_us + 1e6 * (1 + self.slope) * sample / self.rate_hz


def arrivals(
    windows: Sequence[Window], fit: ClockFit, *, rate_hz: int, gaps: Sequence[tuple[int, float]] = ()
) -> Arrivals | None:
    """Return when the samples of a take were there, None without windows.

    The slope is that of `fit`. Where the line lies is told by the packets that were late the least: on a busy
    machine a twentieth of all packets is a millisecond late and more (two browsers, measured).

    Parameters
    ----------
    fit : of the same windows
    gaps : (sample, microseconds that are missing behind it), in order; the windows themselves tell better
        how much that is, where there are some on both sides

    Examples
    --------
    >>> steady = [Window(sample=48_000 * n, count=100, p5_us=500 + 7_000 * (n > 2)) for n in range(6)]
    >>> gap = [(100_000, 6_000.0)]
    >>> found = arrivals(steady, fit_clock(steady, rate_hz=48_000, gaps=[100_000]), rate_hz=48_000, gaps=gap)
    >>> found.at_us(0), found.at_us(144_000)
    (500.0, 3007500.0)
    """
    full = _full(windows)
    if not full:
        return None
    least = [window.lowest or (window.sample, window.p5_us) for window in full]
    off_us = np.array([late_us - 1e6 * fit.slope * sample / rate_hz for sample, late_us in least])
    cuts = [sample for sample, _ in gaps]
    stretch = np.array([bisect_right(cuts, window.sample) for window in full])
    offsets = _offsets_us(off_us, stretch, [lost_us for _, lost_us in gaps])
    spread_us = float(np.median(np.abs(off_us - np.array(offsets)[stretch])))
    starts = (0, *cuts)
    return Arrivals(
        rate_hz=rate_hz, slope=fit.slope, starts=starts, offsets_us=tuple(offsets), spread_us=spread_us
    )


def windows_of(clock: Mapping[str, object]) -> tuple[Window, ...]:
    """Return the windows of a manifest's `clock` that can be read; evidence is never a reason to refuse.

    Examples
    --------
    >>> kept = {"sample": 0, "count": 470, "p5_us": "812", "lowest": [[9_600, "790"]]}
    >>> windows_of({"windows": [kept, {"sample": "x"}]})
    (Window(sample=0, count=470, p5_us=812, lowest=(9600, 790)),)
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
    found = slopes(at_s, edge_us, stretch)
    enough = len(full) >= FEWEST_WINDOWS and found.size >= FEWEST_PAIRS
    ppm = float(np.median(found)) if enough else 0.0
    offset_us = first_us + float(np.median(edge_us - ppm * at_s))
    return ClockFit(windows=len(full), ppm=round(ppm, 3) if enough else None, offset_us=round(offset_us, 3))


def slopes(at_s: FloatArray, edge_us: FloatArray, stretch: IntArray) -> FloatArray:
    """Return the slope of every pair of one stretch: microseconds a second, so parts in a million."""
    later, earlier = np.tril_indices(at_s.size, -1)
    same = stretch[later] == stretch[earlier]
    later, earlier = later[same], earlier[same]
    return np.asarray((edge_us[later] - edge_us[earlier]) / (at_s[later] - at_s[earlier]))


def _window(entry: object) -> Window | None:
    if not isinstance(entry, Mapping):
        return None
    sample, count, p5_us = (entry.get(key) for key in ("sample", "count", "p5_us"))
    if not isinstance(sample, int) or not isinstance(count, int) or sample < 0 or count < 1:
        return None
    if not isinstance(p5_us, str) or not WHOLE_NUMBER.fullmatch(p5_us):
        return None
    return Window(sample=sample, count=count, p5_us=int(p5_us), lowest=_lowest(entry.get("lowest")))


def _lowest(listed: object) -> tuple[int, int] | None:
    first = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(first, list) or len(first) != 2:
        return None
    sample, late_us = first
    if not isinstance(sample, int) or not isinstance(late_us, str) or not WHOLE_NUMBER.fullmatch(late_us):
        return None
    return sample, int(late_us)


def _full(windows: Sequence[Window]) -> list[Window]:
    usual = float(np.median([window.count for window in windows])) if windows else 0.0
    full = [window for window in windows if window.count >= FULL_SHARE * usual]
    in_order = all(earlier.sample < later.sample for earlier, later in pairwise(full))
    return full if in_order else []


def _offsets_us(off_us: FloatArray, stretch: IntArray, lost_us: Sequence[float]) -> list[float]:
    """Return where the line of each stretch begins; one without windows of its own follows its neighbour."""
    found = [_edge_or_none(off_us[stretch == number]) for number in range(len(lost_us) + 1)]
    known = next(number for number, offset in enumerate(found) if offset is not None)
    offsets = [found[known] or 0.0]
    for number in range(known - 1, -1, -1):
        offsets.insert(0, offsets[0] - lost_us[number])
    for number in range(known + 1, len(found)):
        here = found[number]
        offsets.append(offsets[-1] + lost_us[number - 1] if here is None else here)
    return offsets


def _edge_or_none(values: FloatArray) -> float | None:
    """Return the median of the windows' edges; of a few windows the lowest, since one may be late whole."""
    if values.size == 0:
        return None
    return float(np.median(values) if values.size >= FEWEST_WINDOWS else values.min())
