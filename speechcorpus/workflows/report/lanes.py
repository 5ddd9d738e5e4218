"""What lies where in a recording, as percent of its length: speech, marked places, the clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from speechcorpus.domain.measurement import Measurement, SecondTracks, Span, SpanKind
from speechcorpus.workflows.report.curves import NARROWEST, joined
from speechcorpus.workflows.report.words import Words

TICKS = 6
STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200)
LAST_TICK = 0.97  # a label further right would be cut off


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Start and width in percent, never thinner than can be seen."""

    x: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One kind of place."""

    kind: str
    label: str
    count: int
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A time under the lanes."""

    x: float
    text: str


def speech_lane(row: Measurement, tracks: SecondTracks | None, words: Words) -> Lane | None:
    """Return where someone speaks, or None where it was not kept."""
    if tracks is None or not row.duration_s:
        return None
    bars = _bars(tracks.speech, row.duration_s)
    return Lane(kind="speech", label=words("lane.speech"), count=len(tracks.speech), bars=bars)


def span_lanes(row: Measurement, words: Words) -> list[Lane]:
    """Return a lane for each kind of place that was found, always in the same order."""
    lanes = []
    for kind in get_args(SpanKind):
        spans = [span for span in row.spans if span.kind == kind]
        if spans and row.duration_s:
            bars = _bars([(span.start_s, span.end_s) for span in spans], row.duration_s)
            lanes.append(Lane(kind=kind, label=words(f"span.{kind}"), count=len(spans), bars=bars))
    return lanes


def ticks(duration_s: float) -> list[Tick]:
    """Return some round times.

    Examples
    --------
    >>> [tick.text for tick in ticks(12.0)], [tick.text for tick in ticks(10800.0)]
    (['0', '2 s', '4 s', '6 s', '8 s', '10 s'], ['0', '0:30:00', '1:00:00', '1:30:00', '2:00:00', '2:30:00'])
    """
    step_s = next((step for step in STEPS_S if duration_s / step <= TICKS), STEPS_S[-1])
    count = int(duration_s * LAST_TICK / step_s) + 1
    times = [round(place * step_s, 3) for place in range(count)]
    return [Tick(x=_percent(t / duration_s), text=clock(t, whole_s=duration_s)) for t in times]


def clock(time_s: float, *, whole_s: float) -> str:
    """Return a time as people say it in a recording of that length."""
    if time_s == 0:
        return "0"
    if whole_s < 120:
        return f"{time_s:g} s"
    minutes, seconds = divmod(round(time_s), 60)
    if whole_s < 3600:
        return f"{minutes}:{seconds:02d}"
    return f"{minutes // 60}:{minutes % 60:02d}:{seconds:02d}"


def worth_listing(spans: Sequence[Span], most: int) -> list[Span]:
    """Return the first places by time, as many as a page can hold."""
    return sorted(spans, key=lambda span: (span.start_sample, span.end_sample, span.kind))[:most]


def _bars(places: Sequence[tuple[float, float]], duration_s: float) -> tuple[Bar, ...]:
    least_s = NARROWEST * duration_s
    bars = []
    for start_s, end_s in joined(places, least_s):
        width_s = max(end_s - start_s, 2 * least_s)
        start_s = max(0.0, min(start_s, duration_s - width_s))
        bars.append(Bar(x=_percent(start_s / duration_s), width=_percent(width_s / duration_s)))
    return tuple(bars)


def _percent(share: float) -> float:
    return round(100 * share, 2)
