"""What the commands on prompts have in common: where the project is, what coverage is measured against."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store
from speechcorpus.workflows.people import a_manager
from speechcorpus.workflows.prompt_coverage import read_reference
from speechcorpus.workflows.prompt_units import Estimate, taibun_estimate

Command = TypeVar("Command", bound=Callable[..., Any])


def stored(command: Command) -> Command:
    """Add the options that say where the project is and who answers for what is done."""
    options = (
        data_option,
        database_option,
        click.option("--project", required=True, help="The project's id."),
        click.option("--manager", help="Id of the manager who answers for it; the first one unless said."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def compared(command: Command) -> Command:
    """Add the options that say what coverage is measured against."""
    options = (
        click.option(
            "--reference",
            type=click.Path(path_type=Path, exists=True, dir_okay=False),
            help="Columns unit and count, tab-separated; without it the project's own prompts.",
        ),
        click.option(
            "--estimate",
            is_flag=True,
            help="Estimate readings that lack, with taibun (extra prompts; 6.8 % of syllables are wrong).",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def reference_of(path: Path | None) -> dict[str, int] | None:
    """Return the counts of a reference table, or None."""
    if path is None:
        return None
    try:
        return read_reference(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise StoreError("reference.form", f"{path.name} is not UTF-8 (byte {error.start + 1})") from error


def estimate_of(wanted: bool) -> Estimate | None:
    """Return how to estimate readings, if it is wanted."""
    # never by itself: with and without the package two machines would choose two lists
    return taibun_estimate() if wanted else None


def opened(data: Path, database: str | None, manager: str | None) -> tuple[Store, Actor]:
    """Return the store and the manager who answers for what is done."""
    store = open_store(data, database)
    store.catalogue.check_version()
    return store, a_manager(store, manager)
