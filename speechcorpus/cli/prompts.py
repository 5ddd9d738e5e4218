"""`speechcorpus prompts`: brings the sentences to be read into a project."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.store.store import open_store
from speechcorpus.workflows.people import a_manager
from speechcorpus.workflows.projects import import_prompts, make_tasks

VARIETIES = ("nan-TW", "nan-CN", "cmn-TW")
KINDS = ("read", "monologue", "dialogue")


@click.group()
def command() -> None:
    """Bring prompts into a project and make tasks of them."""


@command.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--data", type=click.Path(path_type=Path), required=True, help="The data folder.")
@click.option(
    "--database", envvar="SPEECHCORPUS_DATABASE", help="A database URL; without it SQLite in the folder."
)
@click.option("--project", required=True, help="The project's id.")
@click.option("--variety", type=click.Choice(VARIETIES), required=True, help="What is spoken.")
@click.option("--kind", type=click.Choice(KINDS), default="read", show_default=True)
@click.option("--licence", required=True, help="Of the texts, for example CC0-1.0.")
@click.option("--items-per-task", type=click.IntRange(min=1), default=12, show_default=True)
@click.option("--manager", help="Id of the manager who answers for it; the first one unless said.")
def import_(
    file: Path,
    data: Path,
    database: str | None,
    project: str,
    variety: str,
    kind: str,
    licence: str,
    items_per_task: int,
    manager: str | None,
) -> None:
    """Import FILE (tab-separated: id, text, reading) and make tasks of what has none yet."""
    rows = [{**row, "variety": variety, "kind": kind, "licence": licence} for row in _rows(file)]
    store = open_store(data, database)
    store.catalogue.check_version()
    actor, now = a_manager(store, manager), datetime.now(UTC)
    prompts = import_prompts(store, actor, project, rows, now)
    tasks = make_tasks(store, actor, project, items_per_task=items_per_task, now=now)
    click.echo(f"{prompts} prompts are new, {tasks} tasks were made")


def _rows(file: Path) -> list[dict[str, str | None]]:
    with file.open(encoding="utf-8", newline="") as lines:
        # quotation marks in a sentence belong to the sentence
        rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [{key: value or None for key, value in row.items() if key} for row in rows]
