"""`speechcorpus round`: announces, lists and calls off draws."""

from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.workflows.people import a_manager
from speechcorpus.workflows.rounds import announce_round, cancel_round
from speechcorpus.workflows.views.rounds import all_rounds

manager_option = click.option(
    "--manager", help="Id of the manager who answers for it; the first one unless said."
)


@click.group()
def command() -> None:
    """Give tasks out by lot when more people want them than there are."""


@command.command()
@click.argument("project")
@data_option
@database_option
@manager_option
@click.option("--band", "bands", multiple=True, help="Only tasks of this band; may be said again.")
@click.option("--style", "styles", multiple=True, help="Only tasks of this style; may be said again.")
@click.option("--most", type=click.IntRange(min=1), help="At most so many tasks.")
@click.option(
    "--opens",
    type=click.DateTime(["%Y-%m-%dT%H:%M"]),
    help="When tickets are taken, UTC; as soon as the terms allow unless said.",
)
def announce(
    project: str,
    data: Path,
    database: str | None,
    manager: str | None,
    bands: tuple[str, ...],
    styles: tuple[str, ...],
    most: int | None,
    opens: datetime | None,
) -> None:
    """Put open tasks of PROJECT into a draw and print its id and the commit to its seed."""
    store = open_store(data, database)
    store.catalogue.check_version()
    round_id = announce_round(
        store,
        a_manager(store, manager),
        project,
        bands=bands,
        styles=styles,
        most=most,
        opens_at=None if opens is None else opens.replace(tzinfo=UTC),
        now=datetime.now(UTC),
    )
    (made,) = [each for each in all_rounds(store, project) if each.round_id == round_id]
    click.echo(f"round {round_id}: {made.tasks} tasks, open {made.opens_at:%Y-%m-%d %H:%M} UTC")


@command.command(name="list")
@data_option
@database_option
@click.option("--project", help="Only rounds of this project.")
def list_rounds(data: Path, database: str | None, project: str | None) -> None:
    """Print every round with its odds, the newest first; also those that were called off."""
    store = open_store(data, database)
    store.catalogue.check_version()
    for each in all_rounds(store, project):
        odds = f"{each.served} of {each.entries} served, {each.tasks} tasks"
        why = f", {each.reason}" if each.reason else ""
        click.echo(f"{each.round_id} {each.state} closes {each.closes_at:%Y-%m-%d %H:%M} UTC, {odds}{why}")


@command.command()
@click.argument("round_id", metavar="ROUND")
@data_option
@database_option
@manager_option
@click.option("--reason", required=True, help="Why; it stays on the public page.")
def cancel(round_id: str, data: Path, database: str | None, manager: str | None, reason: str) -> None:
    """Call ROUND off before its close; its seed is revealed and its tasks are open to all."""
    store = open_store(data, database)
    store.catalogue.check_version()
    cancel_round(store, a_manager(store, manager), round_id, reason=reason, now=datetime.now(UTC))
    click.echo(f"round {round_id} is cancelled")
