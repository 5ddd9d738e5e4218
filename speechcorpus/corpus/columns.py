"""The table of a release: every column of `clips.jsonl`, its type, and the measurement it comes from."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from speechcorpus.corpus.documents import ABSENT, Cell, Row, rounded
from speechcorpus.domain.errors import ReleaseError

Kind = Literal["text", "int", "float"]
OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000, 4000)
DB, SHARE, SECONDS = 2, 4, 3  # decimals
MISREAD = {"nan", "na", "none", "null", "n/a", "<na>", ""}  # what pandas takes for a missing value
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
NUMBER_LIKE = ("sha256", "pcm_md5", "text", "reading")  # of these no reader sees a column of numbers only


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `field` is its source in the row of `speechcorpus measure`, None when it is no measurement.

    `decimals` is how a measured value is rounded, once; `words` is the closed list of its values; `floor` and
    `ceiling` bound a number.
    """

    name: str
    kind: Kind
    required: bool = False
    field: str | None = None
    decimals: int | None = None
    words: tuple[str, ...] = ()
    floor: float | None = None
    ceiling: float | None = None


def _text(name: str, *words: str, required: bool = True) -> Column:
    return Column(name=name, kind="text", required=required, words=words)


def _int(name: str, field: str | None = None) -> Column:
    return Column(name=name, kind="int", required=True, field=field, floor=0)


def _level(name: str, field: str, *, required: bool = False, decimals: int = DB) -> Column:
    return Column(name=name, kind="float", required=required, field=field, decimals=decimals)


def _share(name: str, field: str, *, required: bool) -> Column:
    return Column(
        name=name,
        kind="float",
        required=required,
        field=field,
        decimals=SHARE,
        floor=0.0,
        ceiling=1.0,
    )


def _seconds(name: str, field: str, *, required: bool) -> Column:
    return Column(name=name, kind="float", required=required, field=field, decimals=SECONDS, floor=0.0)


BANDS = ("low", "medium", "high")
TABLE = 2
"""Which table this is; a release says it (`release.json: table`), one that says nothing has the first."""
ADDED = (
    *("dialogue_track", "dialogue_talk", "dialogue_start_s"),
    *("dialogue_drift_ppm", "dialogue_uncertainty_ms", "dialogue_method"),
)
"""Columns that the first table did not have: releases of then say of none of them that it is absent."""
METHODS = ("same-track", "reference", "exchanges", "sound", "wall")
COLUMNS: tuple[Column, ...] = (
    _text("utt_id"),
    _text("speaker_id"),
    _text("session_id"),
    _text("dialogue_id", required=False),
    _text("dialogue_track", "shared", "own", ABSENT, required=False),
    _text("dialogue_talk", required=False),
    Column(name="dialogue_start_s", kind="float", decimals=SHARE, floor=0.0),
    Column(name="dialogue_drift_ppm", kind="float", decimals=DB),
    Column(name="dialogue_uncertainty_ms", kind="float", decimals=SECONDS, floor=0.0),
    _text("dialogue_method", *METHODS, ABSENT, required=False),
    _text("prompt_id", required=False),
    _text("topic_id", required=False),
    _text("split", "train", "dev", "test"),
    _text("audio_path"),
    _text("sha256"),
    _text("pcm_md5"),
    _int("num_samples"),
    _int("sample_rate"),
    Column(name="duration", kind="float", required=True, floor=0.0),
    _text("language", "nan-TW", "nan-CN", "cmn-TW"),
    _text("script", "Hant", "Hans"),
    _text("orthography", "hanji", "tailo", "poj", "hanlo"),
    _text("style", "read", "monologue", "dialogue"),
    _text("subvariety"),
    _text("gender", "m", "f", "x", "undisclosed"),
    _text("age_band"),
    _text("text"),
    _text("reading", required=False),
    _text("text_status", "double-agreed", "adjudicated", "reviewed", "self-checked"),
    _int("text_revision"),
    _text("noise_band", *BANDS),
    _text("noise_band_measured", *BANDS, "above", "below", "uncalibrated"),
    _level("noise_dba", "noise_laeq_dba"),
    _level("noise_before_dba", "laeq_dba"),  # of the room tone, not of the item
    _level("noise_dbfs", "noise_laeq_dbfs", required=True),
    _level("noise_l90_dbfs", "noise_la90_dbfs", required=True),
    _level("noise_uncertainty_db", "noise_uncertainty_db"),
    _seconds("noise_quiet_s", "noise_gap_kept_s", required=True),
    _share("noise_out_share", "band_out_ratio", required=False),
    *(_level(f"noise_{hz}hz_db", f"noise_octave_{hz}_dbfs") for hz in OCTAVES_HZ),
    _text("calibration_id", required=False),
    _text("calibration_kind"),
    _level("snr_db", "snr_db", required=True),
    _level("speech_lufs", "loudness_lufs", required=True),
    _level("speech_dbfs", "speech_level_dbfs", required=True),
    _level("peak_dbfs", "peak_dbfs", required=True),
    _level("hum_db", "hum_db"),
    _level("bandwidth_hz", "bandwidth_hz", decimals=0),
    _level("agc_range_db", "agc_pumping_db"),
    _int("clipped_samples", "clipped_s"),
    _int("dropouts", "dropout_count"),
    _seconds("lead_s", "head_silence_s", required=False),  # null where speech cannot be told from the room
    _seconds("tail_s", "tail_silence_s", required=False),
    _share("speech_share", "speech_ratio", required=True),
    Column(name="speech_rate_cps", kind="float", required=True, decimals=DB, floor=0.0),
    Column(name="transcriber_agreement_cer", kind="float", decimals=SHARE, floor=0.0),
    _text("qc_codes"),
    _int("qc_findings"),
    _text("terms_version"),
    _text("analyser_version"),
    _text("device"),
    _text("recorder_version"),
    _text("capture_path", "mstp", "worklet", "import"),
    _text("source_kind", "human", "synthetic"),
    _text("consent_id"),
    _text("voice_synthesis", "yes", "no"),
    _text("recorded_at"),
    _text("first_version"),
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}

