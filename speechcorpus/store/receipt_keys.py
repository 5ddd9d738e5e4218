"""Keys that sign, each in a file of its own: that of receipts and certificates, that of releases."""

import os
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import sync_folder

IN_USE = "receipt.pem"
OWNER_ALONE = 0o600


def key_in_use(folder: Path, name: str = IN_USE) -> Ed25519PrivateKey:
    """Return the signing key of this name, made at first use and readable by the owner alone.

    Two processes that ask at once are given the same key.

    Raises
    ------
    StoreError : `key.lost` when a list of keys says that there was one: a new key beside it would sign what
        nobody can verify
    """
    path = folder / name
    if not path.exists():
        _refuse_a_second_beginning(folder, name)
        _keep_first(path, _pem(Ed25519PrivateKey.generate()))
    return _read(path)


def _refuse_a_second_beginning(folder: Path, name: str) -> None:
    listed = folder / f"{name.removesuffix('.pem')}-keys.json"
    if listed.exists() and not (folder / name).exists():
        raise StoreError(
            "key.lost",
            f"{name} is not in {folder}, but {listed.name} says that it signed: put it back from its own "
            f"copy; if it is lost for good, rename {listed.name} to begin with a new key",
        )


def made_at(folder: Path, name: str = IN_USE) -> datetime:
    """Return since when the key in use has been in its place."""
    return datetime.fromtimestamp((folder / name).stat().st_mtime, UTC)


def next_key(folder: Path, name: str = IN_USE) -> Ed25519PrivateKey:
    """Return the key that will follow, kept beside the one in use until it takes its place."""
    path = folder / f"next-{name}"
    if not path.exists():
        _keep_first(path, _pem(Ed25519PrivateKey.generate()))
    return _read(path)


def use_next_key(folder: Path, name: str = IN_USE) -> None:
    """Put the following key in its place: the old one can sign no more, what it signed stays true."""
    (folder / f"next-{name}").replace(folder / name)
    sync_folder(folder)


def replace_file(path: Path, data: bytes) -> None:
    """Write a public file so that readers see the old one or the new one, whole."""
    tmp = path.parent / uuid4().hex
    _write(tmp, data)
    tmp.replace(path)
    sync_folder(path.parent)


def _read(path: Path) -> Ed25519PrivateKey:
    key = load_pem_private_key(path.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError("key.kind", f"{path.name} holds no Ed25519 key")
    return key


def _pem(key: Ed25519PrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep_first(path: Path, data: bytes) -> None:
    tmp = path.parent / uuid4().hex
    _write(tmp, data)
    try:
        os.link(tmp, path)  # unlike a rename, fails when another process was first
    except FileExistsError:
        pass
    finally:
        tmp.unlink()
    sync_folder(path.parent)


def _write(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
