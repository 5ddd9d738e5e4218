"""`speechcorpus people`: invites contributors and staff by a link."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

import click

from speechcorpus.cli._store_options import data_option, database_option
from speechcorpus.domain.actor import Role
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff

LOCALES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")


@click.group()
def command() -> None:
    """Invite people."""


@command.command()
@data_option
@database_option
@click.option("--role", type=click.Choice(get_args(Role)), required=True)
@click.option("--name", help="Of a member of staff; contributors have a pseudonym alone.")
@click.option("--locale", type=click.Choice(LOCALES), default="zh-Hant", show_default=True)
@click.option("--address", default="http://localhost:8000", show_default=True, help="Where the server is.")
def invite(data: Path, database: str | None, role: str, name: str | None, locale: str, address: str) -> None:
    """Make an account and print its sign-in link, good once and for 14 days."""
    if (name is None) != (role == "contributor"):
        raise click.UsageError("--name is for staff, and staff have one")
    store = open_store(data, database)
    store.catalogue.migrate()
    click.echo(_link(store, cast("Role", role), name or "", locale, address.rstrip("/"), datetime.now(UTC)))


def _link(store: Store, role: Role, name: str, locale: str, address: str, now: datetime) -> str:
    if role == "contributor":
        contributor_id = create_contributor(store, locale=locale, now=now)
        return f"{address}/join#{invite_contributor(store, contributor_id, now=now)}"
    staff_id = create_staff(store, name=name, role=role, locale=locale, now=now)
    return f"{address}/staff/join#{invite_staff(store, staff_id, now=now)}"
