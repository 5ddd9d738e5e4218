"""The byte forms of a release: JSON lines, JSON documents, CSV rows, numbers rounded once."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from speechcorpus.domain.errors import ReleaseError

ABSENT = "none"
"""What a text column says where it has nothing to say: an empty one would be read as a number."""
QUOTED = re.compile(r'[,"\n\r]')
_LINES = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
Cell = str | int | float | None
Row = Mapping[str, Cell]


def json_line(row: Mapping[str, object]) -> bytes:
    """Return one row as one line of JSON: sorted keys, no spaces, UTF-8, LF; NaN is refused.

    Examples
    --------
    >>> json_line({"text": "好", "duration": 1.5}).decode()
    '{"duration":1.5,"text":"好"}\\n'
    """
    return _encoded(_LINES.encode(row))


def json_document(value: object) -> bytes:
    """Return a root document of a release: like `json_line`, but with one space of indent."""
    text = json.dumps(
        value, ensure_ascii=False, sort_keys=True, indent=1, separators=(",", ": "), allow_nan=False
    )
    return _encoded(text)


def csv_line(cells: Iterable[Cell]) -> bytes:
    """Return one CSV row of RFC 4180: quotes only where needed, LF, null as nothing.

    Examples
    --------
    >>> csv_line(["a,b", None, 0.5, 3])
    b'"a,b",,0.5,3\\n'
    """
    return _encoded(",".join(_csv_cell(cell) for cell in cells))


def rounded(value: float | None, decimals: int) -> float | None:
    """Return a measured value as the release prints it: half to even, never −0.0, None stays None.

    Raises
    ------
    ReleaseError : `release.row-invalid` for NaN and infinity

    Examples
    --------
    >>> rounded(-0.001, 2), rounded(2.675, 2), rounded(None, 2)
    (0.0, 2.67, None)
    """
    if value is None:
        return None
    if value != value or abs(value) == float("inf"):
        raise ReleaseError("release.row-invalid", f"{value} is no number that a release can hold")
    return round(float(value), decimals) + 0.0


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; columns are left to the reader's renderer.

    >>> markdown_table(["split", "clips"], [["train", "20"]])
    '| split | clips |\\n| --- | --- |\\n| train | 20 |\\n'
    """
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines)


def _csv_cell(cell: Cell) -> str:
    if cell is None:
        return ""
    text = repr(cell) if isinstance(cell, float) else str(cell)
    if QUOTED.search(text):
        return '"' + text.replace('"', '""') + '"'
    return text


def _encoded(text: str) -> bytes:
    try:
        return text.encode() + b"\n"
    except UnicodeEncodeError as error:
        raise ReleaseError("release.row-invalid", "half a surrogate pair cannot be released") from error
