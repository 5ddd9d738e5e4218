"""Prompts out of a file's bytes: plain text, a table, Common Voice sentences; every change is told."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from unicodedata import normalize

import regex

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.prompt_readings import split_readings

FileForm = Literal["tsv", "text", "common-voice"]
ChangeKind = Literal["byte-order-mark", "edge-blank", "nfc", "bracket", "reading-nfc"]

LONGEST_LINE = 20_000  # characters; the checker of transcripts takes no more
ID_DIGITS = 12
COLUMNS, NEEDED = ("id", "text", "reading", "target_s"), ("id", "text")
SECONDS = regex.compile(r"[0-9]{1,5}")
SENTENCE_COLUMN = "sentence"  # in the tables that Common Voice publishes
BYTE_ORDER_MARK = "\ufeff"

NO_DERIVATIVES = regex.compile(r"(?:\b|_)ND(?:\b|_)|no[ -]?deriv", regex.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing that the import did to a line: `before` became `after`."""

    kind: ChangeKind
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptLine:
    """A prompt and the line it was made of, as it stood in the file."""

    number: int  # from 1
    line: str
    id: str
    text: str
    reading: str | None
    changes: tuple[Change, ...]
    target_s: int | None = None  # how long to speak about a topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A line that is no prompt, and why."""

    number: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A line whose text an earlier line already gave."""

    number: int
    line: str
    first: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFile:
    """All that was found in a file of prompts."""

    lines: tuple[PromptLine, ...]
    repeats: tuple[Repeat, ...]
    faults: tuple[Fault, ...]


def require_usable_licence(licence: str) -> None:
    """Refuse texts that may be passed on only unchanged: a recording of one is an adaptation.

    Raises
    ------
    SittingError : `prompt.form`, field `licence`

    Examples
    --------
    >>> require_usable_licence("CC-BY-4.0")
    >>> try:
    ...     require_usable_licence("CC BY-ND 3.0 TW")
    ... except SittingError as error:
    ...     print(error.code, error.facts["field"])
    prompt.form licence
    """
    if NO_DERIVATIVES.search(licence):
        raise SittingError(
            "prompt.form",
            f"texts under {licence} may not be changed, and a recording is a change: they can be no prompts",
            field="licence",
            licence=licence,
        )


def read_prompts(data: bytes, form: FileForm, *, id_prefix: str = "p") -> PromptFile:
    """Return the prompts of a file, with every change and every fault by the number of its line.

    Parameters
    ----------
    form : "tsv" has a head line with id, text, perhaps reading and target_s (seconds, of topics); "text" a
        sentence a line; "common-voice" a sentence a line, or a table with a column `sentence`, readings in
        brackets after their characters
    id_prefix : the ids of files without ids are this and a hash of the text: the same text, the same id

    Examples
    --------
    >>> found = read_prompts("伊真巧（khá）\\n".encode(), "common-voice")
    >>> found.lines[0].text, found.lines[0].reading, found.lines[0].line
    ('伊真巧', '伊 真 khá', '伊真巧（khá）')
    """
    lines, faults = _decoded(data)
    readers: Mapping[str, Callable[[], Iterator[PromptLine | Fault]]] = {
        "tsv": lambda: _table(lines),
        "text": lambda: _sentences(lines, id_prefix, _plain),
        "common-voice": lambda: _sentences(_sentence_column(lines), id_prefix, _bracketed),
    }
    prompts: list[PromptLine] = []
    repeats: list[Repeat] = []
    first: dict[str, PromptLine] = {}
    for one in readers[form]():
        if isinstance(one, Fault):
            faults.append(one)
        elif (known := first.setdefault(one.id, one)) is one:
            prompts.append(one)
        elif known.text == one.text:
            repeats.append(Repeat(number=one.number, line=one.line, first=known.number))
        else:
            why = f"id {one.id} stands for another text in line {known.number}"
            faults.append(Fault(number=one.number, why=why))
    ordered = tuple(sorted(faults, key=lambda fault: fault.number))
    return PromptFile(lines=tuple(prompts), repeats=tuple(repeats), faults=ordered)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    number: int
    whole: str  # as it stands in the file
    text: str  # the part that is a sentence
    changes: tuple[Change, ...] = ()


def _decoded(data: bytes) -> tuple[list[_Line], list[Fault]]:
    """Return the lines that are text; LF or CR LF ends a line, so a line number is the editor's."""
    lines, faults = [], []
    for number, raw in enumerate(data.removesuffix(b"\n").split(b"\n") if data else [], start=1):
        try:
            whole = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            faults.append(Fault(number=number, why=f"is not UTF-8 (byte {error.start + 1})"))
            continue
        if len(whole) > LONGEST_LINE:
            faults.append(Fault(number=number, why=f"has more than {LONGEST_LINE:,} characters"))
            continue
        lines.append(_Line(number=number, whole=whole, text=whole))
    if lines and lines[0].number == 1 and lines[0].whole.startswith(BYTE_ORDER_MARK):
        mark = Change(kind="byte-order-mark", before=BYTE_ORDER_MARK, after="")
        lines[0] = replace(lines[0], text=lines[0].text[1:], changes=(mark,))
    return lines, faults


