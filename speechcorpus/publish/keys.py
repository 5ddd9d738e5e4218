"""Keys that sign releases, as files that openssl reads and writes too, and as names."""

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from speechcorpus.domain.errors import ReleaseError

OWNER_ALONE, EVERYBODY = 0o600, 0o644


def fingerprint(public: Ed25519PublicKey) -> str:
    """Return the name of a key: lower-case hex SHA-256 of its DER SPKI form.

    >>> fingerprint(Ed25519PublicKey.from_public_bytes(bytes(32)))[:16]
    '722abd12e99a5367'
    """
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def public_pem(public: Ed25519PublicKey) -> bytes:
    """Return the key as the file `SHA256SUMS.pem`."""
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private_key(pem: bytes) -> Ed25519PrivateKey:
    """Return the key of a PEM file as `openssl genpkey -algorithm ed25519` writes it.

    Raises
    ------
    ReleaseError : `release.key`, for anything but an unencrypted Ed25519 private key
    """
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise ReleaseError("release.key", f"this is no private key that can be read: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ReleaseError("release.key", "this is no Ed25519 private key")
    return key


def read_public_key(pem: bytes) -> Ed25519PublicKey:
    """Return the key of a PEM file; ReleaseError `release.key` when it holds no Ed25519 public key."""
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ReleaseError("release.key", f"this is no public key: {error}") from error
    if not isinstance(key, Ed25519PublicKey):
        raise ReleaseError("release.key", "this is no Ed25519 public key")
    return key


def new_key_files(path: Path) -> Ed25519PrivateKey:
    """Make a key: the private one at `path`, for its owner alone, the public one at `<path>.pub`.

    Raises
    ------
    ReleaseError : `release.exists` when one of the files is there already: no key is ever overwritten;
        `release.write` when they cannot be written
    """
    key, public = Ed25519PrivateKey.generate(), path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if file.exists() or file.is_symlink():
            raise ReleaseError("release.exists", f"{file} is there already; a key is never overwritten")
    try:
        _write_new(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), OWNER_ALONE)
        _write_new(public, public_pem(key.public_key()), EVERYBODY)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename}: {error.strerror}") from error
    return key


def _write_new(path: Path, data: bytes, mode: int) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
