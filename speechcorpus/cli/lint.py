"""`speechcorpus lint`: checks transcripts, one a line or one a row of a table."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, get_args

import click

from speechcorpus.cli._lines import InputFormat, Line, column_option, format_option, json_line, read_input
from speechcorpus.cli._view import fits, marked, visible
from speechcorpus.domain.transcript import (
    ClipKind,
    Orthography,
    Script,
    TranscriptProfile,
    Variety,
    Violation,
)
from speechcorpus.transcribe.check import check
from speechcorpus.transcribe.fix import safe_fix
from speechcorpus.transcribe.tables import Tables
from speechcorpus.workflows.rule_tables import ENVIRONMENT, rule_tables


@click.command()
@click.argument("file", type=click.File("rb"), default="-")
@click.option("--variety", type=click.Choice(get_args(Variety)), required=True, help="What is spoken.")
@click.option("--script", type=click.Choice(get_args(Script)), default="Hant", show_default=True)
@click.option("--orthography", type=click.Choice(get_args(Orthography)), default="hanji", show_default=True)
@click.option("--kind", type=click.Choice(get_args(ClipKind)), default="read", show_default=True)
@click.option(
    "--moe-variants",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    envvar=ENVIRONMENT,
    help="A folder with your copy of the Ministry's variants (x-異用字.json and 詞目總檔.csv).",
)
@format_option
@column_option
@click.option("--fix", is_flag=True, help="Print the lines, or the table, with every safe fix made.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def command(
    file: IO[bytes],
    variety: Variety,
    script: Script,
    orthography: Orthography,
    kind: ClipKind,
    moe_variants: Path | None,
    input_format: InputFormat | None,
    column: str,
    fix: bool,
    as_json: bool,
) -> None:
    """Check transcripts in FILE or on standard input: one a line, or a table (.tsv, .jsonl).

    Exit status: 0 without an error, 1 if an error remains in what is printed, 2 if the input or the
    options cannot be used.
    """
    profile = TranscriptProfile(variety=variety, script=script, orthography=orthography, kind=kind)
    tables, source = rule_tables(moe_variants), read_input(file, input_format, column)
    remaining: list[Violation] = []
    if fix and not as_json and source.header is not None:
        _print_as_it_ends(source.header)
    for line in source.lines:
        violations = check(line.text, profile, tables)
        fixed = _fixed(line.text, violations, profile, tables)
        left = check(fixed, profile, tables) if fix and fixed != line.text else violations
        remaining += left
        if as_json:
            _print_json(line, fixed, violations)
        elif fix:
            _print_as_it_ends(line.with_text(fixed))
            _explain(line.number, fixed, left, fixed, to_stderr=True)
        else:
            _explain(line.number, line.text, left, fixed, to_stderr=False)
    errors = sum(violation.severity == "error" for violation in remaining)
    _summarise(len(source.lines), errors, remaining, profile, tables)
    sys.exit(1 if errors else 0)


def _fixed(text: str, violations: Sequence[Violation], profile: TranscriptProfile, tables: Tables) -> str:
    if any(
        violation.fix == "safe" for violation in violations
    ):  # otherwise the text would come back as it is
        return safe_fix(text, profile, tables).text
    return text


def _print_as_it_ends(line: str) -> None:
    click.echo(line.encode(), nl=False)  # bytes: no system writes another end of line


def _print_json(line: Line, fixed: str, violations: Sequence[Violation]) -> None:
    record: dict[str, object] = {
        "text": line.text,
        "fixed": fixed,
        "violations": [violation.to_json() for violation in violations],
    }
    if line.id is not None:
        record["id"] = line.id
    click.echo(json_line(record))


def _explain(number: int, text: str, violations: Sequence[Violation], fixed: str, *, to_stderr: bool) -> None:
    head, is_whole = f"{number}: ", fits(text)
    if violations and is_whole:
        click.echo(head + visible(text), err=to_stderr)
    for violation in violations:
        shown, marks = marked(text, violation.start, violation.end)
        if not is_whole:
            click.echo(head + shown, err=to_stderr)
        colour = "red" if violation.severity == "error" else "yellow"
        click.echo(click.style(" " * len(head) + marks, fg=colour), err=to_stderr)
        name = click.style(f"{violation.severity} {violation.rule}", fg=colour, bold=True)
        click.echo(f"  {name}  {visible(violation.reason)}{_way_out(violation)}", err=to_stderr)
    if fixed != text and fits(fixed):
        click.echo(f"  with --fix: {visible(fixed)}", err=to_stderr)


def _way_out(violation: Violation) -> str:
    if violation.fix == "safe":
        return f" [--fix: {_shown(violation.candidates[0])}]"
    if violation.candidates:
        return f" [choose: {' | '.join(map(_shown, violation.candidates))}]"
    return ""


def _shown(candidate: str) -> str:
    return f"“{visible(candidate)}”" if candidate else "delete"


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
