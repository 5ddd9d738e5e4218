"""Draws panels: bars, histograms, curves, grids; every place is fixed, nothing is fitted to the texts."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from speechcorpus.corpus.charts import Curves, Grid, Histogram, Panel, Plot, Stacks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Box = tuple[float, float, float, float]  # left, bottom, width, height in inches
INK, INK_2, LINE = "#1d2327", "#4c565c", "#ddd8cc"
# blue, ochre, vermilion, sky: told apart by the colour-blind (Okabe and Ito 2008), darkened for 3:1 on white
COLOURS: Final = ("#0072b2", "#a86f00", "#d55e00", "#3d8fbd", "#555555")
HATCHES: Final = ("", "///", "--", "xx", "||")  # the second cue; dots would weigh 250 kB
DASHES: Final = ("-", "--", "-.", ":")
WIDTH_IN: Final = 8.0
TITLE_IN, PANEL_IN, ROW_IN, GRID_IN, GAP_IN = 0.5, 2.6, 1.15, 3.4, 0.95
LEFT_IN, RIGHT_IN = 0.8, 1.45  # numbers to the left, the legend to the right
MOST_LABELS: Final = 16  # along an axis; the table has them all
MOST_UPRIGHT: Final = 8  # characters of a label: longer ones are slanted


def height_in(plot: Plot) -> float:
    """Return how tall a plot is: it follows from its panels."""
    return TITLE_IN + sum(_panel_in(panel) + GAP_IN for panel in plot.panels) + (0 if plot.panels else 0.6)


def _panel_in(panel: Panel) -> float:
    if isinstance(panel, Histogram):
        return ROW_IN * max(1, len(panel.series))
    return GRID_IN if isinstance(panel, Grid) else PANEL_IN


def arrange(figure: "Figure", plot: Plot) -> None:
    """Place the panels one below the other; all places are fixed, nothing is fitted to the texts."""
    height = height_in(plot)
    figure.text(
        LEFT_IN / WIDTH_IN, 1 - 0.28 / height, plot.title, size=11, weight="bold", verticalalignment="center"
    )
    if not plot.panels:
        figure.text(LEFT_IN / WIDTH_IN, 0.4 / height, "No clip has this figure.")
    top = height - TITLE_IN
    for panel in plot.panels:
        tall = _panel_in(panel)
        box = (LEFT_IN, top - tall - 0.2, WIDTH_IN - LEFT_IN - RIGHT_IN, tall - 0.2)
        _DRAW[type(panel)](figure, panel, (box[0], box[1], box[2], box[3]))
        top -= tall + GAP_IN


def _axes(figure: "Figure", box: Box) -> "Axes":
    left, bottom, wide, tall = box
    height = figure.get_figheight()
    axes: Axes = figure.add_axes((left / WIDTH_IN, bottom / height, wide / WIDTH_IN, tall / height))
    return axes


def _stacks(figure: "Figure", panel: Panel, box: Box) -> None:
    axes = _axes(figure, box)
    below = [0.0] * len(panel.labels)
    for number, series in enumerate(panel.series):
        above = [low + (value or 0) for low, value in zip(below, series.values, strict=True)]
        _steps(axes, above, below, series.name, number)
        below = above
    _finish(axes, panel)
    _name_places(axes, panel.labels, slanted=max(map(len, panel.labels), default=0) > MOST_UPRIGHT)


def _histogram(figure: "Figure", panel: Panel, box: Box) -> None:
    if not isinstance(panel, Histogram):
        raise TypeError(panel.title)
    left, bottom, wide, tall = box
    row = tall / max(1, len(panel.series))
    edges = [panel.start + panel.width * k for k in range(len(panel.labels) + 1)]
    highest = max((value or 0 for series in panel.series for value in series.values), default=1)
    for number, series in enumerate(panel.series):
        axes = _axes(figure, (left, bottom + tall - (number + 1) * row, wide, row - 0.14))
        counts = [value or 0 for value in series.values]
        axes.stairs(counts, edges, fill=True, label=series.name, **_filled(number))
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(0, highest * 1.15 or 1)
        for mark in panel.marks:
            axes.axvline(mark.at, color=INK, linewidth=0.9, linestyle=(0, (4, 2)))
            if number == 0:
                axes.annotate(mark.name, (mark.at, highest * 1.15), ha="center", va="bottom", size=8)
        _finish(axes, panel, last=number == len(panel.series) - 1, first=number == 0)
        _whole_numbers(axes, 3)


def _curves(figure: "Figure", panel: Panel, box: Box) -> None:
    axes = _axes(figure, box)
    along = [float(label) for label in panel.labels]
    for number, series in enumerate(panel.series):
        look = {"color": COLOURS[number], "linestyle": DASHES[number], "linewidth": 1.6}
        heights = [float("nan") if value is None else value for value in series.values]
        axes.plot(along, heights, label=series.name, **look)  # type: ignore[arg-type]
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, along[-1] if along else 1)
    _finish(axes, panel)
    _whole_numbers(axes, 6)


def _grid(figure: "Figure", panel: Panel, box: Box) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    axes = _axes(figure, box)
    shades = LinearSegmentedColormap.from_list("shades", ["#dbe9f2", COLOURS[0]])
    cells = np.ma.masked_equal([[value or 0 for value in series.values] for series in panel.series], 0)
    axes.pcolormesh(cells, cmap=shades, edgecolors="white", linewidth=0.3)
    axes.invert_yaxis()
    axes.set_yticks(
        [place + 0.5 for place in range(len(panel.series))], [each.name for each in panel.series], size=7
    )
    axes.set_xticks([place + 0.5 for place in range(len(panel.labels))], panel.labels, rotation=90, size=6)
    axes.set_title(f"{panel.title} (darkest: {cells.max()} {panel.upward})")
    axes.set_xlabel(panel.along)
    axes.tick_params(length=0)


_DRAW: Mapping[type[Panel], Callable[["Figure", Panel, Box], None]] = {
    Stacks: _stacks,
    Histogram: _histogram,
    Curves: _curves,
    Grid: _grid,
}


def _finish(axes: "Axes", panel: Panel, *, first: bool = True, last: bool = True) -> None:
    axes.grid(visible=True, axis="y")
    axes.set_ylabel(panel.upward)
    if first:
        axes.set_title(panel.title, pad=14 if isinstance(panel, Histogram) and panel.marks else 6)
    if last:
        axes.set_xlabel(panel.along)
    else:
        axes.set_xticks([])  # a tick costs as much as a bar
    if panel.series:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, borderaxespad=0.0)


def _steps(axes: "Axes", above: Sequence[float], below: Sequence[float], name: str, number: int) -> None:
    """Draw bars: with gaps while they are few, as one outline when they are many."""
    places = range(len(above))
    if len(above) <= MOST_LABELS:
        heights = [high - low for high, low in zip(above, below, strict=True)]
        axes.bar(places, heights, 0.7, bottom=below, label=name, **_filled(number))
    else:
        edges = [place - 0.5 for place in (*places, len(above))]
        axes.stairs(above, edges, baseline=below, fill=True, label=name, **_filled(number))


def _name_places(axes: "Axes", labels: Sequence[str], *, slanted: bool) -> None:
    every = max(1, -(-len(labels) // MOST_LABELS))
    shown = [label.partition(" (")[0] for label in labels[::every]]
    axes.set_xticks(range(0, len(labels), every), shown)
    axes.set_xlim(-0.6, max(1, len(labels)) - 0.4)
    if slanted:
        axes.tick_params(axis="x", labelrotation=20)
        for text in axes.get_xticklabels():
            text.set(horizontalalignment="right", rotation_mode="anchor")


def _whole_numbers(axes: "Axes", most: int) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))


def _filled(number: int) -> dict[str, Any]:
    colour = COLOURS[number % len(COLOURS)]
    hatch = HATCHES[number % len(HATCHES)]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0.4}
