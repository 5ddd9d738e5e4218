"""`speechcorpus prompts`: brings sentences into a project, chooses among them, shows what was covered."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import click

from speechcorpus.cli._prompt_options import compared, estimate_of, opened, reference_of, stored
from speechcorpus.record.prompt_import import FileForm
from speechcorpus.record.prompts import Per
from speechcorpus.workflows.projects import KINDS, VARIETIES, make_tasks
from speechcorpus.workflows.prompt_coverage import (
    Chosen,
    Part,
    choose_prompts,
    coverage_report,
)
from speechcorpus.workflows.prompt_import import Imported, import_prompt_file

SHOWN_LINES = 20


@click.group()
def command() -> None:
    """Bring prompts into a project, choose which to record next, show what is covered."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@stored
@click.option("--variety", type=click.Choice(VARIETIES), required=True, help="What is spoken.")
@click.option("--kind", type=click.Choice(KINDS), default="read", show_default=True)
@click.option("--licence", required=True, help="Of the texts, for example CC0-1.0; none without derivatives.")
@click.option(
    "--form",
    type=click.Choice(get_args(FileForm)),
    default="tsv",
    show_default=True,
    help="tsv: columns id, text, reading. text: a sentence a line. common-voice: readings in brackets.",
)
@click.option("--id-prefix", default="p", show_default=True, help="Of ids made here, where FILE has none.")
@click.option("--skip-faults", is_flag=True, help="Leave out lines that are no prompts; the log keeps them.")
@click.option("--items-per-task", type=click.IntRange(min=1), default=12, show_default=True)
@click.option("--no-tasks", is_flag=True, help="Make no tasks yet: choose first, with prompts select.")
@click.option("--json", "as_json", is_flag=True, help="Print every line, change and remark as JSON.")
def import_(
    file: Path,
    data: Path,
    database: str | None,
    project: str,
    manager: str | None,
    variety: str,
    kind: str,
    licence: str,
    form: FileForm,
    id_prefix: str,
    skip_faults: bool,
    items_per_task: int,
    no_tasks: bool,
    as_json: bool,
) -> None:
    """Import FILE and make tasks of the prompts that have none yet.

    The line each prompt was made of is kept with every change to it. What the checker of transcripts would
    say of a text, such as a missing final mark, is told by line; nothing but brackets, blanks at the ends
    and the composition of characters is changed.

    Exit 0: imported. 2: a line is no prompt, the licence allows no changes, or the command was wrong.
    """
    (store, actor), now = opened(data, database, manager), datetime.now(UTC)
    done = import_prompt_file(
        store,
        actor,
        project,
        file.read_bytes(),
        file_name=file.name,
        form=form,
        variety=variety,
        kind=kind,
        licence=licence,
        id_prefix=id_prefix,
        skip_faults=skip_faults,
        now=now,
    )
    tasks = 0 if no_tasks else make_tasks(store, actor, project, items_per_task=items_per_task, now=now)
    _tell(done)
    if as_json:
        click.echo(json.dumps({**done.to_json(), "tasks": tasks}, ensure_ascii=False))
        return
    click.echo(f"{len(done.new)} prompts are new, {tasks} tasks were made")


def _tell(done: Imported) -> None:
    """Say on standard error what was left out, changed and remarked, by line."""
    said = [f"line {one.number} {one.why}: left out" for one in done.skipped]
    said += [f"line {one.number} repeats line {one.first}: left out" for one in done.repeats]
    said += [f"line {one.number}: {one.rule}, {one.reason}" for one in done.remarks]
    for sentence in said[:SHOWN_LINES]:
        click.echo(sentence, err=True)
    if len(said) > SHOWN_LINES:
        click.echo(f"and {len(said) - SHOWN_LINES} more: --json prints all", err=True)
    changes = Counter(change.kind for line in done.lines for change in line.changes)
    rules = Counter(one.rule for one in done.remarks)
    for name, counts in (("changes", changes), ("remarks", rules)):
        if counts:
            listed = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))
            click.echo(f"{name}: {listed}", err=True)


@command.command("select")
@stored
@compared
@click.option("--count", type=click.IntRange(min=1), required=True, help="So many prompts for each speaker.")
@click.option("--speaker", "speakers", multiple=True, help="A pseudonym, like c-0001; may be repeated.")
@click.option("--each", type=click.IntRange(min=1), default=1, show_default=True, help="Every unit so often.")
@click.option("--syllables", type=click.IntRange(min=1), help="The planned size: units in their share of it.")
@click.option(
    "--per",
    type=click.Choice(get_args(Per)),
    default="syllable",
    show_default=True,
    help="What to make the most of: speaking time, or a fixed number of prompts.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draws which speaker chooses first.")
