"""`speechcorpus release sign`, `keygen`: sign a release with a key of one's own; make such a key."""

from pathlib import Path

import click

from speechcorpus.publish.keys import fingerprint, new_key_files, read_private_key
from speechcorpus.publish.signature import sign as sign_tree

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--key", type=FILE, required=True, help="Ed25519 private key: PEM, PKCS#8, not encrypted.")
def sign(folder: Path, key: Path) -> None:
    """Sign the release in FOLDER: write SHA256SUMS.sig and SHA256SUMS.pem. Exit 2 when it cannot be signed.

    Without us: openssl pkeyutl -verify -rawin -pubin -inkey SHA256SUMS.pem -sigfile SHA256SUMS.sig
    -in SHA256SUMS
    """
    name = sign_tree(folder, read_private_key(key.read_bytes()))
    click.echo(f"signed by the key {name}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
def keygen(file: Path) -> None:
    """Make a key that signs releases: FILE for its owner alone, FILE.pub for everybody.

    The files are those of openssl genpkey -algorithm ed25519 and openssl pkey -pubout. Exit 2 when FILE or
    FILE.pub is there already: a key is never overwritten.
    """
    click.echo(f"key {fingerprint(new_key_files(file).public_key())}")
