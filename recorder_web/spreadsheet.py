"""Tables for people: CSV whose cells are never formulas, whatever somebody wrote into them."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  the wide ones too


def csv_table(rows: Iterable[Sequence[object]]) -> str:
    r"""Return rows as CSV; a text that a spreadsheet would compute is shown behind an apostrophe.

    Examples
    --------
    >>> csv_table([["name", "hours"], ["=HYPERLINK(1)", -1.5]])
    "name,hours\r\n'=HYPERLINK(1),-1.5\r\n"
    """
    lines = io.StringIO()
    csv.writer(lines).writerows([[_cell(value) for value in row] for row in rows])
    return lines.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(FORMULA) else value
