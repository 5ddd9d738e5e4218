"""The options that say by which servers the two people of a dialogue find each other."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from speechcorpus.domain.errors import StoreError
from speechcorpus.workflows.turn import call_servers

Command = TypeVar("Command", bound=Callable[..., Any])


def call_options(command: Command) -> Command:
    """Add `--turn-url` and `--turn-secret-file`; what cannot work is refused before anything starts."""
    url = click.option(
        "--turn-url",
        multiple=True,
        metavar="URL",
        help="A STUN or TURN server for calls, such as turns:relay.example.org:5349?transport=tcp; repeat for"
        " more. Absent: calls work inside one network only.",
    )
    secret = click.option(
        "--turn-secret-file",
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file with the secret shared with the relay (coturn's static-auth-secret).",
    )
    return url(secret(command))


def to_arguments(urls: Sequence[str], secret_file: Path | None) -> list[str]:
    """Return the options as a child process is given them; of the secret it learns only the file.

    Raises
    ------
    click.UsageError : for an address that is none, and a relay without a secret

    Examples
    --------
    >>> to_arguments(["stun:relay.example.org"], None)
    ['--turn-url', 'stun:relay.example.org']
    """
    try:
        call_servers(urls, secret_file)
    except StoreError as error:
        raise click.UsageError(f"{error.code}: {error}") from error
    named = [part for url in urls for part in ("--turn-url", url)]
    return named if secret_file is None else [*named, "--turn-secret-file", str(secret_file)]
