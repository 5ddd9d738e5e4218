"""`speechcorpus people`: invites contributors and staff by a link, and helps staff who lost their keys."""

from datetime import UTC, datetime
from pathlib import Path
from typing import cast, get_args

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.domain.actor import Role
from speechcorpus.store.store import Store
from speechcorpus.workflows.impartial import by_name, declare_own_account
from speechcorpus.workflows.invites import new_contributor
from speechcorpus.workflows.own_factors import forget_factors
from speechcorpus.workflows.passwords import give_password
from speechcorpus.workflows.payout_accounts import rotate_house_key
from speechcorpus.workflows.people import (
    STAFF_ROLES,
    a_manager,
    create_contributor,
    create_staff,
    staff_of_name,
)
from speechcorpus.workflows.qualifications import VARIETIES
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff

LOCALES = ("zh-Hant", "zh-Hans", "nan-Hant", "en")
role_option = click.option("--role", type=click.Choice(STAFF_ROLES), required=True)
name_option = click.option("--name", required=True, help="Of a member of staff.")


@click.group()
def command() -> None:
    """Invite people."""


@command.command()
@data_option
@database_option
@click.option("--role", type=click.Choice(get_args(Role)), required=True)
@click.option("--name", help="Of a member of staff; contributors have a pseudonym alone.")
@click.option("--locale", type=click.Choice(LOCALES), default="zh-Hant", show_default=True)
@click.option(
    "--vouched-for",
    type=click.Choice(VARIETIES),
    help="A variety this contributor is known to speak: no audition. The first manager answers for it.",
)
@click.option("--again", is_flag=True, help="A new link for the member of staff who has this name and role.")
@click.option("--address", default="http://localhost:8000", show_default=True, help="Where the server is.")
def invite(
    data: Path,
    database: str | None,
    role: str,
    name: str | None,
    locale: str,
    vouched_for: str | None,
    again: bool,
    address: str,
) -> None:
    """Make an account, or take one that is there, and print a sign-in link, good once and for 14 days."""
    if (name is None) != (role == "contributor"):
        raise click.UsageError("--name is for staff, and staff have one")
    if vouched_for and role != "contributor":
        raise click.UsageError("--vouched-for is for contributors")
    if again and role == "contributor":
        raise click.UsageError("--again is for staff; contributors are invited again on the page of people")
    store = open_store(data, database)
    store.catalogue.migrate()
    address, now = address.rstrip("/"), datetime.now(UTC)
    if vouched_for:
        invite = new_contributor(store, a_manager(store), locale=locale, vouched_for=vouched_for, now=now)
        click.echo(f"{address}{invite.path}#{invite.token}")
    elif again:
        token = invite_staff(store, staff_of_name(store, name or "", cast("Role", role)), now=now)
        click.echo(f"{address}/staff/join#{token}")
    else:
        click.echo(_link(store, cast("Role", role), name or "", locale, address, now))


@command.command(name="own-account")
@data_option
@database_option
@click.option("--staff", required=True, help="Name of a member of staff who also works as a contributor.")
@click.option("--contributor", required=True, help="The pseudonym they work under, c-0001 …")
def own_account(data: Path, database: str | None, staff: str, contributor: str) -> None:
    """Say that both are one person: nobody judges their own work, their partners', or who judged theirs."""
    store = open_store(data, database)
    staff_id, contributor_id = by_name(store, staff, contributor)
    declare_own_account(
        store, a_manager(store), staff_id=staff_id, contributor_id=contributor_id, now=datetime.now(UTC)
    )
    click.echo(f"{staff} is {contributor}")


def _link(store: Store, role: Role, name: str, locale: str, address: str, now: datetime) -> str:
    if role == "contributor":
        contributor_id = create_contributor(store, locale=locale, now=now)
        return f"{address}/join#{invite_contributor(store, contributor_id, now=now)}"
    staff_id = create_staff(store, name=name, role=role, locale=locale, now=now)
    return f"{address}/staff/join#{invite_staff(store, staff_id, now=now)}"


@command.command(name="set-password")
@data_option
@database_option
@role_option
@name_option
def set_password(data: Path, database: str | None, role: str, name: str) -> None:
    """Give a member of staff, who sits here and types it, a password; all their sign-ins end."""
    store = open_store(data, database)
    store.catalogue.migrate()
    staff_id = staff_of_name(store, name, cast("Role", role))
    password = click.prompt("New password", hide_input=True, confirmation_prompt=True, err=True)
    give_password(store, staff_id, password, now=datetime.now(UTC))
    click.echo(f"{name} signs in with this password from now on")


@command.command(name="forget-keys")
@data_option
@database_option
@role_option
@name_option
def forget_keys(data: Path, database: str | None, role: str, name: str) -> None:
    """Take passkeys and password from who lost them, and end every sign-in; a link lets them in again."""
    store = open_store(data, database)
    store.catalogue.migrate()
    count = forget_factors(store, staff_of_name(store, name, cast("Role", role)), now=datetime.now(UTC))
    click.echo(f"{count} taken away; speechcorpus people invite --again makes a link")


@command.command(name="rotate-identity-key")
@data_option
@database_option
def rotate_identity_key(data: Path, database: str | None) -> None:
    """Wrap the key of each person's payout account in a new key of the house (`keys/identity.keys`)."""
    count = rotate_house_key(open_store(data, database), now=datetime.now(UTC))
    click.echo(f"{count} wrapped anew; the key before stays until the next rotation")
