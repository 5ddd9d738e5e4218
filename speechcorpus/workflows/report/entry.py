"""What the report is told about a recording, and the little of it that the list remembers."""

from dataclasses import dataclass
from pathlib import Path

from speechcorpus.domain.measurement import BandStatus, Measurement, SecondTracks, Status
from speechcorpus.noise.band import Unit
from speechcorpus.workflows.report.limits import crossed_codes, gravest

UNMEASURED = ("crashed", "refused")
HANDLED_FIRST, OUTSIDE, PARTIAL, BORDERLINE, FINDINGS, UNREMARKABLE = 0, 1, 2, 3, 4, 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One recording: its row, after calibration and bands; its curves; the file for the spectrogram."""

    row: Measurement
    tracks: SecondTracks | None = None
    file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What the list keeps of a recording, some hundred bytes: thousands of rows do not fit in memory."""

    number: int
    name: str
    status: Status
    error_code: str | None
    duration_s: float | None
    noise_dbfs: float | None
    noise_dba: float | None
    uncertainty_db: float | None
    band: str | None
    band_status: BandStatus | None
    margin_db: float | None
    snr_db: float | None
    loudness_lufs: float | None
    clipped_s: float | None
    codes: tuple[str, ...]  # whose usual limit is crossed

    def noise(self, unit: Unit) -> float | None:
        """The background in the unit of the bands."""
        return self.noise_dba if unit == "dBA" else self.noise_dbfs

    @property
    def order(self) -> tuple[int, float, int]:
        """Sorts the worst first: not measured, outside its band, partial, borderline, findings, the rest."""
        margin_db = 0.0 if self.margin_db is None else self.margin_db
        return (self._rank(), margin_db, self.number)

    def _rank(self) -> int:
        if self.status in UNMEASURED:
            return HANDLED_FIRST
        if self.band_status == "outside":
            return OUTSIDE
        if self.status == "partial":
            return PARTIAL
        if self.band_status == "borderline":
            return BORDERLINE
        grave = gravest(self.codes)
        return UNREMARKABLE if grave is None else FINDINGS + 2 - grave


def line_of(number: int, name: str, row: Measurement, uncertainty_db: float | None) -> Line:
    """Return what the list keeps of a row; `name` is its printable path."""
    return Line(
        number=number,
        name=name,
        status=row.status,
        error_code=row.error_code,
        duration_s=row.duration_s,
        noise_dbfs=row.noise_laeq_dbfs,
        noise_dba=row.noise_laeq_dba,
        uncertainty_db=uncertainty_db,
        band=row.band,
        band_status=row.band_status,
        margin_db=row.band_margin_db,
        snr_db=row.snr_db,
        loudness_lufs=row.loudness_lufs,
        clipped_s=row.clipped_s,
        codes=crossed_codes(row),
    )


def printable(name: str) -> str:
    r"""Return a file's name as it can be shown: no control characters, no bytes that are no text.

    Examples
    --------
    >>> printable("a\nb\udcff.wav")
    'a\\nb\\xff.wav'
    """
    return "".join(c if c.isprintable() or c == "　" else _escaped(c) for c in name)


def _escaped(character: str) -> str:
    if "\udc80" <= character <= "\udcff":  # a byte that Python kept because it is no UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()
