"""Ed25519 keys as files and as names."""

import base64
import binascii
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from speechcorpus.domain.errors import SpeechCorpusError


def key_id(public_key: Ed25519PublicKey) -> str:
    """Return the name of a key: SHA-256 of its 32 raw bytes, first 16 hex digits."""
    return hashlib.sha256(public_key.public_bytes(Encoding.Raw, PublicFormat.Raw)).hexdigest()[:16]


def public_pem(public_key: Ed25519PublicKey) -> str:
    """Return the key as a PEM file, for whoever wants to verify without us."""
    return public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def parse_public_key(pem: str | bytes) -> Ed25519PublicKey:
    """Return the key of a PEM file.

    Raises
    ------
    SpeechCorpusError : `key.unreadable`, if it holds no Ed25519 public key
    """
    try:
        key = load_pem_public_key(pem.encode() if isinstance(pem, str) else pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SpeechCorpusError("key.unreadable", f"this is no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise SpeechCorpusError("key.unreadable", "this is no Ed25519 public key")
    return key


def to_base64url(data: bytes) -> str:
    """Return the bytes as base64url without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(text: str) -> bytes | None:
    """Return the bytes, or None if this is not the one way to write them.

    The last letter may carry unused bits: without the comparison a changed byte could pass.

    Examples
    --------
    >>> from_base64url("AA"), from_base64url("AB"), from_base64url("A!")
    (b'\\x00', None, None)
    """
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    return data if to_base64url(data) == text else None
