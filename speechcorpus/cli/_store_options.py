"""Options of every command that works on a data folder."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from speechcorpus.store import store as stores

Command = TypeVar("Command", bound=Callable[..., Any])
BLOBS, ENVIRONMENT = "speechcorpus.blobs", "SPEECHCORPUS_BLOBS"

data_option = click.option("--data", type=click.Path(path_type=Path), required=True, help="The data folder.")


def database_option(command: Command) -> Command:
    """Add `--database` and `--blobs`: where the rows lie and where the bytes do, if not in the folder."""
    database = click.option(
        "--database", envvar="SPEECHCORPUS_DATABASE", help="A database URL; without it SQLite in the folder."
    )
    blobs = click.option(
        "--blobs",
        envvar=ENVIRONMENT,
        expose_value=False,
        callback=_remember_blobs,
        help="s3://bucket/prefix, address and keys as AWS_… variables; without it files in the folder.",
    )
    return database(blobs(command))


def blobs_url() -> str | None:
    """Return what `--blobs` said to the command that runs."""
    context = click.get_current_context(silent=True)
    return None if context is None else context.meta.get(BLOBS)


def open_store(data: Path, database: str | None = None) -> stores.Store:
    """Open the store of the command that runs, its bytes where `--blobs` says.

    Raises
    ------
    StoreError : `blobs.url`
    """
    return stores.open_store(data, database, blobs_url())


def _remember_blobs(context: click.Context, _option: click.Parameter, value: str | None) -> None:
    context.meta[BLOBS] = value


log_format_option = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="One line for each request and each job, for a terminal or for a collector.",
)
