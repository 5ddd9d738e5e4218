"""Level over time: everything and the background of the gaps, second by second, against the band."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from speechcorpus.domain.measurement import Measurement, SecondTracks, SpanKind
from speechcorpus.dsp.arrays import FloatArray
from speechcorpus.noise.band import Band, Bands, Unit
from speechcorpus.workflows.report.style import INK, INK_3, STOP, band_colour, svg
from speechcorpus.workflows.report.verdict import shown_level, shown_unit, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_POINTS = 600  # about one a pixel and a half
WIDTH_IN, HEIGHT_IN = 9.0, 1.7
STEP_DB = 10
SILENCE_DB = -100.0  # digital silence would squeeze all else into the top
ABOVE, ON, BELOW = -4, 4, 13  # where the baseline of a label lies, in pixels
NEAR_END = 9.0  # percent of the height
NARROWEST = 0.002  # of the width: shorter places could not be seen
# a click must be seen, minutes out of band must not hide the curve; hum and pauses have lanes of their own
PLACES_ALPHA: dict[tuple[SpanKind, ...], float] = {
    ("clip", "dropout", "repeat", "click", "pop", "burst", "head-cut", "tail-cut"): 0.16,
    ("band-out",): 0.06,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class YLabel:
    """A number beside the curves; `y` in percent from the top, its baseline `dy` pixels below that."""

    y: float
    dy: int
    text: str
    kind: str  # scale, edge, whole


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelPicture:
    """The drawing, and the words that lie over it: a drawing that fills any width holds no text."""

    svg: bytes
    unit: Unit
    bucket_s: int
    labels: tuple[YLabel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Buckets:
    """A curve with few enough points: energy mean, least and greatest of some seconds; NaN for none."""

    mean: FloatArray
    low: FloatArray
    high: FloatArray


def buckets(levels: Sequence[float | None], size: int) -> Buckets:
    """Return the levels of each second, `size` of them in a point.

    Examples
    --------
    >>> buckets([-40.0, None, None, None, -50.0], 2).high.tolist()
    [-40.0, nan, -50.0]
    """
    padded = np.full(math.ceil(len(levels) / size) * size, np.nan)
    padded[: len(levels)] = [np.nan if level is None else level for level in levels]
    table = padded.reshape(-1, size)
    known = ~np.isnan(table)
    count = known.sum(axis=1)
    energy = np.where(known, np.power(10.0, table / 10), 0.0).sum(axis=1) / np.maximum(count, 1)
    mean = np.where(count > 0, 10 * np.log10(np.maximum(energy, 1e-30)), np.nan)
    low = np.where(known, table, np.inf).min(axis=1, initial=np.inf)
    high = np.where(known, table, -np.inf).max(axis=1, initial=-np.inf)
    none = count == 0
    return Buckets(mean=mean, low=np.where(none, np.nan, low), high=np.where(none, np.nan, high))


def level_picture(row: Measurement, tracks: SecondTracks, bands: Bands | None) -> LevelPicture | None:
    """Return the level over time, or None where there is no second of it."""
    if not row.duration_s or not any(level is not None for level in tracks.laeq_dbfs):
        return None
    unit = shown_unit(row, bands)
    offset_db = (row.calibration_db or 0.0) if unit == "dBA" else 0.0
    size = math.ceil(len(tracks.laeq_dbfs) / MOST_POINTS)
    curves = [buckets(levels, size) for levels in (tracks.laeq_dbfs, tracks.noise_laeq_dbfs)]
    all_of_it, noise = (_shifted(curve, offset_db) for curve in curves)
    band = _shaded_band(row, bands, unit)
    low_db, high_db = _limits((all_of_it, noise), band)
    whole = shown_level(row, unit)

    def draw(axes: "Axes") -> None:
        axes.set_axis_off()
        axes.set_xlim(0, row.duration_s)
        axes.set_ylim(low_db, high_db)
        if band and bands:
            _draw_band(axes, band, band_colour(bands, band.name), (low_db, high_db))
        _draw_places(axes, row)
        _draw_curve(axes, all_of_it, size, row.duration_s or 0, colour=INK_3, width=1.0)
        _draw_curve(axes, noise, size, row.duration_s or 0, colour=INK, width=2.2)
        if whole is not None:
            axes.axhline(whole, color=INK, linewidth=0.9, linestyle=(0, (1.5, 2.5)))

    return LevelPicture(
        svg=svg(draw, width_in=WIDTH_IN, height_in=HEIGHT_IN, stretched=True),
        unit=unit,
        bucket_s=size,
        labels=_labels(low_db, high_db, band, whole),
    )


def _shifted(curve: Buckets, offset_db: float) -> Buckets:
    low_dbfs = SILENCE_DB
    moved = (np.maximum(levels, low_dbfs) + offset_db for levels in (curve.mean, curve.low, curve.high))
    return Buckets(**dict(zip(("mean", "low", "high"), moved, strict=True)))


def _shaded_band(row: Measurement, bands: Bands | None, unit: Unit) -> Band | None:
    if bands is None or bands.unit != unit:
        return None
    name = row.required_band or row.band
    return next((band for band in bands.bands if band.name == name), None)


def _limits(curves: Sequence[Buckets], band: Band | None) -> tuple[float, float]:
    seen = np.concatenate([levels for curve in curves for levels in (curve.low, curve.high)])
    lowest, highest = float(np.nanmin(seen)), float(np.nanmax(seen))
    edges = [edge for edge in (band.low, band.high) if edge is not None] if band else []
    lowest, highest = min([lowest, *edges]) - 3, max([highest, *edges]) + 3
    return math.floor(lowest / STEP_DB) * STEP_DB, math.ceil(highest / STEP_DB) * STEP_DB


def _draw_band(axes: "Axes", band: Band, colour: str, limits: tuple[float, float]) -> None:
    low = limits[0] if band.low is None else band.low
    high = limits[1] if band.high is None else band.high
    axes.axhspan(low, high, facecolor=colour, alpha=0.13, linewidth=0)
    for edge in (band.low, band.high):
        if edge is not None:
            axes.axhline(edge, color=colour, linewidth=1.2, linestyle=(0, (5, 3)))


def _draw_places(axes: "Axes", row: Measurement) -> None:
    least_s = NARROWEST * (row.duration_s or 0.0)
    for kinds, alpha in PLACES_ALPHA.items():
        places = [(span.start_s, span.end_s) for span in row.spans if span.kind in kinds]
        for start_s, end_s in joined(places, least_s):
            middle_s, half_s = (start_s + end_s) / 2, max(end_s - start_s, least_s) / 2
            axes.axvspan(middle_s - half_s, middle_s + half_s, facecolor=STOP, alpha=alpha, linewidth=0)


def joined(places: Sequence[tuple[float, float]], nearest: float) -> list[tuple[float, float]]:
    """Return the places in order, those nearer than `nearest` as one: never more than the picture can show.

    Examples
    --------
    >>> joined([(3.0, 4.0), (0.0, 1.0), (1.05, 2.0)], 0.1)
    [(0.0, 2.0), (3.0, 4.0)]
    """
    found: list[tuple[float, float]] = []
    for start, end in sorted(places):
        if found and start - found[-1][1] < nearest:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _draw_curve(
    axes: "Axes", curve: Buckets, size: int, duration_s: float, *, colour: str, width: float
) -> None:
    edges = np.minimum(np.arange(curve.mean.size + 1) * size, max(duration_s, 1e-3))
    axes.stairs(curve.mean, edges, baseline=None, color=colour, linewidth=width)
    if size > 1:
        repeated = np.repeat(edges, 2)[1:-1]
        low, high = np.repeat(curve.low, 2), np.repeat(curve.high, 2)
        axes.fill_between(repeated, low, high, facecolor=colour, alpha=0.18, linewidth=0)


def _labels(low_db: float, high_db: float, band: Band | None, whole: float | None) -> tuple[YLabel, ...]:
    def label(level: float, text: str, kind: str, dy: int) -> YLabel:
        y = round(100 * (high_db - level) / (high_db - low_db), 2)
        near_end = BELOW if y < NEAR_END else ABOVE if y > 100 - NEAR_END else dy
        return YLabel(y=y, dy=ON if dy == ON else near_end, text=text, kind=kind)

    step_db = STEP_DB if high_db - low_db <= 5 * STEP_DB else 2 * STEP_DB
    scale = [level for level in np.arange(low_db, high_db + 1, step_db).tolist() if low_db < level < high_db]
    labels = [label(level, signed(level, 0), "scale", ON) for level in scale]
    edges = [edge for edge in (band.low, band.high) if edge is not None] if band else []
    for edge in edges:  # words of two lines keep away from one another
        dy = BELOW if whole is not None and whole >= edge else ABOVE
        labels.append(label(edge, f"{edge:g}".replace("-", "−"), "edge", dy))
    if whole is not None and low_db < whole < high_db:
        nearest = min(edges, key=lambda edge: abs(edge - whole), default=whole)
        labels.append(label(whole, signed(whole, 1), "whole", ABOVE if whole >= nearest else BELOW))
    return tuple(labels)
