"""Sound that both tracks hold, held against their clocks: which of the two is believed.

Who leaks into the other's microphone through the air of one room is there after some milliseconds. Who leaks
out of a headphone was on the way through the call as well, 50 to 400 ms: such a sound says nothing about the
clocks unless it is heard both ways, and then its way is half of what the two are apart.
"""

from dataclasses import dataclass, replace

from speechcorpus.record.alignment import Alignment

AIR_S = 0.02  # seven metres; no call is that quick
EARLY_S = 0.002  # sound does not arrive before it was made, but lags are measured to about a millisecond
ONE_WAY_U_MS = 200.0  # heard one way only, it may have been on the way for 400 ms
LAG_U_MS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How late the second track is with sound of one speaker, `at_s` after the tracks run together.

    What is left of a drift is `drift_ppm`; `over_mad` says how far the correlation stands out.
    """

    at_s: float
    late_s: float
    drift_ppm: float
    windows: int
    over_mad: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedSound:
    """What both tracks hold while the first person speaks, and while the second one does."""

    first: Lag | None = None
    second: Lag | None = None

    @property
    def both(self) -> tuple[Lag, Lag] | None:
        """The two lags, where sound is heard both ways."""
        return None if self.first is None or self.second is None else (self.first, self.second)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """The alignment that counts, and what difference it leaves between the tracks, if anybody knows."""

    alignment: Alignment
    left_ms: float | None


def settle(clocks: Alignment, heard: SharedSound) -> Settled:
    """Return what clocks and sound come to together: the larger evidence wins.

    Parameters
    ----------
    clocks : by which the tracks were laid side by side when `heard` was measured
    """
    linked = clocks.method == "exchanges"
    if heard.both is not None:
        return _both_ways(clocks, *heard.both, linked=linked)
    one = heard.first or heard.second
    if one is None:
        return Settled(alignment=clocks, left_ms=_scatter_ms(clocks))
    on_the_way_s = one.late_s if heard.first is not None else -one.late_s
    if linked and on_the_way_s >= -EARLY_S:  # perhaps a headphone: the clocks know better
        return Settled(alignment=clocks, left_ms=_scatter_ms(clocks))
    unsure_ms = 1000 * AIR_S if linked else ONE_WAY_U_MS
    return Settled(alignment=_moved(clocks, one, unsure_ms), left_ms=0.0 if linked else None)


def _both_ways(clocks: Alignment, first: Lag, second: Lag, *, linked: bool) -> Settled:
    """A sound that goes both ways: the middle of the two lags is the difference of the tracks."""
    way_s = (first.late_s - second.late_s) / 2
    middle = replace(
        first,
        at_s=(first.at_s + second.at_s) / 2,
        late_s=(first.late_s + second.late_s) / 2,
        drift_ppm=(first.drift_ppm + second.drift_ppm) / 2,
    )
    through_air = -EARLY_S <= way_s <= AIR_S
    if linked and not through_air:  # through the call, one way longer than the other
        return Settled(alignment=clocks, left_ms=max(_scatter_ms(clocks) or 0.0, abs(1000 * middle.late_s)))
    moved = _moved(clocks, middle, 1000 * abs(way_s) + LAG_U_MS)
    drift_ms = 1000 * abs(_drifts_s(clocks, middle)) if clocks.drift_known else 0.0
    return Settled(alignment=moved, left_ms=drift_ms if through_air else None)


def _moved(clocks: Alignment, lag: Lag, unsure_ms: float) -> Alignment:
    """Return the clocks' alignment put right by a lag; in its slope too where no clock could tell that."""
    drift = 0.0 if clocks.drift_known else 1e-6 * lag.drift_ppm
    start_s = clocks.shared_s[0]
    late_s = lag.late_s - drift * lag.at_s  # when the tracks begin to run together
    stretch = (1 + 1e-6 * clocks.drift_ppm) + drift
    at_start_s = float(clocks.later_s(start_s)) + late_s
    return replace(
        clocks,
        offset_s=start_s - at_start_s / stretch,
        drift_ppm=1e6 * (stretch - 1),
        uncertainty_ms=unsure_ms,
        method="sound",
    )


def _drifts_s(clocks: Alignment, lag: Lag) -> float:
    start_s, end_s = clocks.shared_s
    return 1e-6 * lag.drift_ppm * max(lag.at_s, end_s - start_s - lag.at_s)


def _scatter_ms(clocks: Alignment) -> float | None:
    """Return what the minutes of the exchanges scatter; wall clocks say nothing about themselves."""
    return None if clocks.method != "exchanges" or clocks.link is None else clocks.link.spread_us / 1000
