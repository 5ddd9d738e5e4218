"""Who signed a published release, and whether the signature holds for the bytes that are served."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from speechcorpus.store.store import Store
from speechcorpus.workflows.release_keys import key_list
from speechcorpus.workflows.views.releases import ReleaseView

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """The signature of a release: by which key, and what it is worth today."""

    fingerprint: str
    state: Literal["valid", "revoked", "invalid"]


def signature_of(store: Store, release: ReleaseView) -> Signed | None:
    """Return the signature of a release; None when it was published without one, or when what it is made
    over was erased.

    It is `invalid` when no key of ours made it, `revoked` when the key is not to be trusted any more.
    """
    sums, signature = release.digest_of(SUMS), release.digest_of(SIGNATURE)
    paths = (sums, signature, release.digest_of("release.json"))
    if sums is None or signature is None or not all(map(store.blobs.exists, map(str, paths))):
        return None
    named = json.loads(store.blobs.read(str(release.digest_of("release.json")))).get("key_fingerprint")
    key = next((key for key in key_list(store) if key["fingerprint"] == named), None)
    holds = key is not None and _holds(key, store.blobs.read(sums), store.blobs.read(signature))
    state: Literal["valid", "revoked", "invalid"] = "valid" if holds else "invalid"
    if holds and key is not None and key["revoked_at"] is not None:
        state = "revoked"
    return Signed(fingerprint=str(named), state=state)


def _holds(key: Mapping[str, str | None], data: bytes, signature: bytes) -> bool:
    public = load_pem_public_key(str(key["pem"]).encode())
    if not isinstance(public, Ed25519PublicKey):
        return False
    try:
        public.verify(signature, data)
    except InvalidSignature:
        return False
    return True
