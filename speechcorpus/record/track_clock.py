"""All that a take's manifest tells about when its samples were spoken."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.record.clock import (
    MOST_WINDOWS,
    WHOLE_NUMBER,
    Arrivals,
    Window,
    arrivals,
    fit_clock,
    windows_of,
)
from speechcorpus.record.exchanges import Exchange, exchanges_of, name_of
from speechcorpus.record.manifest import Manifest

AROUND_US = 180e6  # before and after a take what is asked still tells of its clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The samples of a track as time: where sound was lost, time goes on without samples.

    `lost_s` says how much is missing up to each of the samples `cuts`, all of it together.
    """

    rate_hz: int
    frames: int
    cuts: tuple[int, ...] = ()
    lost_s: tuple[float, ...] = ()

    @property
    def duration_s(self) -> float:
        """How long the track lasts, what was lost in it included."""
        return float(self.seconds(self.frames))

    def seconds(self, samples: ArrayLike) -> FloatArray:
        """Return the times of samples, counted from the first one; they may lie outside the track.

        Examples
        --------
        >>> Timeline(rate_hz=100, frames=1000, cuts=(500,), lost_s=(2.0,)).seconds([400, 600]).tolist()
        [4.0, 8.0]
        """
        at = np.asarray(samples, dtype=np.float64)
        return np.asarray(at / self.rate_hz + self._lost_s[np.searchsorted(self.cuts, at, side="right")])

    def samples(self, seconds: ArrayLike) -> FloatArray:
        """Return the places of times, between two samples too; inside a gap that is the place of the gap.

        Examples
        --------
        >>> Timeline(rate_hz=100, frames=1000, cuts=(500,), lost_s=(2.0,)).samples([4.0, 6.0, 8.0]).tolist()
        [400.0, 500.0, 600.0]
        """
        time_s, cuts = np.asarray(seconds, dtype=np.float64), np.array(self.cuts, dtype=np.float64)
        ends_s = cuts / self.rate_hz + np.array(self.lost_s)  # of the gaps
        stretch = np.searchsorted(ends_s, time_s, side="right")
        latest = np.append(cuts, np.inf)[stretch]
        return np.asarray(np.minimum((time_s - self._lost_s[stretch]) * self.rate_hz, latest))

    @property
    def _lost_s(self) -> FloatArray:
        return np.array((0.0, *self.lost_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackClock:
    """The clock of one track, and what it and the other side told each other."""

    timeline: Timeline
    arrivals: Arrivals | None
    slope_known: bool
    exchanges: tuple[Exchange, ...]  # while the take ran, or minutes around it
    wall_ahead_us: float | None  # how far the wall clock is ahead of the page's
    page: str | None


def track_clock(manifest: Manifest) -> TrackClock:
    """Return what a take's manifest tells about its time; nothing in it can be so bad that this fails."""
    windows = [window for window in windows_of(manifest.clock) if window.sample < manifest.frames]
    gaps = [(mark.at_sample, 1000.0 * (mark.lost_ms or 0)) for mark in manifest.markers if mark.kind == "gap"]
    fit = fit_clock(windows, rate_hz=manifest.rate_hz, gaps=[sample for sample, _ in gaps])
    tells = fit.says != "held"  # a person has to look first
    found = arrivals(windows, fit, rate_hz=manifest.rate_hz, gaps=gaps) if tells else None
    return TrackClock(
        timeline=_timeline(manifest, gaps, found),
        arrivals=found,
        slope_known=fit.ppm is not None,
        exchanges=_meanwhile(exchanges_of(manifest.clock), found, manifest.frames),
        wall_ahead_us=None if found is None else _wall_ahead_us(manifest, windows, found),
        page=name_of(manifest.clock, "page"),
    )


def _timeline(manifest: Manifest, gaps: Sequence[tuple[int, float]], found: Arrivals | None) -> Timeline:
    """Return the time of the samples; the arrivals tell how much is lost in a gap, else the browser."""
    if found is None:
        lost_us = np.cumsum([lost for _, lost in gaps])
    else:
        lost_us = (np.array(found.offsets_us[1:]) - found.offsets_us[0]) / (1 + found.slope)
    rising = np.maximum.accumulate(np.maximum(lost_us, 0.0)) if len(gaps) else lost_us
    return Timeline(
        rate_hz=manifest.rate_hz,
        frames=manifest.frames,
        cuts=tuple(sample for sample, _ in gaps),
        lost_s=tuple(float(lost) / 1e6 for lost in rising),
    )


def _meanwhile(exchanges: tuple[Exchange, ...], found: Arrivals | None, frames: int) -> tuple[Exchange, ...]:
    """Return the exchanges of about the time of a take; all where nobody knows when that was."""
    if found is None:
        return exchanges
    from_us, until_us = found.at_us(0) - AROUND_US, found.at_us(frames) + AROUND_US
    return tuple(each for each in exchanges if from_us <= each.own_us <= until_us)


def _wall_ahead_us(manifest: Manifest, windows: Sequence[Window], found: Arrivals) -> float | None:
    """Return how far the wall clock is ahead; a window's was read when the next one began."""
    starts = [window.sample for window in windows]
    ends = dict(zip(starts, [*starts[1:], manifest.frames], strict=True))
    listed = manifest.clock.get("windows")
    read = [_wall_ms(entry) for entry in listed[:MOST_WINDOWS]] if isinstance(listed, list) else []
    ahead = [1000.0 * each[1] - found.at_us(ends[each[0]]) for each in read if each and each[0] in ends]
    return float(np.median(ahead)) if ahead else None


def _wall_ms(entry: object) -> tuple[int, int] | None:
    """Return the first sample of a window and what the wall clock showed at its end."""
    if not isinstance(entry, Mapping):
        return None
    sample, wall_ms = entry.get("sample"), entry.get("wall_ms")
    if not isinstance(sample, int) or not isinstance(wall_ms, str) or not WHOLE_NUMBER.fullmatch(wall_ms):
        return None
    return sample, int(wall_ms)
