"""Which sample of one person's track was spoken at the same time as which sample of the other's.

Each track has its own clock: samples were there when `record.clock` says, by the clock of their page;
exchanges lead from one page's clock to the other's. Without exchanges the wall clocks must do. The tracks are
never changed: what is found here is kept beside them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.record.clock import FEWEST_WINDOWS, Arrivals
from speechcorpus.record.exchanges import MOST_SLOPE, Exchange, Link, epochs, link_of
from speechcorpus.record.track_clock import Timeline, TrackClock

Method = Literal["exchanges", "sound", "wall"]

WALL_U_US = 1e6  # machines that set themselves by the network agree within a second (start)
WALL_APART_US = 30e6  # an epoch in which the wall clocks are further apart belongs to another take
SLOPE_U = 1e-4  # what a crystal may be off, where nobody can tell


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """What happens at second `x` of the first track is at second `(x − offset_s)·(1 + drift)` of the second.

    A positive offset is a second track that began later; a positive drift, a second device that delivers more
    samples a second. `drift_known` is False where a part of it is a guess of 0.
    """

    offset_s: float
    drift_ppm: float
    uncertainty_ms: float
    method: Method
    first: Timeline
    second: Timeline
    drift_known: bool = True
    link: Link | None = None  # of the clocks, where they were linked

    def to_other(self, samples: ArrayLike) -> FloatArray:
        """Return where in the second track these samples of the first are; they may lie outside of it.

        One and the same shape; places may lie between two samples.
        """
        return self.second.samples(self.later_s(self.first.seconds(samples)))

    def to_own(self, samples: ArrayLike) -> FloatArray:
        """Return where in the first track these samples of the second are; they may lie outside of it."""
        return self.first.samples(self.earlier_s(self.second.seconds(samples)))

    def later_s(self, seconds: ArrayLike) -> FloatArray:
        """Return the times in the second track of times in the first."""
        return np.asarray((np.asarray(seconds) - self.offset_s) * (1 + 1e-6 * self.drift_ppm))

    def earlier_s(self, seconds: ArrayLike) -> FloatArray:
        """Return the times in the first track of times in the second."""
        return np.asarray(np.asarray(seconds) / (1 + 1e-6 * self.drift_ppm) + self.offset_s)

    def turned(self) -> "Alignment":
        """Return the same, seen from the second track.

        Examples
        --------
        >>> line = Timeline(rate_hz=16_000, frames=160_000)
        >>> both = {"first": line, "second": line}
        >>> seen = Alignment(offset_s=2.0, drift_ppm=50.0, uncertainty_ms=1.0, method="sound", **both)
        >>> seen.to_other([64_000]).round(1).tolist(), seen.turned().to_own([64_000]).round(1).tolist()
        ([32001.6], [32001.6])
        """
        stretch = 1 + 1e-6 * self.drift_ppm
        return replace(
            self,
            offset_s=-self.offset_s * stretch,
            drift_ppm=1e6 * (1 / stretch - 1),
            first=self.second,
            second=self.first,
            link=None,
        )

    @property
    def shared_s(self) -> tuple[float, float]:
        """From when to when both tracks run, in seconds of the first; empty if they never do."""
        start = max(0.0, self.offset_s)
        return start, max(start, min(self.first.duration_s, float(self.earlier_s(self.second.duration_s))))


def align(first: TrackClock, second: TrackClock) -> Alignment | None:
    """Return how the tracks lie beside each other by their clocks, None where no clock tells.

    Examples
    --------
    >>> line = Arrivals(rate_hz=48_000, slope=0.0, starts=(0,), offsets_us=(2e6,), spread_us=0.0)
    >>> clock = {"arrivals": line, "slope_known": True, "wall_ahead_us": None, "page": None}
    >>> here = Timeline(rate_hz=48_000, frames=480_000)
    >>> asked = tuple(Exchange(own_us=1e6 * n, other_us=1e6 * n + 4e6, rtt_us=500) for n in range(10))
    >>> one, other = (TrackClock(timeline=here, exchanges=each, **clock) for each in (asked, ()))
    >>> found = align(one, other)
    >>> found.method, found.offset_s, found.to_other([240_000]).tolist()
    ('exchanges', -4.0, [432000.0])
    """
    if first.arrivals is None or second.arrivals is None:
        return None
    link, asked = _link(first, second), True
    if link is None:
        link, asked = _wall_link(first, second), False
    if link is None or abs(link.slope) > MOST_SLOPE:
        return None
    known = first.slope_known and second.slope_known and link.windows >= FEWEST_WINDOWS
    least_s = min(first.timeline.duration_s, second.timeline.duration_s)
    spread_us = first.arrivals.spread_us + second.arrivals.spread_us
    unsure_us = link.uncertainty_us + 2 * spread_us + (0.0 if known else SLOPE_U * 1e6 * least_s / 2)
    offset_s, drift = _composed(first.arrivals, second.arrivals, link)
    return Alignment(
        offset_s=offset_s,
        drift_ppm=1e6 * drift,
        uncertainty_ms=unsure_us / 1000,
        method="exchanges" if asked else "wall",
        drift_known=known,
        first=first.timeline,
        second=second.timeline,
        link=link,
    )


def _composed(one: Arrivals, two: Arrivals, link: Link) -> tuple[float, float]:
    """Put three lines together: samples of the first, its clock, the other clock, samples of the second."""
    stretch = (1 + one.slope) * (1 + link.slope)
    began_us = link.to_other(one.at_us(0)) - two.at_us(0)  # the first one's first sample, in the second
    return -began_us / 1e6 / stretch, stretch / (1 + two.slope) - 1


def _link(first: TrackClock, second: TrackClock) -> Link | None:
    """Return the way from the first one's clock to the second one's, by what both of them asked."""
    apart_us = _walls_apart_us(first, second)
    there = _fitting(epochs(first.exchanges), second.page, apart_us, 1)
    back = _fitting(epochs(second.exchanges), first.page, apart_us, -1)
    turned = tuple(each.mirrored() for each in back)
    one, other = link_of(there), link_of(turned)
    if one is None or other is None:
        return one or other
    apart_at = abs(one.to_other(one.at_us) - other.to_other(one.at_us))
    if apart_at <= one.uncertainty_us + other.uncertainty_us + 2000:
        return link_of((*there, *turned))
    return min(one, other, key=lambda link: link.uncertainty_us)


def _fitting(
    found: Sequence[tuple[Exchange, ...]], page: str | None, apart_us: float | None, sign: int
) -> tuple[Exchange, ...]:
    """Return the epoch that is about the clock of the other take: by its page, else by the wall clocks."""
    named = [epoch for epoch in found if page is not None and epoch[-1].page == page]
    if named:
        return max(named, key=len)
    unnamed = [epoch for epoch in found if page is None or epoch[-1].page is None]
    if apart_us is not None:
        off_us = {id(epoch): abs(sign * epoch[len(epoch) // 2].ahead_us - apart_us) for epoch in unnamed}
        unnamed = [epoch for epoch in unnamed if off_us[id(epoch)] <= WALL_APART_US]
    return max(unnamed, key=len, default=())


def _wall_link(first: TrackClock, second: TrackClock) -> Link | None:
    apart_us = _walls_apart_us(first, second)
    if apart_us is None:
        return None
    return Link(
        at_us=0.0, ahead_us=apart_us, slope=0.0, spread_us=0.0, rtt_us=2 * WALL_U_US, windows=0, exchanges=0
    )


def _walls_apart_us(first: TrackClock, second: TrackClock) -> float | None:
    """Return how far the second page's clock is ahead of the first one's if both walls show the same."""
    if first.wall_ahead_us is None or second.wall_ahead_us is None:
        return None
    return first.wall_ahead_us - second.wall_ahead_us
