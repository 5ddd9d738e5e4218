"""The passphrase that seals private keys in a backup: from a file, never from the command line."""

from pathlib import Path

import click

passphrase_option = click.option(
    "--key-passphrase-file",
    "passphrase",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    callback=lambda _ctx, _param, path: path and _first_line(path),
    help="A file whose first line seals (or opens) the private keys; without it they are left out.",
)


def _first_line(path: Path) -> str:
    lines = path.read_text("utf-8").splitlines()
    if not lines or not lines[0].strip():
        raise click.BadParameter(f"{path} is empty")
    return lines[0].strip()
