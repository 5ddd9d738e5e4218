"""`speechcorpus fund`: puts outside money into a project's budget."""

from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.funding import fund_project


@click.command()
@click.argument("project")
@click.argument("minor", type=click.IntRange(min=1))
@data_option
@database_option
@click.option("--reference", required=True, help="Of the bank or the contract; each one counts once.")
def command(project: str, minor: int, data: Path, database: str | None, reference: str) -> None:
    """Put MINOR minor units (cents) into the budget of PROJECT."""
    store = open_store(data, database)
    store.catalogue.migrate()
    budget = fund_project(store, project, minor, reference=reference, now=datetime.now(UTC))
    click.echo(f"project {project} was put in {budget.funded_minor}, {budget.budget_minor} is free")
