"""Hosts that share a bucket sign with the same keys: it says which, and one with other keys is told."""

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.bucket import Bucket

FOLDER = "keys"


class KeyAgreement:
    """Fingerprints of public keys, as objects `keys/<name>`; no secret lies in the bucket."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._agreed: set[tuple[str, bytes]] = set()

    def require(self, name: str, key: Ed25519PublicKey) -> None:
        """See that the hosts sign with this key under this name; the first to ask decides.

        Raises
        ------
        StoreError : `key.other` when another host signs with another key, `storage.away`
        """
        mark = _fingerprint(key)
        if (name, mark) in self._agreed:
            return
        place = f"{FOLDER}/{name}"
        if self._said(place, mark) != mark:
            raise StoreError(
                "key.other",
                f"{name} here is not the key that the other hosts sign with: copy their folder of keys",
                name=name,
            )
        self._agreed.add((name, mark))

    def _said(self, place: str, mark: bytes) -> bytes:
        """What is agreed, ours if nobody was first; who only looks on writes nothing."""
        try:
            return self._bucket.read(place)
        except FileNotFoundError:
            self._bucket.create(place, mark)
            return self._bucket.read(place)

    def change(self, name: str, key: Ed25519PublicKey) -> None:
        """Have the hosts sign with another key from now on; the others are told at their next start."""
        self._bucket.replace(f"{FOLDER}/{name}", _fingerprint(key))
        self._agreed.add((name, _fingerprint(key)))


def _fingerprint(key: Ed25519PublicKey) -> bytes:
    return hashlib.sha256(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest().encode()
