"""`speechcorpus receipt`: check a receipt offline, from a public key alone."""

import json
import sys
from pathlib import Path

import click

from speechcorpus.store.store import open_store
from speechcorpus.work.keys import parse_public_key, public_pem
from speechcorpus.work.receipts import verify_receipt


@click.group()
def command() -> None:
    """Check signed receipts without asking the server that gave them."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Public key (PEM) that you trust, also more than one. A key inside a receipt proves nothing.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def verify(file: Path, keys: tuple[Path, ...], as_json: bool) -> None:
    """Say whether FILE is a true receipt: exit 0 valid, 1 false (and why), 2 unreadable."""
    trusted = [parse_public_key(path.read_bytes()) for path in keys]
    check = verify_receipt(file.read_bytes(), trusted)
    if as_json:
        click.echo(json.dumps({"valid": check.valid, "fault": check.fault, "why": check.why}))
    else:
        click.echo("valid" if check.valid else f"false: {check.fault}: {check.why}")
    sys.exit(0 if check.valid else 1)


@command.command()
@click.option("--data", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
def key(data: Path) -> None:
    """Print the public key that this server's receipts are signed with, for everyone to keep."""
    click.echo(public_pem(open_store(data).receipt_key().public_key()), nl=False)