def _sentences(
    lines: Sequence[_Line], id_prefix: str, parts: Callable[[_Line], tuple[str, str | None, list[Change]]]
) -> Iterator[PromptLine | Fault]:
    """Yield a prompt for each line that is not blank."""
    for line in lines:
        if not line.text.strip():
            continue
        try:
            text, reading, changes = parts(line)
            yield _prompt(line, _id_of(id_prefix, text), text, reading, changes)
        except SittingError as bad:
            yield Fault(number=line.number, why=str(bad))


def _plain(line: _Line) -> tuple[str, str | None, list[Change]]:
    text, changes = _tidy(line)
    return text, None, changes


def _bracketed(line: _Line) -> tuple[str, str | None, list[Change]]:
    text, changes = _tidy(line)
    bare, reading = split_readings(text)
    if reading is not None:
        changes.append(Change(kind="bracket", before=text, after=bare))
    return bare, reading, changes


def _tidy(line: _Line) -> tuple[str, list[Change]]:
    changes = list(line.changes)
    text = line.text.strip()
    if text != line.text:
        changes.append(Change(kind="edge-blank", before=line.text, after=text))
    composed = normalize("NFC", text)
    if composed != text:
        changes.append(Change(kind="nfc", before=text, after=composed))
    return composed, changes


def _sentence_column(lines: Sequence[_Line]) -> list[_Line]:
    """Return the sentences alone, if this is a table with a column of them."""
    head = lines[0].text.split("\t") if lines else []
    if SENTENCE_COLUMN not in head:
        return list(lines)
    place = head.index(SENTENCE_COLUMN)
    return [replace(line, text=(line.text.split("\t") + [""] * place)[place]) for line in lines[1:]]


def _table(lines: Sequence[_Line]) -> Iterator[PromptLine | Fault]:
    if not lines:
        return
    head = lines[0].text.split("\t")
    wrong = [name for name in head if name not in COLUMNS] + [name for name in NEEDED if name not in head]
    if wrong or len(set(head)) != len(head):
        needs = "needs a head line with the columns id, text and perhaps reading and target_s, each once"
        yield Fault(number=lines[0].number, why=f"{needs}; see {', '.join(wrong) or 'the doubled one'}")
        return
    for line in lines[1:]:
        if line.text.strip():
            yield _row(line, head)


def _row(line: _Line, head: Sequence[str]) -> PromptLine | Fault:
    cells = line.text.split("\t")  # quotation marks in a sentence belong to the sentence
    if len(cells) > len(head):
        return Fault(number=line.number, why=f"has {len(cells)} columns, the head has {len(head)}")
    row = dict(zip(head, cells, strict=False))
    text, changes = _tidy(replace(line, text=row.get("text", "")))
    given = row.get("reading") or None
    reading = None if given is None else normalize("NFC", given)
    if given is not None and reading is not None and reading != given:
        changes.append(Change(kind="reading-nfc", before=given, after=reading))
    try:
        found = _prompt(line, row.get("id", ""), text, reading, changes)
        return replace(found, target_s=_seconds(row.get("target_s", "")))
    except SittingError as bad:
        return Fault(number=line.number, why=str(bad))


def _seconds(cell: str) -> int | None:
    if cell.strip() == "":
        return None
    if not SECONDS.fullmatch(cell.strip()):
        raise SittingError("prompt.form", f"target_s is whole seconds, not {cell[:20]!r}")
    return int(cell)


def _prompt(
    line: _Line, prompt_id: str, text: str, reading: str | None, changes: Sequence[Change]
) -> PromptLine:
    if not prompt_id or not text:
        raise SittingError("prompt.form", f"has no {'text' if prompt_id else 'id'}")
    if "\0" in line.whole:
        raise SittingError("prompt.form", "holds a NUL character, which is no text")
    return PromptLine(
        number=line.number,
        line=line.whole,
        id=prompt_id,
        text=text,
        reading=reading,
        changes=tuple(changes),
    )


def _id_of(prefix: str, text: str) -> str:
    return f"{prefix}-{hashlib.sha256(text.encode()).hexdigest()[:ID_DIGITS]}"
