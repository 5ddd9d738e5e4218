"""`speechcorpus draw`: computes a draw again, offline, from its published record."""

import json
import sys
from pathlib import Path

import click

from speechcorpus.work.draw_record import Entry, verify_draw


@click.group()
def command() -> None:
    """Check draws without asking the server that made them."""


@command.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", help="The commit as you saw it before the draw opened.")
@click.option("--root", help="The hash of the roll as you saw it at the close.")
@click.option("--entry", nargs=2, metavar="REF NONCE", help="Your own reference and random number.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as one JSON object.")
def verify(
    file: Path, commit: str | None, root: str | None, entry: tuple[str, str] | None, as_json: bool
) -> None:
    """Say whether FILE is a true draw: exit 0 true, 1 false (and why), 2 unreadable."""
    own = None if entry is None else Entry(contributor_ref=entry[0], nonce=entry[1])
    check = verify_draw(file.read_bytes(), commit=commit, root=root, entry=own)
    if as_json:
        click.echo(
            json.dumps({"valid": check.valid, "fault": check.fault, "why": check.why, "rank": check.rank})
        )
    else:
        rank = "" if check.rank is None else f", your rank is {check.rank}"
        click.echo(f"valid{rank}" if check.valid else f"false: {check.fault}: {check.why}")
    sys.exit(0 if check.valid else 1)
