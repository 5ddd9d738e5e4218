"""`speechcorpus project`: opens a project under its terms."""

from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option
from speechcorpus.store.store import open_store
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.people import a_manager
from speechcorpus.workflows.projects import create_project
from speechcorpus.workflows.terms_files import read_consent_texts, read_terms


@click.group()
def command() -> None:
    """Open a project under its terms."""


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
