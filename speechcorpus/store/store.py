"""The store: one data folder with its catalogue, blobs, incoming chunks and keys."""

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.store.blobs import LocalBlobs
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.incoming import Incoming
from speechcorpus.store.receipt_keys import key_in_use


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
        return key_in_use(self.data_dir / "keys")


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
