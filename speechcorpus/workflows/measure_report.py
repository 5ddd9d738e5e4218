"""Rows for people and for programs: one JSON object a line, a table, or a Parquet file."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pyarrow as pa
import pyarrow.parquet as pq

from speechcorpus.domain.measurement import RECORD_ONLY, Measurement, Span

ROWS_A_GROUP = 1000
TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}

COLUMNS: tuple[tuple[str, int, Callable[[Measurement], str]], ...] = (
    ("length s", 8, lambda row: _number(row.duration_s)),
    ("noise", 11, lambda row: _noise(row)),
    ("band", 17, lambda row: f"{row.band} {row.band_status}" if row.band else ""),
    ("speech s", 8, lambda row: _number(row.speech_s)),
    ("speech", 7, lambda row: _number(row.speech_level_dbfs)),
    ("SNR", 6, lambda row: _number(row.snr_db)),
    ("LUFS", 6, lambda row: _number(row.loudness_lufs)),
    ("peak", 6, lambda row: _number(row.peak_dbfs)),
    ("clipped s", 9, lambda row: _number(row.clipped_s, digits=3)),
)


def json_line(row: Measurement, *, without: Collection[str] = ()) -> str:
    """Return the row as one line of JSON, keys in the order of the row."""
    shown = {name: value for name, value in row.to_row().items() if name not in without}
    return json.dumps(shown, ensure_ascii=False, allow_nan=False)


def table_head(name_width: int) -> str:
    """Return the heading of the table."""
    return "  ".join(["file".ljust(name_width), *(name.rjust(width) for name, width, _ in COLUMNS)])


def table_line(row: Measurement, name_width: int) -> str:
    """Return one row of the table; what went wrong stands at its end."""
    cells = [cell(row).rjust(width) for _, width, cell in COLUMNS]
    trouble = "" if row.status == "ok" else f"  {row.status}: {row.error_code}, {row.error_detail}"
    return "  ".join([row.path.ljust(name_width), *cells]) + trouble


def parquet_schema() -> pa.Schema:
    """Return the columns of a row: every key, `spans` as a list of structs."""
    hints = {name: hint for name, hint in get_type_hints(Measurement).items() if name not in RECORD_ONLY}
    span = pa.struct([(name, _arrow(hint)) for name, hint in get_type_hints(Span).items()])
    columns = [(name, pa.list_(span) if name == "spans" else _arrow(hint)) for name, hint in hints.items()]
    return pa.schema(columns)


class ParquetRows:
    """Writes rows as they come; the file appears under its name when all are written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._schema = parquet_schema()
        self._writer = pq.ParquetWriter(self._partial, self._schema)
        self._rows: list[dict[str, Any]] = []

    def add(self, row: Measurement) -> None:
        """Take one row."""
        self._rows.append(row.to_row())
        if len(self._rows) >= ROWS_A_GROUP:
            self._flush()

    def finish(self) -> None:
        """Write what is left and give the file its name."""
        self._flush()
        self._writer.close()
        self._partial.replace(self._path)

    def abandon(self) -> None:
        """Leave nothing behind."""
        self._writer.close()
        self._partial.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []


def summary(counts: Mapping[str, int]) -> str:
    """Return how many rows had which status, in one line.

    Examples
    --------
    >>> summary({"refused": 1, "ok": 20})
    '20 ok, 1 refused'
    """
    return ", ".join(f"{count} {status}" for status, count in sorted(counts.items())) or "no input"


def _arrow(hint: Any) -> pa.DataType:
    for option in (hint, *get_args(hint)):
        if option in TYPES:
            return TYPES[option]
        if get_args(option) and isinstance(get_args(option)[0], str):
            return pa.string()  # one of some words
    raise TypeError(f"no Parquet column for {hint}")


def _number(value: float | None, digits: int = 1) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _noise(row: Measurement) -> str:
    if row.noise_laeq_dba is not None:
        return f"{row.noise_laeq_dba:.1f} dB(A)"
    return "" if row.noise_laeq_dbfs is None else f"{row.noise_laeq_dbfs:.1f} dBFS"
