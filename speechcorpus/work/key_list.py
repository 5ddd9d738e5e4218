"""The list of keys that sign: each one introduced by the signature of the one before it.

Whoever trusts one key trusts those that it and its successors introduced, without asking anybody.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain
from speechcorpus.work.keys import from_base64url, key_id, to_base64url
from speechcorpus.work.signed import is_signed

PREFIX = b"speechcorpus-key/1\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedKey:
    """A key, and what the one before it says of it; nobody introduces the first."""

    key_id: str
    public_key: str  # base64url of the 32 bytes
    since: str  # UTC, seconds, Z
    introduced_by: str | None  # key id
    signature: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyList:
    """All keys of one server, oldest first."""

    schema: Literal["speechcorpus-keys/1"]
    keys: tuple[ListedKey, ...]

    def to_document(self) -> bytes:
        """Return the list as canonical JSON."""
        return canonical_json(to_plain(self))


def first_key(key: Ed25519PublicKey, since: str) -> KeyList:
    """Return the list of a server that has had one key only."""
    only = ListedKey(
        key_id=key_id(key), public_key=_raw(key), since=since, introduced_by=None, signature=None
    )
    return KeyList(schema="speechcorpus-keys/1", keys=(only,))


def with_successor(keys: KeyList, old: Ed25519PrivateKey, new: Ed25519PublicKey, since: str) -> KeyList:
    """Return the list with a new key that the old one introduces.

    Raises
    ------
    SpeechCorpusError : `key.not-listed` if the old key is not the last of the list
    """
    if keys.keys[-1].key_id != key_id(old.public_key()):
        raise SpeechCorpusError("key.not-listed", "only the last key of the list introduces the next one")
    named = (key_id(new), _raw(new), since, keys.keys[-1].key_id)
    entry = ListedKey(
        key_id=named[0],
        public_key=named[1],
        since=since,
        introduced_by=named[3],
        signature=to_base64url(old.sign(_said(*named))),
    )
    return KeyList(schema="speechcorpus-keys/1", keys=(*keys.keys, entry))


def read_key_list(document: str | bytes) -> KeyList:
    """Return the list of a file.

    Raises
    ------
    SpeechCorpusError : `key.unreadable` for what is no list, or holds a key that its predecessor did not sign
    """
    try:
        keys = from_plain(KeyList, parse_json(document))
    except PlainFault as fault:
        raise SpeechCorpusError("key.unreadable", f"this is no key list: {fault}") from fault
    before: Ed25519PublicKey | None = None
    for entry in keys.keys:
        before = _introduced(entry, before)
    if before is None:
        raise SpeechCorpusError("key.unreadable", "this key list is empty")
    return keys


def keys_of(keys: KeyList, trusted: Sequence[Ed25519PublicKey]) -> Sequence[Ed25519PublicKey]:
    """Return the keys to trust: of a list alone all, else the given ones and what came after one of them."""
    listed = [_public(entry) for entry in keys.keys]
    if not trusted:
        return listed
    known = {key_id(key) for key in trusted}
    first = next((at for at, entry in enumerate(keys.keys) if entry.key_id in known), len(listed))
    return [*trusted, *listed[first:]]


def _introduced(entry: ListedKey, before: Ed25519PublicKey | None) -> Ed25519PublicKey:
    """Return the key of an entry once its place in the chain is proved."""
    key = _public(entry)
    if key_id(key) != entry.key_id:
        raise SpeechCorpusError("key.unreadable", f"{entry.key_id} is not the name of its key")
    if before is None:
        proved = entry.introduced_by is None and entry.signature is None
    else:
        named = (entry.key_id, entry.public_key, entry.since, key_id(before))
        proved = entry.introduced_by == named[3] and is_signed(_said(*named), entry.signature or "", before)
    if not proved:
        raise SpeechCorpusError("key.unreadable", f"key {entry.key_id} was not introduced by the one before")
    return key


def _said(name: str, public_key: str, since: str, introduced_by: str) -> bytes:
    names: Iterable[str] = ("introduced_by", "key_id", "public_key", "since")
    return PREFIX + canonical_json(dict(zip(names, (introduced_by, name, public_key, since), strict=True)))


def _public(entry: ListedKey) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(from_base64url(entry.public_key) or b"")
    except ValueError as error:
        raise SpeechCorpusError("key.unreadable", f"key {entry.key_id} is no Ed25519 key") from error


def _raw(key: Ed25519PublicKey) -> str:
    return to_base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))
