"""The band's verdict in words: number, uncertainty, limit and distance, so that anyone can check it."""

from dataclasses import dataclass
from typing import Literal

from speechcorpus.domain.measurement import Measurement
from speechcorpus.noise.band import Band, Bands, Unit
from speechcorpus.noise.calibration import expanded_uncertainty_db
from speechcorpus.workflows.report.words import Words

Tone = Literal["ok", "fix", "stop", "flag"]
UNIT_NAMES: dict[Unit, str] = {"dBA": "dB(A)", "dBFS": "dBFS"}
TONES: dict[str, Tone] = {"inside": "ok", "borderline": "fix", "outside": "stop"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictWords:
    """What stands at the head of a page."""

    tone: Tone
    short: str
    sentence: str


def shown_unit(row: Measurement, bands: Bands | None) -> Unit:
    """Return the unit in which the background of a row is shown: that of the bands, if it can be."""
    wanted = bands.unit if bands else "dBA"
    return "dBA" if wanted == "dBA" and row.calibration_db is not None else "dBFS"


def shown_level(row: Measurement, unit: Unit) -> float | None:
    """Return the background in that unit."""
    return row.noise_laeq_dba if unit == "dBA" else row.noise_laeq_dbfs


def shown_uncertainty_db(row: Measurement, unit: Unit) -> float | None:
    """Return U of the level in that unit: a digital level owes nothing to the calibration."""
    if unit == "dBA" or row.noise_se_db is None:
        return row.noise_uncertainty_db
    return round(expanded_uncertainty_db(calibration_u_db=0.0, noise_se_db=row.noise_se_db), 2)


def verdict_words(row: Measurement, bands: Bands | None, words: Words) -> VerdictWords:
    """Return the verdict about the band, or why there is none and what to do."""
    unit = shown_unit(row, bands)
    level, u_db = shown_level(row, unit), shown_uncertainty_db(row, unit)
    if row.status in ("refused", "crashed"):
        return _unmeasured(row, words)
    if level is None or u_db is None:
        return VerdictWords(tone="flag", short=words("short.no-noise"), sentence=words("verdict.no-noise"))
    if row.band_status is None or bands is None:
        why = "verdict.no-bands" if bands is None else "verdict.uncalibrated"
        level_text = f"{signed(level, 1)} {UNIT_NAMES[unit]}"
        sentence = words(why, level=level_text, u=signed(u_db, 1))
        return VerdictWords(tone="flag", short=words("short.no-band"), sentence=sentence)
    return _judged(row, bands, level, u_db, words)


def band_range(band: Band) -> str:
    """Return the levels of a band, without a unit.

    Examples
    --------
    >>> band_range(Band(name="low", low=None, high=40.0)), band_range(Band(name="x", low=-60, high=-48.5))
    ('< 40', '−60 … −48.5')
    """
    low, high = (None if edge is None else f"{edge:g}".replace("-", "−") for edge in (band.low, band.high))
    if low is not None and high is not None:
        return f"{low} … {high}" if "−" in low + high else f"{low}–{high}"
    return f"< {high}" if high is not None else f"≥ {low}" if low is not None else "—"


def signed(value: float, digits: int) -> str:
    """Return a number with a real minus sign.

    Examples
    --------
    >>> signed(-43.21, 1), signed(-0.02, 1)
    ('−43.2', '0.0')
    """
    return f"{round(value, digits) + 0.0:.{digits}f}".replace("-", "−")


def _unmeasured(row: Measurement, words: Words) -> VerdictWords:
    code = row.error_code or "unreadable"
    return VerdictWords(tone="stop", short=words(f"status.{row.status}"), sentence=words(f"error.{code}"))


def _judged(row: Measurement, bands: Bands, level: float, u_db: float, words: Words) -> VerdictWords:
    status, margin_db = row.band_status or "inside", row.band_margin_db or 0.0
    band = _judged_band(row, bands)
    digits = _digits(level, margin_db, u_db, band)
    opening = "required" if row.required_band else row.band if row.band in ("above", "below") else "in"
    sentence = words(
        f"verdict.{opening}.{status}",
        level=signed(level, digits),
        unit=UNIT_NAMES[bands.unit],
        u=signed(u_db, digits),
        band=words.name("band", band.name),
        range=band_range(band),
        margin=signed(abs(margin_db), digits),
    )
    return VerdictWords(tone=TONES[status], short=words(f"short.{status}"), sentence=sentence)


def _judged_band(row: Measurement, bands: Bands) -> Band:
    name = row.required_band or row.band
    ends = {"below": bands.bands[0], "above": bands.bands[-1]}
    return next((band for band in bands.bands if band.name == name), ends.get(name or "", bands.bands[0]))


def _digits(level: float, margin_db: float, u_db: float, band: Band) -> int:
    """As few digits as keep the sentence true on paper: 39.96 is not "40.0, inside (< 40)"."""
    edges = [edge for edge in (band.low, band.high) if edge is not None]
    short = [round(value, 1) for value in (level, abs(margin_db), u_db)]
    adds_up = not edges or min(abs(abs(short[0] - edge) - short[1]) for edge in edges) < 0.01
    same = (short[1] <= short[2]) == (abs(margin_db) <= u_db)
    return 1 if adds_up and same and short[1] > 0 else 2
