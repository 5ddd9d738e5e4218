"""Private keys for a backup: sealed under a passphrase, or left out."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from speechcorpus.domain.errors import StoreError

N, R, P = 1 << 15, 8, 1  # RFC 7914; 32 MiB and about 0.1 s for each guess
SHORTEST = 12  # characters
PUBLIC = ".json"  # lists of public keys; everything else beside them is secret
NOT_KEPT = frozenset({"metrics.token"})  # made anew


def key_files(folder: Path) -> tuple[Mapping[str, bytes], Mapping[str, bytes]]:
    """Return the public and the secret files of a key folder, by name."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {path.name: path.read_bytes() for path in files if path.is_file() and path.name not in NOT_KEPT}
    public = {name: data for name, data in found.items() if name.endswith(PUBLIC)}
    return public, {name: data for name, data in found.items() if name not in public}


def seal(files: Mapping[str, bytes], passphrase: str) -> bytes:
    """Return secret files as one document that only the passphrase opens.

    Raises
    ------
    StoreError : `backup.passphrase` for one of fewer than twelve characters

    Examples
    --------
    >>> opened = unseal(seal({"receipt.pem": b"secret"}, "goa ai kong Tai-gi"), "goa ai kong Tai-gi")
    >>> opened
    {'receipt.pem': b'secret'}
    """
    if len(passphrase) < SHORTEST:
        raise StoreError("backup.passphrase", f"a passphrase has at least {SHORTEST} characters")
    salt, nonce = os.urandom(16), os.urandom(12)
    plain = json.dumps({name: base64.b64encode(data).decode() for name, data in files.items()}).encode()
    told = {"kdf": "scrypt", "n": N, "r": R, "p": P, "cipher": "AES-256-GCM"}
    sealed = AESGCM(_key(passphrase, salt, N, R, P)).encrypt(nonce, plain, None)
    parts = {"salt": salt, "nonce": nonce, "sealed": sealed}
    return json.dumps(
        {**told, **{name: base64.b64encode(part).decode() for name, part in parts.items()}}
    ).encode()


def unseal(document: bytes, passphrase: str) -> Mapping[str, bytes]:
    """Return what was sealed.

    Raises
    ------
    StoreError : `backup.passphrase` when it is another one, or the document was changed
    """
    said = json.loads(document)
    salt, nonce, sealed = (base64.b64decode(said[name]) for name in ("salt", "nonce", "sealed"))
    key = _key(passphrase, salt, min(int(said["n"]), 1 << 20), int(said["r"]), int(said["p"]))
    try:
        plain = AESGCM(key).decrypt(nonce, sealed, None)
    except InvalidTag as error:
        raise StoreError(
            "backup.passphrase", "this passphrase does not open the keys of the backup"
        ) from error
    return {name: base64.b64decode(data) for name, data in json.loads(plain).items()}


def _key(passphrase: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=p).derive(passphrase.encode())
