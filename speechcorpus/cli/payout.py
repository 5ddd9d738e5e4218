"""`speechcorpus payout`: proposes, approves and ends payments; each with a password of their own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._store_options import data_option, database_option, open_store
from speechcorpus.store.store import Store
from speechcorpus.workflows.password_sign_in import enter_at_shell
from speechcorpus.workflows.payments import PaymentEvent, end_payments, send_payout
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from speechcorpus.workflows.sign_in import SignedIn, sign_out
from speechcorpus.workflows.views.payouts import PayoutRow, PayoutsView, payouts_view

name_option = click.option("--name", prompt="Your name", help="Of the person who acts.")


@click.group()
def command() -> None:
    """Pay what is owed: one person proposes, another approves."""


@command.command("list")
@data_option
@database_option
@name_option
@click.option("--project", help="The newest one unless said.")
def list_(data: Path, database: str | None, name: str, project: str | None) -> None:
    """Say what is owed and where the payouts stand."""
    with _signed(_store(data, database), name) as (store, signed, now):
        view = payouts_view(store, signed, project, now=now)
    if view is None:
        click.echo("no project yet")
        return
    click.echo(f"project {view.project_id}: {_money(view, view.owed_minor)} owed to {view.owed_people}")
    for row in view.payouts:
        click.echo(_line(view, row))


@command.command()
@click.argument("project")
@data_option
@database_option
@name_option
def propose(project: str, data: Path, database: str | None, name: str) -> None:
    """Propose to pay everything PROJECT owes, and print the payout's id."""
    with _signed(_store(data, database), name) as (store, signed, now):
        click.echo(propose_payout(store, signed, project, now=now))


@command.command()
@click.argument("payout")
@click.option("--sha256", required=True, help="The id of the batch that was looked at, as `list` prints it.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Send it too: the file for the bank.",
)
@data_option
@database_option
@name_option
def approve(payout: str, sha256: str, out: Path | None, data: Path, database: str | None, name: str) -> None:
    """Approve PAYOUT, which another person proposed."""
    with _signed(_store(data, database), name) as (store, signed, now):
        approve_payout(store, signed, payout, sha256=sha256, now=now)
        if out is not None:
            _write(store, signed, payout, out, now)


@command.command()
@click.argument("payout")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True)
@data_option
@database_option
@name_option
def send(payout: str, out: Path, data: Path, database: str | None, name: str) -> None:
    """Write the approved batch of PAYOUT to a file for the bank; again it writes the same bytes."""
    with _signed(_store(data, database), name) as (store, signed, now):
        _write(store, signed, payout, out, now)


@command.command()
@click.argument("payout")
@click.option("--reference", required=True, help="Of the bank.")
@click.option("--contributor", help="Id of one person of the batch; all that are under way unless said.")
@data_option
@database_option
@name_option
def settle(
    payout: str,
    reference: str,
    contributor: str | None,
    data: Path,
    database: str | None,
    name: str,
) -> None:
    """Note that payments of PAYOUT arrived; each person has a receipt then."""
    _end(data, database, name, payout, "settle", reference, contributor)


@command.command()
@click.argument("payout")
@click.option("--reference", required=True, help="Of the bank's notice.")
@click.option("--contributor", help="Id of one person of the batch; all that are under way unless said.")
@data_option
@database_option
@name_option
def fail(
    payout: str,
    reference: str,
    contributor: str | None,
    data: Path,
    database: str | None,
    name: str,
) -> None:
    """Note that payments of PAYOUT did not arrive; they are owed again."""
    _end(data, database, name, payout, "fail", reference, contributor)


def _end(
    data: Path,
    database: str | None,
    name: str,
    payout: str,
    event: PaymentEvent,
    reference: str,
    contributor: str | None,
) -> None:
    with _signed(_store(data, database), name) as (store, signed, now):
        ended = end_payments(
            store, signed.actor, payout, event, reference=reference, contributor_id=contributor, now=now
        )
    click.echo(f"{ended} payments ended")


def _store(data: Path, database: str | None) -> Store:
    store = open_store(data, database)
    store.catalogue.migrate()
    return store


@contextmanager
def _signed(store: Store, name: str) -> Iterator[tuple[Store, SignedIn, datetime]]:
    """Ask for the password, which never stands on a command line; the sign-in ends with the command."""
    password = click.prompt("Your password", hide_input=True, err=True)
    now = datetime.now(UTC)
    signed = enter_at_shell(store, name, password, now=now)
    try:
        yield store, signed, now
    finally:
        sign_out(store, signed.session_token, now=datetime.now(UTC))


def _write(store: Store, signed: SignedIn, payout: str, out: Path, now: datetime) -> None:
    batch = send_payout(store, signed.actor, payout, now=now)
    out.write_bytes(batch)
    click.echo(f"{out}: {len(batch)} bytes for the bank")


def _money(view: PayoutsView, minor: int) -> str:
    whole, part = divmod(minor, 10**view.exponent)
    return f"{view.currency} {whole}" + (f".{part:0{view.exponent}d}" if view.exponent else "")


def _line(view: PayoutsView, row: PayoutRow) -> str:
    amount = _money(view, row.total_minor)
    return f"{row.payout_id} {row.state} {amount} to {len(row.payments)}, batch {row.sha256}"
