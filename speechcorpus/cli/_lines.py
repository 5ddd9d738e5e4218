"""Transcripts from a file: one a line, or one a row of a table (`.tsv`, `.jsonl`)."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import IO, Literal, get_args

import click
import regex

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.transcribe.check import refuse_unreadable

InputFormat = Literal["lines", "tsv", "jsonl"]

ID_COLUMN = "id"
BYTE_ORDER_MARK = "\ufeff"
_LINES = regex.compile(rb"[^\n]*+\n|[^\n]++")

format_option = click.option(
    "--format",
    "input_format",
    type=click.Choice(get_args(InputFormat)),
    help="How the input is laid out; otherwise as its name says (.tsv, .jsonl), and one text a line.",
)
column_option = click.option(
    "--column", default="text", show_default=True, help="Column or key of a table that holds the text."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One transcript and the place it came from."""

    number: int
    text: str
    source: str  # the whole line as it was read, with its end
    rewritten: Callable[[str], str]  # the same line with another text, without an end
    id: str | None = None

    def with_text(self, text: str) -> str:
        """The line as it is written back, its end with it; byte for byte as it was read if its text stays."""
        return self.source if text == self.text else self.rewritten(text) + _parted(self.source)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """All transcripts of one file."""

    header: str | None  # of a table in columns, with its end
    lines: tuple[Line, ...]


def read_input(file: IO[bytes], input_format: InputFormat | None, column: str = "text") -> Input:
    """Return the transcripts of a file, read whole.

    Raises
    ------
    TranscriptError : `transcript.utf8`, `transcript.surrogate`, `transcript.too-long`, `transcript.row`,
        `transcript.json` or `transcript.column`, each with its line number
    """
    name = str(getattr(file, "name", ""))
    return parse_input(file.read(), input_format or format_of(name), column)


def format_of(name: str) -> InputFormat:
    """How a file of this name is laid out.

    Examples
    --------
    >>> format_of("batch.TSV"), format_of("lines.txt"), format_of("<stdin>")
    ('tsv', 'lines', 'lines')
    """
    formats: dict[str, InputFormat] = {".tsv": "tsv", ".jsonl": "jsonl"}
    return formats.get(PurePath(name).suffix.lower(), "lines")


def parse_input(data: bytes, input_format: InputFormat, column: str = "text") -> Input:
    """Return the transcripts in these bytes; LF or CR LF ends a line.

    Examples
    --------
    >>> data = "id\\ttext\\n7\\t好。".encode()
    >>> [(line.number, line.id, line.text) for line in parse_input(data, "tsv").lines]
    [(2, '7', '好。')]
    """
    numbered = list(enumerate(decoded_lines(data), start=1))
    if input_format == "lines":
        return Input(header=None, lines=tuple(_plain_line(*each) for each in numbered))
    if numbered:
        numbered[0] = (1, numbered[0][1].removeprefix(BYTE_ORDER_MARK))
    if input_format == "tsv":
        return _table(numbered, column)
    rows = (_object_line(number, source, column) for number, source in numbered if source.strip())
    return Input(header=None, lines=tuple(rows))


def json_line(record: object) -> str:
    """A record as one line of JSON; escaped only if it holds half of a character.

    Examples
    --------
    >>> print(json_line({"a": "𪜶"}), json_line("\\ud83d"))
    {"a": "𪜶"} "\\ud83d"
    """
    shown = json.dumps(record, ensure_ascii=False)
    try:
        shown.encode()
    except UnicodeEncodeError:
        return json.dumps(record)
    return shown


def decoded_lines(data: bytes) -> Iterator[str]:
    """Each line with its end; TranscriptError `transcript.utf8` naming the first that is none."""
    for number, line in enumerate(_LINES.findall(data), start=1):
        try:
            yield line.decode()
        except UnicodeDecodeError as error:
            byte = error.start + 1
            raise TranscriptError(
                "transcript.utf8", f"line {number} is not UTF-8 (byte {byte})", line=number, byte=byte
            ) from None


def _parted(source: str) -> tuple[str, str]:
    """A line, and what ends it."""
    line = source.removesuffix("\n").removesuffix("\r")
    return line, source[len(line) :]


def _plain_line(number: int, source: str) -> Line:
    return Line(number=number, text=readable(number, _parted(source)[0]), source=source, rewritten=str)


def readable(number: int, text: str) -> str:
    """The text of this line, if `refuse_unreadable` lets it pass; else its error with the line's number."""
    try:
        refuse_unreadable(text)
    except TranscriptError as error:
        raise TranscriptError(error.code, f"line {number}: {error}", line=number, **error.facts) from None
    return text


def _table(numbered: Sequence[tuple[int, str]], column: str) -> Input:
    if not numbered:
        return Input(header=None, lines=())
    header = numbered[0][1]
    names = _parted(header)[0].split("\t")
    if names.count(column) != 1:
        raise TranscriptError(
            "transcript.column", f"line 1: the table needs one column named {column!r}", line=1, column=column
        )
    return Input(header=header, lines=tuple(_row_line(names, column, *each) for each in numbered[1:]))


def cells_of(text: str, names: Sequence[str], number: int) -> list[str]:
    """Return the cells of a row; TranscriptError `transcript.row` unless there is one for each name."""
    cells = text.split("\t")
    if len(cells) != len(names):
        raise TranscriptError(
            "transcript.row",
            f"line {number} has {len(cells)} cells, not {len(names)} as the header",
            line=number,
            cells=len(cells),
            expected=len(names),
        )
    return cells


def _row_line(names: Sequence[str], column: str, number: int, source: str) -> Line:
    cells = cells_of(_parted(source)[0], names, number)
    place = names.index(column)
    return Line(
        number=number,
        text=readable(number, cells[place]),
        source=source,
        rewritten=partial(_row_with, cells, place),
        id=cells[names.index(ID_COLUMN)] if ID_COLUMN in names else None,
    )


def _row_with(cells: Sequence[str], place: int, text: str) -> str:
    return "\t".join([*cells[:place], text, *cells[place + 1 :]])


def _object_line(number: int, source: str, key: str) -> Line:
    try:
        record = json.loads(source)
    except (ValueError, RecursionError):  # RecursionError: brackets without end
        raise TranscriptError("transcript.json", f"line {number} is not JSON", line=number) from None
    text = record.get(key) if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise TranscriptError(
            "transcript.column", f"line {number} has no text under the key {key!r}", line=number, column=key
        )
    return Line(
        number=number,
        text=readable(number, text),
        source=source,
        rewritten=lambda changed: json_line({**record, key: changed}),
        id=str(record[ID_COLUMN]) if record.get(ID_COLUMN) is not None else None,
    )
