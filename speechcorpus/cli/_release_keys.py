"""`speechcorpus release keys`: the keys that sign releases on this server."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import database_option, open_store
from speechcorpus.workflows.release_keys import key_list, rotate_release_key

data_option = click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True
)


@click.group()
def keys() -> None:
    """Show or change the keys that sign releases on a server; they are not those of receipts."""


@keys.command()
@data_option
def show(data: Path) -> None:
    """Print the list of all keys as the portal publishes it, the one in use last."""
    click.echo(json.dumps({"keys": key_list(open_store(data))}, indent=1))


@keys.command()
@data_option
@database_option
@click.option("--revoke", is_flag=True, help="The old key may have been read by others: trust it no more.")
def rotate(data: Path, database: str | None, *, revoke: bool) -> None:
    """Sign with a new key from now on. What is built and not yet approved is built anew for it."""
    click.echo(rotate_release_key(open_store(data, database), revoke=revoke, now=datetime.now(UTC)))
