"""Options of the commands that check what was signed: which keys the caller trusts."""

from collections.abc import Sequence
from pathlib import Path

import click
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from speechcorpus.work.key_list import keys_of, read_key_list
from speechcorpus.work.keys import parse_public_key

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

key_option = click.option(
    "--key",
    "keys",
    multiple=True,
    type=FILE,
    help="Public key (PEM) that you trust, also more than one. A key inside the document proves nothing.",
)
key_list_option = click.option(
    "--keys",
    "key_list",
    type=FILE,
    help="The server's list of keys; with --key only that key and those after it.",
)


def trusted_keys(keys: Sequence[Path], key_list: Path | None) -> Sequence[Ed25519PublicKey]:
    """Return the keys that a signature may be of."""
    given = [parse_public_key(path.read_bytes()) for path in keys]
    return given if key_list is None else keys_of(read_key_list(key_list.read_bytes()), given)
