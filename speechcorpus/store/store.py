"""The store: one data folder with its catalogue, blobs, incoming chunks and keys."""

import os
from dataclasses import dataclass
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
from speechcorpus.store.blobs import LocalBlobs, sync_folder
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.incoming import Incoming


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept; workflows are handed one and pass nothing else around."""

    catalogue: Catalogue
    blobs: LocalBlobs
    incoming: Incoming
    data_dir: Path

    def receipt_key(self) -> Ed25519PrivateKey:
        """Return the key that signs receipts, made at first use and readable by the owner alone.

        Two processes that ask at once are given the same key.
        """
        path = self.data_dir / "keys" / "receipt.pem"
        if not path.exists():
            _keep_first(path, _new_key())
        key = load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise StoreError("key.kind", "the receipt key is not an Ed25519 key")
        return key


def open_store(data_dir: Path, database_url: str | None = None) -> Store:
    """Open the store in `data_dir`, making its folders; the tables are made by `catalogue.migrate()`.

    Parameters
    ----------
    database_url : None for `catalogue.sqlite` in the folder, else for example `postgresql://host/name`
    """
    for folder in ("", "keys", "releases/.staging"):
        (data_dir / folder).mkdir(parents=True, exist_ok=True)
    (data_dir / "keys").chmod(0o700)
    return Store(
        catalogue=Catalogue(database_url or f"sqlite:///{data_dir.absolute() / 'catalogue.sqlite'}"),
        blobs=LocalBlobs(data_dir / "blobs"),
        incoming=Incoming(data_dir / "incoming"),
        data_dir=data_dir,
    )


def _new_key() -> bytes:
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _keep_first(path: Path, data: bytes) -> None:
    tmp = path.parent / uuid4().hex
    with os.fdopen(os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(tmp, path)  # unlike a rename, fails when another process was first
    except FileExistsError:
        pass
    finally:
        tmp.unlink()
    sync_folder(path.parent)
