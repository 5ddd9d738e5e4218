"""`speechcorpus ledger`: holds every posting against its rules and against what was decided."""

import sys
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.ledger_check import check_ledger


@click.group()
def command() -> None:
    """Look at the money of a store."""


@command.command()
@data_option
@database_option
def check(data: Path, database: str | None) -> None:
    """Name every row that breaks a rule, one a line as `rule row`; exit 1 if there is one."""
    store = open_store(data, database)
    store.catalogue.check_version()
    with store.catalogue.read() as session:
        faults = tuple(check_ledger(session))
    for fault in faults:
        click.echo(f"{fault.rule} {fault.object}")
    click.echo(f"{len(faults)} faults in the ledger")
    sys.exit(1 if faults else 0)
