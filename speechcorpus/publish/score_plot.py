"""Draws error rates: each group with its interval, and the rate against the level of the noise."""

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from speechcorpus.corpus.score_groups import LEVEL, level_edges
from speechcorpus.publish.plots import COLOURS, INK_2, LINE, WIDTH_IN, sketched
from speechcorpus.transcribe.error_rates import Metric
from speechcorpus.transcribe.evaluation import WHOLE, Group, Rate
from speechcorpus.transcribe.resampling import Estimate
from speechcorpus.transcribe.speaker_bootstrap import FEWEST_SPEAKERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_ROWS = 24  # groups of one grouping; more, and each is a dot in one row: the table has them all
TITLE_IN, ROW_IN, EDGE_IN, LEVELS_IN = 0.75, 0.24, 0.75, 2.3
LEFT_IN, RIGHT_IN = 2.5, 1.7  # names to the left, counts to the right
MARKERS = ("o", "s")  # the second cue beside the colour
NAMES: Mapping[Metric, str] = {
    "cer": "character error rate",
    "ser": "syllable error rate",
    "ser_toneless": "syllable error rate without tones",
    "mixed_er": "mixed error rate",
}
LONGEST_LABEL = 34  # characters
_LINES = f"Lines: 95 % interval, speakers drawn again; none below {FEWEST_SPEAKERS} speakers."
_APART = 0.16  # rows, between the marks of two recognisers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """One row of the chart: a heading without points, a group, or all groups of a grouping."""

    label: str
    counts: str = ""
    points: tuple[Sequence[Estimate], ...] = ()  # for each group, of each recogniser


def score_plot(groups: Sequence[Group], metric: Metric, *, of: str) -> bytes:
    """Return the chart of one metric as SVG: the same groups give the same bytes.

    Parameters
    ----------
    groups : the whole first, as `evaluate` gives them; the levels among them are drawn as a curve below
    of : what was evaluated, for the title
    """
    drawn = [(group, rate) for group in groups for rate in group.rates if rate.metric == metric]
    rows = list(_rows([pair for pair in drawn if pair[0].grouped_by != LEVEL]))
    levels = [pair for pair in drawn if pair[0].grouped_by == LEVEL]
    scales = sorted({level_edges(group.name)[2] for group, _ in levels})
    high_in = TITLE_IN + ROW_IN * len(rows) + EDGE_IN + (LEVELS_IN + EDGE_IN if scales else 0)
    two = any(rate.other for _, rate in drawn)

    def arrange(figure: "Figure") -> None:
        figure.text(0.2 / WIDTH_IN, 1 - 0.3 / high_in, _title(metric, of), size=11, parse_math=False)
        figure.text(0.2 / WIDTH_IN, 0.12 / high_in, _LINES, size=7.5, color=INK_2)
        bottom_in = EDGE_IN + (LEVELS_IN + EDGE_IN if scales else 0)
        wide_in = WIDTH_IN - LEFT_IN - RIGHT_IN
        axes = _axes(figure, (LEFT_IN, bottom_in, wide_in, ROW_IN * len(rows)))
        _draw_rows(axes, rows, NAMES[metric], two)
        wide_in = (WIDTH_IN - 0.9 - 0.7 * len(scales)) / max(1, len(scales))
        for place, scale in enumerate(scales):
            box = (0.8 + place * (wide_in + 0.7), EDGE_IN, wide_in, LEVELS_IN)
            own = [pair for pair in levels if level_edges(pair[0].name)[2] == scale]
            _draw_levels(_axes(figure, box), own, scale, NAMES[metric])

    with warnings.catch_warnings():
        # names of places may be Chinese: the letters stay text, so the reader's font draws them
        warnings.filterwarnings("ignore", "Glyph ", UserWarning)
        return sketched(arrange, title=_title(metric, of), says=_says(drawn[0][1]), height_in=high_in)


def shortened(name: str) -> str:
    """Return a name that has room beside the chart.

    Examples
    --------
    >>> shortened("medium"), len(shortened("臺" * 100))
    ('medium', 34)
    """
    return name if len(name) <= LONGEST_LABEL else name[: LONGEST_LABEL - 1] + "…"


def _title(metric: Metric, of: str) -> str:
    return f"{NAMES[metric].capitalize()}, {of}"


def _says(whole: Rate) -> str:
    figures = [("A", whole.estimate), ("B", whole.other_estimate)] if whole.other else [("", whole.estimate)]
    said = "; ".join(
        f"{name} {100 * each.value:.2f} %".strip()
        for name, each in figures
        if each and each.value is not None
    )
    return f"As a whole: {said or 'undefined'}. Every number stands in the table beside it."


