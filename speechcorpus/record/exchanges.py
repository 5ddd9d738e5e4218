"""What two devices told each other about their clocks, and the line that leads from one clock to the other.

An exchange is four times: asked and answered by one's own clock (`t0`, `t3`), received and sent by the
other's (`t1`, `t2`). Half of what it took is all that its offset can be wrong, so the quickest exchanges
count. A page that is loaded anew starts its clock anew: exchanges with it fall apart into epochs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.record.clock import FEWEST_WINDOWS, WHOLE_NUMBER, slopes

MOST_EXCHANGES = 20_000  # sixty a minute of the longest take are fewer
MOST_MINUTES = 300  # more than the longest take has
MOST_EPOCHS = 50
LONGEST_NAME = 64
WINDOW_US = 60e6
QUICKEST_SHARE = 0.1
FEWEST_OF_WINDOW = 3
NEARLY_AS_QUICK = 1.5  # on one host all are: of many, chance cancels
COARSE_US = 1000.0  # browsers round their clocks, up to this
ROUNDED_US = 200.0  # as they do today: 100 µs, on both sides
MOST_SLOPE = 1e-3  # two clocks that run further apart are two epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One exchange: the middle of it by one's own clock and by the other one's, and how long it travelled."""

    own_us: float
    other_us: float
    rtt_us: float
    page: str | None = None  # of the other side, where the browser says

    @property
    def ahead_us(self) -> float:
        """How far the other clock is ahead, give or take half of `rtt_us`."""
        return self.other_us - self.own_us

    def mirrored(self) -> "Exchange":
        """Return the same exchange as the other side would tell it, whose pages it knows nothing of."""
        return Exchange(own_us=self.other_us, other_us=self.own_us, rtt_us=self.rtt_us)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way from one clock to another: `other = own + ahead_us + slope · (own − at_us)`."""

    at_us: float
    ahead_us: float
    slope: float
    spread_us: float  # of the windows around the line
    rtt_us: float  # of the exchanges that counted
    windows: int
    exchanges: int

    def to_other(self, own_us: float) -> float:
        """Return what the other clock shows then."""
        return own_us + self.ahead_us + self.slope * (own_us - self.at_us)

    @property
    def uncertainty_us(self) -> float:
        """How far it may be wrong: half of the way there and back, what minutes scatter, rounded clocks."""
        return self.rtt_us / 2 + 2 * self.spread_us + ROUNDED_US


def exchanges_of(clock: Mapping[str, object]) -> tuple[Exchange, ...]:
    """Return the exchanges of a manifest's `clock` that can be read, by time.

    Evidence is never a reason to refuse.

    Examples
    --------
    >>> times = {"t0_us": "1000", "t1_us": "9400", "t2_us": "9500", "t3_us": "1900", "peer": "c", "sample": 7}
    >>> exchanges_of({"exchanges": [times, {"t0_us": 1}, None]})
    (Exchange(own_us=1450.0, other_us=9450.0, rtt_us=800.0, page=None),)
    """
    listed = clock.get("exchanges")
    found = [_exchange(entry) for entry in listed[:MOST_EXCHANGES]] if isinstance(listed, list) else []
    return tuple(sorted((each for each in found if each is not None), key=lambda each: each.own_us))


def name_of(clock: Mapping[str, object], key: str) -> str | None:
    """Return a name in a manifest's `clock`, as that of its page; None for anything else."""
    name = clock.get(key)
    return name if isinstance(name, str) and 0 < len(name) <= LONGEST_NAME else None


def epochs(exchanges: Iterable[Exchange]) -> tuple[tuple[Exchange, ...], ...]:
    """Return the exchanges that speak of one and the same clock together.

    Half of its time of travel is all that an offset can be wrong; what is further off is another clock, or
    nonsense, and then alone.

    Examples
    --------
    >>> times = [(1e6, 6e6), (2e6, 7e6), (3e6, 8e6), (4e6, 2e6), (5e6, 3e6)]
    >>> asked = [Exchange(own_us=own, other_us=other, rtt_us=900) for own, other in times]
    >>> [len(epoch) for epoch in epochs(asked)]
    [3, 2]
    """
    found: list[list[Exchange]] = []
    for each in sorted(exchanges, key=lambda one: one.own_us):
        own = next((epoch for epoch in reversed(found) if _same_clock(epoch[-1], each)), None)
        if own is not None:
            own.append(each)
        elif len(found) < MOST_EPOCHS:
            found.append([each])
    return tuple(map(tuple, found))


