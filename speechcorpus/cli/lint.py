"""`speechcorpus lint`: checks transcripts, one a line."""

import json
import sys
import unicodedata
from collections.abc import Sequence
from typing import IO, get_args

import click

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import (
    ClipKind,
    Orthography,
    Script,
    TranscriptProfile,
    Variety,
    Violation,
)
from speechcorpus.transcribe.check import check, refuse_unreadable
from speechcorpus.transcribe.fix import safe_fix
from speechcorpus.transcribe.tables import Tables
from speechcorpus.workflows.rule_tables import rule_tables


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--variety", type=click.Choice(get_args(Variety)), required=True, help="What is spoken.")
@click.option("--script", type=click.Choice(get_args(Script)), default="Hant", show_default=True)
@click.option("--orthography", type=click.Choice(get_args(Orthography)), default="hanji", show_default=True)
@click.option("--kind", type=click.Choice(get_args(ClipKind)), default="read", show_default=True)
@click.option("--fix", is_flag=True, help="Print the lines with every safe fix made.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(
    file: IO[bytes],
    variety: Variety,
    script: Script,
    orthography: Orthography,
    kind: ClipKind,
    fix: bool,
    as_json: bool,
) -> None:
    """Check transcripts, one a line, in FILE or on standard input.

    Exit status: 0 without an error, 1 if an error remains in what is printed, 2 if the input or the
    options cannot be used.
    """
    profile = TranscriptProfile(variety=variety, script=script, orthography=orthography, kind=kind)
    tables, lines = rule_tables(), decode_lines(file.read())
    remaining: list[Violation] = []
    for number, text in enumerate(lines, start=1):
        violations = check(text, profile, tables)
        fixed = safe_fix(text, profile, tables).text if fix or as_json else text
        left = check(fixed, profile, tables) if fix else violations
        remaining += left
        if as_json:
            _print_json(text, fixed, violations)
        elif fix:
            click.echo(fixed)
        _explain(number, fixed if fix else text, left, to_stderr=fix, quiet=as_json)
    errors = sum(violation.severity == "error" for violation in remaining)
    _summarise(len(lines), errors, remaining, profile, tables)
    sys.exit(1 if errors else 0)


def decode_lines(data: bytes) -> tuple[str, ...]:
    """Return the lines of a UTF-8 text; LF or CR LF ends a line.

    Raises
    ------
    TranscriptError : `transcript.utf8`, `transcript.surrogate` or `transcript.too-long`, with the line number
    """
    return tuple(
        _decode_line(line.removesuffix(b"\r"), number)
        for number, line in enumerate(data.removesuffix(b"\n").split(b"\n") if data else [], start=1)
    )


def _decode_line(line: bytes, number: int) -> str:
    try:
        text = line.decode()
        refuse_unreadable(text)
    except UnicodeDecodeError as error:
        raise TranscriptError(
            "transcript.utf8",
            f"line {number} is not UTF-8 (byte {error.start + 1})",
            line=number,
            byte=error.start + 1,
        ) from None
    except TranscriptError as error:
        raise TranscriptError(error.code, f"line {number}: {error}", line=number, **error.facts) from None
    return text


def _print_json(text: str, fixed: str, violations: Sequence[Violation]) -> None:
    record = {"text": text, "fixed": fixed, "violations": [violation.to_json() for violation in violations]}
    click.echo(json.dumps(record, ensure_ascii=False))


def _explain(
    number: int, text: str, violations: Sequence[Violation], *, to_stderr: bool, quiet: bool
) -> None:
    if quiet or not violations:
        return
    click.echo(f"{number}: {visible(text)}", err=to_stderr)
    for violation in violations:
        colour = "red" if violation.severity == "error" else "yellow"
        before = len(f"{number}: ") + width(visible(text[: violation.start]))
        under = " " * before + "^" * max(width(visible(violation.found)), 1)
        click.echo(click.style(under, fg=colour), err=to_stderr)
        head = click.style(f"{violation.severity} {violation.rule}", fg=colour, bold=True)
        click.echo(f"  {head}  {violation.reason}{_way_out(violation)}", err=to_stderr)


def _way_out(violation: Violation) -> str:
    if violation.fix == "safe":
        return f" [--fix: {_shown(violation.candidates[0])}]"
    if violation.candidates:
        return f" [choose: {' | '.join(map(_shown, violation.candidates))}]"
    return ""


def _shown(candidate: str) -> str:
    return f"“{visible(candidate)}”" if candidate else "delete"


def visible(text: str) -> str:
    """The text for a terminal: what cannot be seen, or would move the cursor, by its code point.

    Examples
    --------
    >>> visible("a\\u200bb\\tc")
    'a<U+200B>b<U+0009>c'
    """
    hidden = ("Cc", "Cf", "Zl", "Zp")
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in hidden else c for c in text)


def width(text: str) -> int:
    """Columns that a text takes in a terminal: two for a wide character, none for a combining mark.

    Examples
    --------
    >>> width("𪜶 a̍")
    4
    """
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _summarise(
    lines: int, errors: int, violations: Sequence[Violation], profile: TranscriptProfile, tables: Tables
) -> None:
    warnings = len(violations) - errors
    fixable = sum(violation.fix == "safe" for violation in violations)
    click.echo(
        f"Lines: {lines} as {profile.variety} {profile.script}. Errors: {errors}, warnings: {warnings}"
        + (f", repaired by --fix: {fixable}" if fixable else "")
        + f" (rule book {tables.version[:12]})",
        err=True,
    )
