"""`speechcorpus project`: opens a project under its terms, brings in consent texts."""

from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.people import a_manager
from speechcorpus.workflows.price_raises import raise_prices
from speechcorpus.workflows.projects import create_project
from speechcorpus.workflows.terms_files import read_consent_texts, read_terms, read_texts


@click.group()
def command() -> None:
    """Open a project under its terms; bring in consent texts for its next ones."""


@command.command()
@click.argument("terms", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@data_option
@database_option
@click.option("--title", help="What people see; the project's id unless said.")
@click.option("--manager", help="Id of the manager who answers for it; the first one unless said.")
def create(terms: Path, data: Path, database: str | None, title: str | None, manager: str | None) -> None:
    """Publish TERMS (TOML) with the consent texts beside it; published terms are immutable."""
    promised = read_terms(terms)
    texts = read_consent_texts(terms, promised)
    store = open_store(data, database)
    store.catalogue.migrate()
    keep_consent_texts(store, texts)
    actor = a_manager(store, manager)
    project_id = create_project(
        store, actor, terms=promised, title=title or promised.project.id, now=datetime.now(UTC)
    )
    click.echo(f"project {project_id} is open under terms {promised.sha256}")


@command.command()
@click.argument("stem", type=click.Path(path_type=Path))
@data_option
@database_option
def texts(stem: Path, data: Path, database: str | None) -> None:
    """Keep the consent text STEM_<language>.md in all its languages and print the hash terms name it by."""
    store = open_store(data, database)
    store.catalogue.migrate()
    click.echo(keep_consent_texts(store, read_texts(stem)))


@command.command("raise-prices")
@click.argument("project")
@data_option
@database_option
@click.option("--record", type=click.IntRange(min=1), required=True, help="Minor units, not below today's.")
@click.option(
    "--transcribe", type=click.IntRange(min=1), required=True, help="Minor units, not below today's."
)
@click.option("--manager", help="Id of the manager who answers for it; the first one unless said.")
def raise_prices_command(
    project: str, data: Path, database: str | None, record: int, transcribe: int, manager: str | None
) -> None:
    """Raise what the active claims of PROJECT are paid; new claims follow the published terms."""
    store = open_store(data, database)
    store.catalogue.migrate()
    actor, now = a_manager(store, manager), datetime.now(UTC)
    gained = raise_prices(store, actor, project, record=record, transcribe=transcribe, now=now)
    click.echo(f"{gained} claims gain")