def link_of(epoch: Sequence[Exchange]) -> Link | None:
    """Return the line through one epoch: the quickest tenth of every minute, Theil–Sen over the minutes.

    With fewer than six minutes nobody can tell the slope, and it is 0. Of more than 300, which no take has,
    300 are taken that lie evenly. None for no exchanges.

    Examples
    --------
    >>> own = [1e5 * n for n in range(6000)]
    >>> asked = [Exchange(own_us=at, other_us=at * (1 + 5e-5) + 7e6, rtt_us=800) for at in own]
    >>> link = link_of(asked)
    >>> round(1e6 * link.slope, 3), round(link.to_other(3e8) - 3e8), link.windows, link.uncertainty_us > 600
    (50.0, 7015000, 10, True)
    """
    windows = _windows(epoch)
    if not windows:
        return None
    at_us, ahead_us, rtt_us = (np.array(column, dtype=np.float64) for column in zip(*windows, strict=True))
    first_us = float(ahead_us[0])  # counted from the first: floats would lose a microsecond
    middle_us = float(np.median(at_us))
    slope = _slope(at_us, ahead_us - first_us)
    off_us = ahead_us - first_us - slope * (at_us - middle_us)
    start_us = float(np.median(off_us))
    return Link(
        at_us=middle_us,
        ahead_us=first_us + start_us,
        slope=slope,
        spread_us=float(np.median(np.abs(off_us - start_us))),
        rtt_us=float(np.median(rtt_us)),
        windows=len(windows),
        exchanges=len(epoch),
    )


def _exchange(entry: object) -> Exchange | None:
    if not isinstance(entry, Mapping):
        return None
    texts = [entry.get(key) for key in ("t0_us", "t1_us", "t2_us", "t3_us")]
    if not all(isinstance(text, str) and WHOLE_NUMBER.fullmatch(text) for text in texts):
        return None
    t0, t1, t2, t3 = (int(str(text)) for text in texts)
    rtt = (t3 - t0) - (t2 - t1)
    if t3 < t0 or t2 < t1 or rtt < -COARSE_US:
        return None
    return Exchange(
        own_us=(t0 + t3) / 2, other_us=(t1 + t2) / 2, rtt_us=float(max(0, rtt)), page=name_of(entry, "page")
    )


def _same_clock(before: Exchange, after: Exchange) -> bool:
    if before.page is not None and after.page is not None and before.page != after.page:
        return False
    apart_us = abs(after.ahead_us - before.ahead_us)
    far_us = MOST_SLOPE * abs(after.own_us - before.own_us)
    return apart_us <= (before.rtt_us + after.rtt_us) / 2 + far_us + 2 * COARSE_US


def _windows(epoch: Sequence[Exchange]) -> list[tuple[float, float, float]]:
    """Return (own time, how far ahead, time of travel) of every minute, by its quickest exchanges."""
    if not epoch:
        return []
    found = []
    for minute in _thinned(_minutes(epoch)):
        by_rtt = sorted(minute, key=lambda each: each.rtt_us)
        count = max(FEWEST_OF_WINDOW, round(QUICKEST_SHARE * len(minute)))
        enough_us = max(by_rtt[:count][-1].rtt_us, NEARLY_AS_QUICK * by_rtt[0].rtt_us)
        quickest = [each for each in by_rtt if each.rtt_us <= enough_us]
        columns = np.array([(each.own_us, each.ahead_us, each.rtt_us) for each in quickest])
        own_us, (ahead_us, rtt_us) = columns[:, 0].mean(), np.median(columns[:, 1:], axis=0)
        found.append((float(own_us), float(ahead_us), float(rtt_us)))
    return found


def _minutes(epoch: Sequence[Exchange]) -> list[list[Exchange]]:
    """Return the exchanges minute by minute; a minute of fewer than three goes on until it has them."""
    in_order = sorted(epoch, key=lambda each: each.own_us)
    found: list[list[Exchange]] = [[]]
    begun = 0
    for each in in_order:
        number = int((each.own_us - in_order[0].own_us) // WINDOW_US)
        if number != begun and len(found[-1]) >= FEWEST_OF_WINDOW:
            found.append([])
        if not found[-1]:
            begun = number
        found[-1].append(each)
    if len(found) > 1 and len(found[-1]) < FEWEST_OF_WINDOW:
        last = found.pop()
        found[-1] += last
    return found


def _thinned(minutes: list[list[Exchange]]) -> list[list[Exchange]]:
    """Return at most as many minutes as a take has: a slope is the median of all pairs of them."""
    if len(minutes) <= MOST_MINUTES:
        return minutes
    return [minutes[at] for at in np.linspace(0, len(minutes) - 1, MOST_MINUTES).astype(int)]


def _slope(at_us: FloatArray, ahead_us: FloatArray) -> float:
    if at_us.size < FEWEST_WINDOWS:
        return 0.0
    same = np.zeros(at_us.size, dtype=np.int64)
    return float(np.median(slopes(at_us, ahead_us, same)))