Measured = Mapping[str, object]


def measured_cells(row: Measured, room_tone_laeq_dba: float | None) -> dict[str, Cell]:
    """Return every column that is a measurement, rounded as the release prints it.

    Parameters
    ----------
    row : the calibrated row of the item audio, fields as in `acoustics.md` section 3
    room_tone_laeq_dba : level of the room check before the sitting, None without calibration or room tone
    """
    cells: dict[str, Cell] = {}
    for column in COLUMNS:
        if column.field is not None and column.kind == "float":
            cells[column.name] = rounded(_number(row, column.field), column.decimals or 0)
    cells["noise_before_dba"] = rounded(room_tone_laeq_dba, DB)
    if cells["noise_l90_dbfs"] is None and row.get("noise_method") == "la90":
        cells["noise_l90_dbfs"] = cells["noise_dbfs"]  # the fallback is an L90 already
    cells["clipped_samples"] = _count(row, "clipped_s", "rate_hz")
    dropouts, repeats = _number(row, "dropout_count"), _number(row, "repeat_count")
    cells["dropouts"] = None if dropouts is None else int(dropouts + (repeats or 0))
    return cells


def is_misread(text: str) -> bool:
    """Say whether readers of tables take this text for a missing value or a number.

    Examples
    --------
    >>> [is_misread(text) for text in ("NA", "007", "p007", "鹿港")]
    [True, True, False, False]
    """
    return text.lower() in MISREAD or NUMBER.fullmatch(text) is not None


def missing_columns(row: Row) -> tuple[str, ...]:
    """Return the required columns that have no value here, in the table's order."""
    return tuple(column.name for column in COLUMNS if column.required and row.get(column.name) is None)


def absent_columns(rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the optional columns that say nothing in any row: a release leaves them out."""
    silent = {column.name for column in COLUMNS if not column.required}
    for row in rows:
        silent -= {name for name in silent if row[name] not in (None, ABSENT)}
    return tuple(sorted(silent))


def absences(release: Mapping[str, object]) -> list[str]:
    """Return the columns that a release leaves out, by its `release.json`.

    >>> absences({"absent_columns": ["reading"], "table": 2}), len(absences({"absent_columns": []}))
    (['reading'], 6)
    """
    listed = release["absent_columns"]
    names = [str(name) for name in listed] if isinstance(listed, Sequence) else []
    return names if release.get("table") else [*names, *(name for name in ADDED if name not in names)]


def present_columns(absent: Sequence[str]) -> tuple[Column, ...]:
    """Return the columns of a release that leaves out `absent`, in the table's order."""
    return tuple(column for column in COLUMNS if column.name not in absent)


def check_row(row: Row, columns: Sequence[Column]) -> None:
    """Raise unless the row holds exactly these columns, each with a value of its kind.

    Raises
    ------
    ReleaseError : `release.row-invalid`, naming clip and column
    """
    names = {column.name for column in columns}
    if set(row) != names:
        odd = sorted(set(row) ^ names)[0]
        raise _bad(row, odd, "is missing or not a column of this release")
    for column in columns:
        if fault := _cell_fault(column, row[column.name]):
            raise _bad(row, column.name, fault)


def _cell_fault(column: Column, cell: Cell) -> str | None:
    if cell is None:
        return "has no value" if column.required or column.kind != "float" else None
    return _FAULT_OF_KIND[column.kind](column, cell)


def _text_fault(column: Column, cell: Cell) -> str | None:
    if not isinstance(cell, str):
        return f"is no text but {cell!r}"
    if column.words and cell not in column.words:
        return f"is {cell!r}, not one of {', '.join(column.words)}"
    if cell.lower() in MISREAD and cell != ABSENT:
        return f"is {cell!r}, which readers take for a missing value"
    if column.name not in NUMBER_LIKE and NUMBER.fullmatch(cell):
        return f"is {cell!r}, which readers take for a number"
    return None


def _int_fault(column: Column, cell: Cell) -> str | None:
    if not isinstance(cell, int) or isinstance(cell, bool):
        return f"is no integer but {cell!r}"
    return _range_fault(column, cell)


def _float_fault(column: Column, cell: Cell) -> str | None:
    if not isinstance(cell, float):
        return f"is no float but {cell!r}"
    if column.decimals is not None and rounded(cell, column.decimals) != cell:
        return f"is {cell!r}, not rounded to {column.decimals} decimals"
    return _range_fault(column, cell)


def _range_fault(column: Column, number: float) -> str | None:
    low, high = column.floor, column.ceiling
    if (low is not None and number < low) or (high is not None and number > high):
        return f"is {number!r}, outside {low}–{high if high is not None else '∞'}"
    return None


_FAULT_OF_KIND: Mapping[Kind, Callable[[Column, Cell], str | None]] = {
    "text": _text_fault,
    "int": _int_fault,
    "float": _float_fault,
}


def _number(row: Measured, field: str) -> float | None:
    value = row.get(field)
    return float(value) if isinstance(value, int | float) else None


def _count(row: Measured, seconds: str, rate: str) -> int | None:
    duration, rate_hz = _number(row, seconds), _number(row, rate)
    return None if duration is None or rate_hz is None else round(duration * rate_hz)


def _bad(row: Row, column: str, fault: str) -> ReleaseError:
    utt_id = row.get("utt_id")
    return ReleaseError(
        "release.row-invalid", f"{utt_id}: {column} {fault}", utt_id=str(utt_id), column=column
    )
