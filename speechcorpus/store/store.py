"""The store: catalogue, blobs, incoming chunks, pictures, keys; all in one data folder unless told else."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import LocalBlobs
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.incoming import Incoming
from speechcorpus.store.pictures import Pictures
from speechcorpus.store.receipt_keys import IN_USE, key_in_use
from speechcorpus.store.shelves import Blobs, Chunks

if TYPE_CHECKING:
    from speechcorpus.store.key_agreement import KeyAgreement
    from speechcorpus.store.object_stones import ObjectStones

FOLDER_MODE: Final = 0o750
"""Of a data folder that is made here: for its owner and group, whatever a shell would let others read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """Everything that is kept; workflows are handed one and pass nothing else around."""

    catalogue: Catalogue
    blobs: Blobs
    incoming: Chunks
    pictures: Pictures
    data_dir: Path
    agreement: "KeyAgreement | None" = None  # what several hosts say of their keys; None: there is one host
    stones: "ObjectStones | None" = None  # where several hosts keep the withdrawals beside the catalogue

    def receipt_key(self) -> Ed25519PrivateKey:
        """Return the key that signs receipts, made at first use and readable by the owner alone.

        Two processes that ask at once are given the same key.
        """
        return self.signing_key(IN_USE)

    def signing_key(self, name: str) -> Ed25519PrivateKey:
        """Return the key of this name; the folder of keys is the same on every host that shares a bucket.

        Raises
        ------
        StoreError : `key.other` where this host has another key than those it shares its blobs with
        """
        key = key_in_use(self.data_dir / "keys", name)
        if self.agreement is not None:
            self.agreement.require(name, key.public_key())
        return key

    def changed_key(self, name: str) -> None:
        """Tell the other hosts, if there are any, that this one signs with a new key of this name."""
        if self.agreement is not None:
            key = key_in_use(self.data_dir / "keys", name)
            self.agreement.change(name, key.public_key())


def open_store(data_dir: Path, database_url: str | None = None, blobs_url: str | None = None) -> Store:
    """Open the store in `data_dir`, making its folders; the tables are made by `catalogue.migrate()`.

    Parameters
    ----------
    database_url : None for `catalogue.sqlite` in the folder, else for example `postgresql://host/name`
    blobs_url : None for folders in `data_dir`, else for example `s3://bucket/prefix`, which hosts may share

    Raises
    ------
    StoreError : `blobs.url` when that names no bucket, or the extra `s3` is not installed
    """
    data_dir.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    for folder in ("keys", "releases/.staging"):
        (data_dir / folder).mkdir(parents=True, exist_ok=True)
    (data_dir / "keys").chmod(0o700)
    catalogue = Catalogue(database_url or f"sqlite:///{data_dir.absolute() / 'catalogue.sqlite'}")
    if blobs_url is not None:
        return _shared(catalogue, data_dir, blobs_url)
    return Store(
        catalogue=catalogue,
        blobs=LocalBlobs(data_dir / "blobs"),
        incoming=Incoming(data_dir / "incoming"),
        pictures=Pictures(data_dir / "pictures"),
        data_dir=data_dir,
    )


def _shared(catalogue: Catalogue, data_dir: Path, blobs_url: str) -> Store:
    """Return a store whose bytes lie in a bucket; `cache` in the folder holds what was read of late."""
    try:  # only when it is asked for: most houses are one machine, and need no object store
        from speechcorpus.store.bucket import Bucket
        from speechcorpus.store.key_agreement import KeyAgreement
        from speechcorpus.store.object_blobs import ObjectBlobs
        from speechcorpus.store.object_chunks import ObjectChunks
        from speechcorpus.store.object_pictures import ObjectPictures
        from speechcorpus.store.object_stones import ObjectStones
    except ImportError as error:
        raise StoreError(
            "blobs.url", "an object store needs the extra s3: pip install 'speechcorpus[s3]'"
        ) from error
    bucket, cache = Bucket(blobs_url), data_dir / "cache"
    return Store(
        catalogue=catalogue,
        blobs=ObjectBlobs(bucket, cache / "blobs"),
        incoming=ObjectChunks(bucket, cache / "incoming"),
        pictures=ObjectPictures(bucket, cache / "pictures"),
        data_dir=data_dir,
        agreement=KeyAgreement(bucket),
        stones=ObjectStones(bucket),
    )