def _rows(drawn: Sequence[tuple[Group, Rate]]) -> Iterator[_Row]:
    for grouping, members in groupby(drawn, key=lambda pair: pair[0].grouped_by):
        own = list(members)
        if grouping != WHOLE:
            yield _Row(label=grouping)
        if len(own) > MOST_ROWS:
            points = tuple(_points(rate) for _, rate in own)
            yield _Row(label=f"{len(own)} groups", counts="each dot one", points=points)
            continue
        for group, rate in own:
            clips, tokens = group.clips, rate.score.folded.reference_length
            counts = f"{group.speakers} sp., {clips} clips, N {tokens}"
            yield _Row(label=shortened(group.name), counts=counts, points=(_points(rate),))


def _points(rate: Rate) -> list[Estimate]:
    return [rate.estimate, *([rate.other_estimate] if rate.other_estimate else ())]


def _axes(figure: "Figure", box: tuple[float, float, float, float]) -> "Axes":
    left, bottom, wide, tall = box
    high_in = figure.get_figheight()
    return figure.add_axes((left / WIDTH_IN, bottom / high_in, wide / WIDTH_IN, tall / high_in))


def _draw_rows(axes: "Axes", rows: Sequence[_Row], name: str, two: bool) -> None:
    for place, row in enumerate(rows):
        for points in row.points:
            for system, estimate in enumerate(points):
                _draw_row(
                    axes, place + (system - 0.5) * 2 * _APART * two, estimate, system, len(row.points) > 1
                )
        if not row.points:
            axes.axhline(place + 0.4, color=LINE, linewidth=0.6)
        _beside(axes, place, row)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.set_yticks([])
    axes.set_xlim(left=0.0)
    axes.set_xlabel(f"{name}, %")
    axes.grid(axis="x")
    if two:
        _legend(axes)


def _draw_row(axes: "Axes", place: float, estimate: Estimate, system: int, crowded: bool) -> None:
    if estimate.value is None:
        return
    colour, value = COLOURS[system], 100 * estimate.value
    if estimate.low is not None and estimate.high is not None:
        axes.plot([100 * estimate.low, 100 * estimate.high], [place, place], color=colour, linewidth=1.6)
    axes.plot(
        [value],
        [place],
        marker=MARKERS[system],
        color=colour,
        markersize=5,
        markerfacecolor="none" if crowded else colour,
        clip_on=False,  # a rate of 0 stands on the edge
    )


def _beside(axes: "Axes", place: int, row: _Row) -> None:
    whose = axes.get_yaxis_transform()
    weight = "normal" if row.points else "bold"
    axes.text(
        -0.03, place, row.label, transform=whose, ha="right", va="center", weight=weight, parse_math=False
    )
    axes.text(1.03, place, row.counts, transform=whose, va="center", size=7.5, color=INK_2, parse_math=False)


def _legend(axes: "Axes") -> None:
    for system, name in enumerate("AB"):
        axes.plot([], [], marker=MARKERS[system], color=COLOURS[system], linewidth=1.6, label=name)
    axes.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, frameon=False)


def _draw_levels(axes: "Axes", drawn: Sequence[tuple[Group, Rate]], scale: str, name: str) -> None:
    edges = [level_edges(group.name)[:2] for group, _ in drawn]
    two = any(rate.other for _, rate in drawn)
    for (low, high), (group, rate) in zip(edges, drawn, strict=True):
        for system, estimate in enumerate(_points(rate)):
            middle = (low + high) / 2 + (system - 0.5) * two
            if estimate.value is not None:
                _draw_level(axes, middle, estimate, system)
        axes.text(
            (low + high) / 2, 1.0, f"{group.clips} clips\n{group.speakers} sp.", size=7.5, color=INK_2,
            ha="center", va="bottom", transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    first, last = edges[0][0], edges[-1][1]
    axes.set_xticks(sorted({edge for pair in edges for edge in pair}))
    axes.set_xlim(first - 1, last + 1)
    axes.set_ylim(bottom=0.0)
    axes.set_xlabel(f"background noise, {scale}")
    axes.set_ylabel(f"{name}, %")
    axes.grid(axis="y")


def _draw_level(axes: "Axes", middle: float, estimate: Estimate, system: int) -> None:
    colour = COLOURS[system]
    if estimate.low is not None and estimate.high is not None:
        axes.plot([middle, middle], [100 * estimate.low, 100 * estimate.high], color=colour, linewidth=1.6)
    axes.plot([middle], [100 * (estimate.value or 0.0)], marker=MARKERS[system], color=colour, markersize=5)