@click.option("--tasks", is_flag=True, help="Make tasks of what was chosen and has none yet.")
@click.option("--items-per-task", type=click.IntRange(min=1), default=12, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def select(
    data: Path,
    database: str | None,
    project: str,
    manager: str | None,
    reference: Path | None,
    estimate: bool,
    count: int,
    speakers: tuple[str, ...],
    each: int,
    syllables: int | None,
    per: Per,
    seed: int,
    tasks: bool,
    items_per_task: int,
    as_json: bool,
) -> None:
    """Choose the prompts that fill the gaps of what is accepted so far.

    A unit is a Tâi-lô syllable with its tone, for Mandarin a Han character. Prints speaker, prompt, gain, new
    units and whether they were estimated; the same store, options and seed give the same list.
    """
    store, actor = opened(data, database, manager)
    chosen = choose_prompts(
        store,
        actor,
        project,
        count=count,
        speakers=speakers,
        reference=reference_of(reference),
        each=each,
        syllables=syllables,
        per=per,
        seed=seed,
        estimate=estimate_of(estimate),
    )
    made = 0
    if tasks:
        wanted, now = chosen.prompt_ids, datetime.now(UTC)
        made = make_tasks(store, actor, project, items_per_task=items_per_task, only=wanted, now=now)
    if as_json:
        click.echo(json.dumps({**chosen.to_json(), "tasks": made}, ensure_ascii=False))
        return
    _print_choices(chosen)
    if tasks:
        click.echo(f"{made} tasks were made", err=True)


def _print_choices(chosen: Chosen) -> None:
    click.echo("speaker\tprompt\tgain\tnew\testimated")
    for speaker, choices in chosen.choices.items():
        for one in choices:
            new = " ".join(one.new_units)
            guessed = "estimated" if one.estimated else ""
            click.echo(f"{speaker or '*'}\t{one.prompt_id}\t{one.gain:.4f}\t{new}\t{guessed}")
    before, after = chosen.before, chosen.after
    click.echo(
        f"covered now {before.covered} of {after.types} types, with these {after.covered} "
        f"({_percent(after.share)})",
        err=True,
    )
    _tell_silent(chosen.silent)


@command.command()
@stored
@compared
@click.option(
    "--report", type=click.Path(path_type=Path, file_okay=False), help="Also write a page here (matplotlib)."
)
@click.option("--report-language", type=click.Choice(["en", "zh-Hant"]), default="en", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every missing unit.")
def coverage(
    data: Path,
    database: str | None,
    project: str,
    manager: str | None,
    reference: Path | None,
    estimate: bool,
    report: Path | None,
    report_language: str,
    as_json: bool,
) -> None:
    """Show which units accepted recordings cover, whole and by speaker and band, and which are missing.

    Refused and withdrawn recordings count nothing.
    """
    store, actor = opened(data, database, manager)
    found = coverage_report(
        store, actor, project, reference=reference_of(reference), estimate=estimate_of(estimate)
    )
    if report is not None:
        from speechcorpus.workflows.prompt_report import write_coverage_report  # it draws

        write_coverage_report(report, found, language=report_language)
    if as_json:
        click.echo(json.dumps(found.to_json(), ensure_ascii=False))
        return
    click.echo("speaker\tband\trecordings\tsyllables\ttypes\tcoverage\trunning\tdistance")
    for part in (found.whole, *found.parts):
        click.echo(_part_line(part))
    rarest = " ".join(one.unit for one in found.whole.coverage.missing[:SHOWN_LINES])
    click.echo(f"missing, rarest first: {rarest or 'nothing'}", err=True)
    _tell_silent(found.silent)


def _part_line(part: Part) -> str:
    of = part.coverage
    distance = "–" if of.distance is None else f"{of.distance:.3f}"
    return "\t".join(
        (
            part.speaker or "*",
            part.band or "*",
            str(part.recordings),
            str(of.units),
            f"{of.covered}/{of.types}",
            _percent(of.share),
            _percent(of.running_share),
            distance,
        )
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _tell_silent(silent: tuple[str, ...]) -> None:
    if silent:
        click.echo(f"{len(silent)} prompts have no whole reading and count nothing: --estimate", err=True)
