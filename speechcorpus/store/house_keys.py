"""Keys of the house that wrap the key of each person: in a file of their own, apart from the database.

A line a key, `name base64`, the newest last. A copy of the database alone opens nothing.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from speechcorpus.domain.errors import StoreError
from speechcorpus.store.blobs import sync_folder

FILE = "identity.keys"
KEY_BYTES, NONCE_BYTES = 32, 12
OWNER_ALONE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What one person's facts became, and which key of the house wraps the key that opens them."""

    house_key: str
    wrapped_key: str
    sealed: str


@dataclass(frozen=True, slots=True)
class HouseKeys:
    """The keys by name, the newest last."""

    by_name: dict[str, bytes]

    @property
    def newest(self) -> str:
        """The name of the key that wraps what is sealed now."""
        return next(reversed(self.by_name))

    def seal(self, person: str, facts: bytes) -> Sealed:
        """Seal a person's facts under a new key of their own.

        Examples
        --------
        >>> keys = HouseKeys({"k1": bytes(32)})
        >>> keys.unseal("c-1", keys.seal("c-1", b"account"))
        b'account'
        """
        key = secrets.token_bytes(KEY_BYTES)
        wrapped = _encrypted(self.by_name[self.newest], key, person)
        return Sealed(house_key=self.newest, wrapped_key=wrapped, sealed=_encrypted(key, facts, person))

    def unseal(self, person: str, found: Sealed) -> bytes:
        """Return a person's facts.

        Raises
        ------
        StoreError : `identity.key` without the key, or for what was changed or is another person's
        """
        return _decrypted(self._key_of(person, found), found.sealed, person)

    def wrapped_anew(self, person: str, found: Sealed) -> Sealed:
        """Return the same facts with the person's key wrapped in the newest key of the house.

        Raises
        ------
        As `unseal`
        """
        wrapped = _encrypted(self.by_name[self.newest], self._key_of(person, found), person)
        return Sealed(house_key=self.newest, wrapped_key=wrapped, sealed=found.sealed)

    def _key_of(self, person: str, found: Sealed) -> bytes:
        house = self.by_name.get(found.house_key)
        if house is None:
            raise StoreError("identity.key", "the key of the house is not in its file", key=found.house_key)
        return _decrypted(house, found.wrapped_key, person)


def house_keys(folder: Path) -> HouseKeys:
    """Return the keys in a folder; the first is made at first use, readable by the owner alone."""
    path = folder / FILE
    if not path.exists():
        _keep_first(path, _line())
    return _read(path)


def add_house_key(folder: Path) -> HouseKeys:
    """Make a new key of the house, beside the old ones, and return all."""
    known = house_keys(folder)
    _replace(folder / FILE, _text(known) + _line())
    return _read(folder / FILE)


def keep_newest(folder: Path, *, most: int) -> None:
    """Destroy the oldest keys: what is wrapped in one of them is gone for good."""
    kept = list(house_keys(folder).by_name.items())[-most:]
    _replace(folder / FILE, _text(HouseKeys(dict(kept))))


def _read(path: Path) -> HouseKeys:
    pairs = (line.split(" ", 1) for line in path.read_text("ascii").splitlines() if line)
    return HouseKeys({name: base64.b64decode(key, validate=True) for name, key in pairs})


def _line() -> str:
    return f"{secrets.token_hex(8)} {base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}\n"


def _text(keys: HouseKeys) -> str:
    return "".join(f"{name} {base64.b64encode(key).decode()}\n" for name, key in keys.by_name.items())


def _written(path: Path, text: str) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tmp = path.parent / f".{secrets.token_hex(8)}"
    with os.fdopen(os.open(tmp, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ALONE), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return tmp


def _keep_first(path: Path, text: str) -> None:
    """Put a file in its place unless another process was faster: there is one first key."""
    tmp = _written(path, text)
    try:
        os.link(tmp, path)
    except FileExistsError:
        pass
    finally:
        tmp.unlink()
    sync_folder(path.parent)


def _replace(path: Path, text: str) -> None:
    _written(path, text).replace(path)
    sync_folder(path.parent)


def _encrypted(key: bytes, plain: bytes, person: str) -> str:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return base64.b64encode(nonce + AESGCM(key).encrypt(nonce, plain, person.encode())).decode()


def _decrypted(key: bytes, text: str, person: str) -> bytes:
    data = base64.b64decode(text)
    try:
        return AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], person.encode())
    except InvalidTag as error:
        raise StoreError("identity.key", "this key does not open what was sealed") from error
