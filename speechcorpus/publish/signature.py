"""The signature of a release: raw Ed25519 over the bytes of `SHA256SUMS`; openssl checks it too."""

import os
from pathlib import Path
from typing import Literal
from uuid import uuid4

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from speechcorpus.domain.errors import ReleaseError
from speechcorpus.publish.keys import fingerprint, public_pem, read_public_key
from speechcorpus.publish.tree import Tree

SUMS, SIGNATURE, PUBLIC = "SHA256SUMS", "SHA256SUMS.sig", "SHA256SUMS.pem"
SIGNATURE_BYTES = 64
LARGEST_KEY_BYTES = 4096
Standing = Literal["PASS", "FAIL", "NOTICE"]


def signature_files(sums: bytes, key: Ed25519PrivateKey) -> dict[str, bytes]:
    """Return the two files that sign a release with these `SHA256SUMS`, by path."""
    return {PUBLIC: public_pem(key.public_key()), SIGNATURE: key.sign(sums)}


def sign(root: Path, key: Ed25519PrivateKey) -> str:
    """Sign the tree at `root`, in place of an earlier signature; return the key's fingerprint.

    The tree is not looked at beyond what is signed: verify it first.

    Raises
    ------
    ReleaseError : `release.not-a-release`; `release.key-other` when `release.json` names another key;
        `release.write` when the folder cannot be written, which leaves the old signature or the new one
    """
    tree = Tree(root)
    name, named = fingerprint(key.public_key()), tree.sources.release.get("key_fingerprint")
    if named not in (None, name):
        raise ReleaseError("release.key-other", f"release.json names the key {named}; this one is {name}")
    sums = _regular(tree, SUMS)
    try:
        for path, data in signature_files(sums, key).items():
            _replace(root / path, data)
    except OSError as error:
        raise ReleaseError("release.write", f"{error.filename}: {error.strerror}") from error
    return name


def check(tree: Tree, trusted: Ed25519PublicKey | None) -> tuple[Standing, str]:
    """Return how the signature stands, and one sentence: PASS, FAIL or NOTICE.

    A key inside the tree proves only that tree and signature belong together: PASS needs the trusted one.
    """
    missing = [path for path in (SIGNATURE, PUBLIC) if path not in tree.entries]
    if len(missing) == 2:
        return ("NOTICE" if trusted is None else "FAIL"), "not signed"
    if missing:
        return "FAIL", f"{missing[0]} is missing"
    try:
        enclosed, signature = read_public_key(_regular(tree, PUBLIC)), _regular(tree, SIGNATURE)
    except ReleaseError as error:
        return "FAIL", f"{PUBLIC}: {error}"
    if fault := _fault(_regular(tree, SUMS), signature, enclosed):
        return "FAIL", fault
    name = fingerprint(enclosed)
    if trusted is not None:
        if fingerprint(trusted) != name:
            return "FAIL", f"by the key {name}, not by the one given, {fingerprint(trusted)}"
        return "PASS", f"valid, by the key you gave, {name}"
    if (named := tree.sources.release.get("key_fingerprint")) not in (None, name):
        return "FAIL", f"by the key {name}, but release.json names {named}"
    return "NOTICE", f"valid, by a key you have not pinned: {name}"


def _fault(sums: bytes, signature: bytes, key: Ed25519PublicKey) -> str | None:
    if len(signature) != SIGNATURE_BYTES:
        return f"{SIGNATURE} is {len(signature)} bytes long, not {SIGNATURE_BYTES}"
    try:
        key.verify(signature, sums)
    except InvalidSignature:
        return f"{SIGNATURE} is not the signature of {SUMS} by the key in {PUBLIC}"
    return None


def _regular(tree: Tree, path: str) -> bytes:
    """Return a small file of the tree; a link or a device is not read."""
    if (tree.root / path).is_symlink() or not (tree.root / path).is_file():
        raise ReleaseError("release.not-a-release", f"{path} is missing or no regular file", path=path)
    if path != SUMS and tree.entries[path].st_size > LARGEST_KEY_BYTES:
        raise ReleaseError("release.key", f"{path} is too large")
    return tree.read(path)


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of the old one at once: beside it, durable, renamed."""
    aside = path.parent / f".{uuid4().hex}.tmp"
    try:
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "wb") as file:
            os.fchmod(file.fileno(), 0o644)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
