"""`speechcorpus receipt`: check a receipt offline, from a public key alone."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from speechcorpus.cli._keys import FILE, key_list_option, key_option, trusted_keys
from speechcorpus.cli._store_options import database_option, open_store
from speechcorpus.work.keys import public_pem
from speechcorpus.work.receipts import verify_receipt
from speechcorpus.workflows.signing_keys import rotate_signing_key, signing_keys

data_option = click.option(
    "--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True
)


@click.group()
def command() -> None:
    """Check signed receipts without asking the server that gave them."""


@command.command()
@click.argument("file", type=FILE)
@key_option
@key_list_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def verify(file: Path, keys: tuple[Path, ...], key_list: Path | None, as_json: bool) -> None:
    """Say whether FILE is a true receipt: exit 0 valid, 1 false (and why), 2 unreadable."""
    check = verify_receipt(file.read_bytes(), trusted_keys(keys, key_list))
    if as_json:
        click.echo(json.dumps({"valid": check.valid, "fault": check.fault, "why": check.why}))
    else:
        click.echo("valid" if check.valid else f"false: {check.fault}: {check.why}")
    sys.exit(0 if check.valid else 1)


@command.command()
@data_option
def key(data: Path) -> None:
    """Print the public key that this server's receipts are signed with, for everyone to keep."""
    click.echo(public_pem(open_store(data).receipt_key().public_key()), nl=False)


@command.command()
@data_option
def keys(data: Path) -> None:
    """Print the list of all keys that ever signed here, each introduced by the one before it."""
    click.echo(signing_keys(open_store(data)).to_document())


@command.command()
@data_option
@database_option
def rotate(data: Path, database: str | None) -> None:
    """Sign with a new key from now on, introduced by the old one; what was signed before stays true."""
    click.echo(rotate_signing_key(open_store(data, database), now=datetime.now(UTC)))
