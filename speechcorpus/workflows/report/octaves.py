"""The background in octaves, 63 to 8000 Hz; the one that half the sample rate cuts is hatched."""

from typing import TYPE_CHECKING

from speechcorpus.domain.measurement import Measurement
from speechcorpus.workflows.report.fields import OCTAVES_HZ
from speechcorpus.workflows.report.style import ACCENT, INK, INK_2, svg
from speechcorpus.workflows.report.verdict import signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, HEIGHT_IN = 4.6, 2.5
ROOM_DB = 10  # below the lowest bar
LABEL_ROOM_DB = 6


def octave_levels(row: Measurement) -> dict[int, float]:
    """Return the octaves that were measured, by their nominal frequency."""
    levels = {hz: getattr(row, f"noise_octave_{hz}_dbfs") for hz in OCTAVES_HZ}
    return {hz: level for hz, level in levels.items() if level is not None}


def octave_picture(row: Measurement) -> bytes | None:
    """Return the bars as SVG, or None where no octave was measured."""
    levels = octave_levels(row)
    if not levels:
        return None
    from matplotlib.ticker import MaxNLocator

    bottom = min(levels.values()) - ROOM_DB

    def draw(axes: "Axes") -> None:
        axes.set_ylim(bottom, max(levels.values()) + LABEL_ROOM_DB)
        axes.set_xlim(-0.6, len(OCTAVES_HZ) - 0.4)
        axes.set_xticks(range(len(OCTAVES_HZ)), [_short(hz) for hz in OCTAVES_HZ])
        axes.set_xlabel("Hz")
        axes.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        for place, hz in enumerate(OCTAVES_HZ):
            if hz in levels:
                _draw_bar(axes, place, levels[hz], bottom, partial=hz == row.noise_octave_partial_hz)

    return svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN)


def _draw_bar(axes: "Axes", place: int, level: float, bottom: float, *, partial: bool) -> None:
    height = level - bottom
    if partial:
        axes.bar(place, height, 0.72, bottom, linewidth=1.0, facecolor="none", edgecolor=ACCENT, hatch="////")
    else:
        axes.bar(place, height, 0.72, bottom, linewidth=0.0, facecolor=ACCENT)
    colour = INK_2 if partial else INK
    axes.annotate(
        signed(level, 0), (place, level), (0, 3), textcoords="offset points", ha="center", color=colour
    )


def _short(hz: int) -> str:
    return f"{hz // 1000}k" if hz >= 1000 else str(hz)
