"""Noise bands, and the three-valued verdict of a level that is only known within ±U."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from speechcorpus.domain.errors import SignalError
from speechcorpus.domain.measurement import BandStatus

Unit = Literal["dBA", "dBFS"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Levels from `low` up to, not including, `high`; None is no edge."""

    name: str
    low: float | None
    high: float | None

    def distance_db(self, level: float) -> float:
        """Return the distance to the nearest edge: negative outside, infinite without edges."""
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return min(level - low, high - level)

    def __contains__(self, level: float) -> bool:
        return (self.low is None or level >= self.low) and (self.high is None or level < self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """Bands that follow one another without a gap, lowest first.

    Raises
    ------
    SignalError : `bands.order`, `bands.edge`, `bands.name`, `bands.empty`; the fact `band` names the culprit
    """

    unit: Unit
    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if not self.bands:
            raise SignalError("bands.empty", "a bands file needs at least one band")
        for index, band in enumerate(self.bands):
            _check(band, index, self.bands)

    def named(self, name: str) -> Band:
        """Return the band of that name.

        Raises
        ------
        SignalError : `bands.unknown`
        """
        for band in self.bands:
            if band.name == name:
                return band
        known = ", ".join(band.name for band in self.bands)
        raise SignalError("bands.unknown", f"no band is called {name!r}; there are: {known}", band=name)

    def nearest(self, level: float) -> Band:
        """Return the band that the level falls in, else the one at whose end it lies.

        Examples
        --------
        >>> DEFAULT_BANDS.nearest(41.0).name, DEFAULT_BANDS.nearest(88.0).name
        ('medium', 'high')
        """
        first, last = self.bands[0], self.bands[-1]
        beneath = first if first.low is not None and level < first.low else last
        return next((band for band in self.bands if level in band), beneath)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandVerdict:
    """The band that a level falls in (or `above`, `below`), and how it stands to the band asked for."""

    band: str
    status: BandStatus
    margin_db: float | None


def judge_level(level: float, bands: Bands, *, required: Band | None, uncertainty_db: float) -> BandVerdict:
    """Return the verdict about one level.

    With a required band it speaks of that one, else of the band the level falls in. Borderline means that
    the level is nearer to the edge than it is known.

    Examples
    --------
    >>> judge_level(41.0, DEFAULT_BANDS, required=DEFAULT_BANDS.named("low"), uncertainty_db=2.2)
    BandVerdict(band='medium', status='borderline', margin_db=-1.0)
    >>> judge_level(48.0, DEFAULT_BANDS, required=None, uncertainty_db=2.2)
    BandVerdict(band='medium', status='inside', margin_db=7.0)
    """
    nearest = bands.nearest(level)
    distance_db = (required or nearest).distance_db(level)
    distance_db = round(distance_db, 6)  # 57.24 − 55 is 2.240000000000002: no one loses by a bit of a float
    beneath = nearest.low is not None and level < nearest.low
    return BandVerdict(
        band=nearest.name if level in nearest else "below" if beneath else "above",
        status=_status(distance_db, uncertainty_db),
        margin_db=None if math.isinf(distance_db) else distance_db,
    )


def parse_bands(text: str) -> Bands:
    """Return the bands of a bands file, `{"unit": "dBA", "bands": [{"name", "low", "high"}]}`.

    Raises
    ------
    SignalError : `bands.json` or a code of `Bands`; the sentence ends in the line
    """
    try:
        document = json.loads(text, parse_constant=_refuse_constant)
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise SignalError("bands.json", f"not a bands file: {error} (line {line})", line=line) from error
    try:
        return _read(document)
    except SignalError as error:
        line = _line_of(text, error.facts.get("band"))
        raise SignalError(error.code, f"{error} (line {line})", **{**error.facts, "line": line}) from error


def _read(document: object) -> Bands:
    if not isinstance(document, Mapping) or document.get("unit") not in ("dBA", "dBFS"):
        raise SignalError("bands.unit", 'the unit of a bands file is "dBA" or "dBFS"')
    listed = document.get("bands")
    if not isinstance(listed, list):
        raise SignalError("bands.empty", "a bands file needs a list of bands")
    return Bands(unit=document["unit"], bands=tuple(_band(entry) for entry in listed))


def _band(entry: Any) -> Band:
    name = entry.get("name") if isinstance(entry, Mapping) else None
    if not isinstance(name, str) or set(entry) != {"name", "low", "high"}:
        raise SignalError("bands.name", "a band has a name, a low and a high edge", band=name)
    low, high = (_edge(entry[key], name) for key in ("low", "high"))
    return Band(name=name, low=low, high=high)


def _edge(value: object, name: str) -> float | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise SignalError("bands.edge", f"an edge of band {name!r} is no number: {value!r}", band=name)
    return None if value is None else float(value)


def _check(band: Band, index: int, bands: tuple[Band, ...]) -> None:
    if band.name in ("", "above", "below") or band.name in {other.name for other in bands[:index]}:
        raise SignalError("bands.name", f"{band.name!r} cannot be a band's name here", band=band.name)
    if (band.low is None and index > 0) or (band.high is None and index < len(bands) - 1):
        raise SignalError("bands.edge", f"band {band.name!r} needs both edges", band=band.name)
    edges = [edge for edge in (band.low, band.high) if edge is not None]
    if not all(math.isfinite(edge) for edge in edges) or edges != sorted(set(edges)):
        raise SignalError("bands.order", f"the edges of band {band.name!r} do not ascend", band=band.name)
    if index > 0 and band.low != bands[index - 1].high:
        raise SignalError("bands.order", f"band {band.name!r} leaves a gap or overlaps", band=band.name)


def _status(distance_db: float, uncertainty_db: float) -> BandStatus:
    if abs(distance_db) <= uncertainty_db:
        return "borderline"
    return "inside" if distance_db > 0 else "outside"


def _line_of(text: str, name: object) -> int:
    """Line on which the last band of that name says its name."""
    said = [match.start() for match in re.finditer(rf'"name"\s*:\s*{re.escape(json.dumps(name))}', text)]
    return text.count("\n", 0, said[-1]) + 1 if said else 1


def _refuse_constant(constant: str) -> float:
    raise ValueError(f"{constant} is not a number here")


DEFAULT_BANDS = Bands(
    unit="dBA",
    bands=(
        # 40 is the lowest edge that a microphone with 34 dB(A) of its own noise can judge
        Band(name="low", low=None, high=40.0),
        Band(name="medium", low=40.0, high=55.0),
        Band(name="high", low=55.0, high=70.0),  # 70 leaves 0 dB SNR only to raised voices
    ),
)
