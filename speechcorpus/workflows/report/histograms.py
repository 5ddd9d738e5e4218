"""How all recordings of a report are spread: background against its bands, SNR, loudness, clipping."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechcorpus.noise.band import Bands, Unit
from speechcorpus.workflows.report.entry import Line
from speechcorpus.workflows.report.style import ACCENT, INK, STOP, band_colour, svg
from speechcorpus.workflows.report.verdict import UNIT_NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 3.1, 2.0
MOST_BINS = 40
BIN_DB = (1.0, 2.0, 5.0, 10.0)
CLIPPED_MS = (0.0, 1.0, 10.0, 100.0)
CLIPPED_NAMES = ("0", "≤ 1", "≤ 10", "≤ 100", "> 100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """One picture, None where nothing could be counted, and over how many recordings."""

    name: str
    count: int
    svg: bytes | None


def histograms(lines: Sequence[Line], bands: Bands | None, required_band: str | None) -> list[Histogram]:
    """Return the pictures of the list; recordings without a number are in none of them."""
    unit = common_unit(lines, bands)
    noise = [level for line in lines if (level := line.noise(unit)) is not None]
    shaded = bands if bands and bands.unit == unit else None
    return [
        _levels("noise", noise, UNIT_NAMES[unit], shaded, required_band),
        _levels("snr", [line.snr_db for line in lines if line.snr_db is not None], "dB"),
        _levels("loudness", [line.loudness_lufs for line in lines if line.loudness_lufs is not None], "LUFS"),
        _clipped([line.clipped_s for line in lines if line.clipped_s is not None]),
    ]


def common_unit(lines: Sequence[Line], bands: Bands | None) -> Unit:
    """Return the unit in which the recordings can be counted together."""
    wanted = bands.unit if bands else "dBA"
    return "dBA" if wanted == "dBA" and any(line.noise_dba is not None for line in lines) else "dBFS"


def bin_edges(values: Sequence[float]) -> list[float]:
    """Return edges on round numbers, as fine as fits in the picture.

    Examples
    --------
    >>> bin_edges([38.2, 41.9])
    [38.0, 39.0, 40.0, 41.0, 42.0]
    """
    low, high = min(values), max(values)
    width = next((step for step in BIN_DB if (high - low) / step <= MOST_BINS), BIN_DB[-1])
    first = math.floor(low / width)
    last = max(first + 1, math.floor(high / width) + 1)
    return [edge * width for edge in range(first, last + 1)]


def _levels(
    name: str, values: list[float], unit: str, bands: Bands | None = None, required: str | None = None
) -> Histogram:
    if not values:
        return Histogram(name=name, count=0, svg=None)
    from matplotlib.ticker import MaxNLocator

    def draw(axes: "Axes") -> None:
        edges = bin_edges(values)
        counts, _ = np.histogram(values, edges)
        axes.bar(edges[:-1], counts, width=np.diff(edges), align="edge", color=ACCENT, edgecolor="white")
        _dress(axes, unit)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        if bands:
            _draw_bands(axes, bands, required, (edges[0], edges[-1]))

    return Histogram(name=name, count=len(values), svg=svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN))


def _clipped(seconds: list[float]) -> Histogram:
    if not seconds:
        return Histogram(name="clipped", count=0, svg=None)
    places = np.searchsorted(CLIPPED_MS, np.asarray(seconds) * 1000, side="left")
    counts = np.bincount(places, minlength=len(CLIPPED_NAMES))

    def draw(axes: "Axes") -> None:
        colours = [ACCENT, ACCENT, *[STOP] * (len(CLIPPED_NAMES) - 2)]
        axes.bar(range(len(CLIPPED_NAMES)), counts, width=0.72, color=colours)
        axes.set_xticks(range(len(CLIPPED_NAMES)), CLIPPED_NAMES)
        _dress(axes, "ms")
        axes.set_ylim(0, counts.max() * 1.18)
        for place, count in enumerate(counts):
            axes.annotate(
                f"{count:,}", (place, count), (0, 3), textcoords="offset points", ha="center", color=INK
            )

    picture = svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN)
    return Histogram(name="clipped", count=len(seconds), svg=picture)


def _dress(axes: "Axes", unit: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    axes.grid(axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(unit)


def _draw_bands(axes: "Axes", bands: Bands, required: str | None, seen: tuple[float, float]) -> None:
    """Shade the band asked for, and show every edge that is near what was measured."""
    edges = {edge: band.name for band in bands.bands for edge in (band.low, band.high) if edge is not None}
    near = [edge for edge in edges if seen[0] - 10 <= edge <= seen[1] + 10]
    low, high = min([seen[0], *near]) - 2, max([seen[1], *near]) + 2
    for band in bands.bands:
        bottom, top = (low if band.low is None else band.low), (high if band.high is None else band.high)
        colour = band_colour(bands, band.name)
        alpha = 0.2 if band.name == required else 0.07
        if bottom < high and top > low:
            seen_bottom, seen_top = max(bottom, low), min(top, high)
            axes.axvspan(seen_bottom, seen_top, facecolor=colour, alpha=alpha, linewidth=0, zorder=0)
    for edge in near:
        axes.axvline(edge, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(low, high)
