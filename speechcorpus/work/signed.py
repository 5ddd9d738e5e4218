"""Documents that carry their signature: Ed25519 over a prefix and the canonical JSON of the rest."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.work.keys import from_base64url, key_id, to_base64url

FaultClass = Literal["schema", "key unknown", "signature", "arithmetic"]


def with_signature(
    prefix: bytes, fields: Mapping[str, Any], private_key: Ed25519PrivateKey
) -> dict[str, Any]:
    """Return the fields with `key_id` and `signature` added.

    Parameters
    ----------
    prefix : names the kind of document, so that one never passes as another
    """
    unsigned = {**fields, "key_id": key_id(private_key.public_key())}
    return {**unsigned, "signature": to_base64url(private_key.sign(prefix + canonical_json(unsigned)))}


def signature_fault(
    prefix: bytes, document: Mapping[str, Any], trusted: Iterable[Ed25519PublicKey]
) -> tuple[FaultClass, str] | None:
    """Return what is wrong with the signature of a document, None if one of the trusted keys made it."""
    key = next((key for key in trusted if key_id(key) == document["key_id"]), None)
    if key is None:
        return "key unknown", f"key {document['key_id']} is not one you trust"
    unsigned = {name: value for name, value in document.items() if name != "signature"}
    if not is_signed(prefix + canonical_json(unsigned), document["signature"], key):
        return "signature", "these are not the bytes that were signed"
    return None


def is_signed(said: bytes, signature: str, key: Ed25519PublicKey) -> bool:
    """Return whether the key signed these bytes.

    Parameters
    ----------
    signature : base64url, in the one way it can be written
    """
    raw = from_base64url(signature)
    if raw is None:
        return False
    try:
        key.verify(raw, said)
    except InvalidSignature:
        return False
    return True
