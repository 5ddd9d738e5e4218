"""Which keys this server signs with: published as a list in which each key introduces the next."""

from datetime import UTC, datetime

from speechcorpus.domain.actor import Actor
from speechcorpus.store.audit import append_audit
from speechcorpus.store.receipt_keys import IN_USE, made_at, next_key, replace_file, use_next_key
from speechcorpus.store.store import Store
from speechcorpus.work.key_list import KeyList, first_key, read_key_list, with_successor
from speechcorpus.work.keys import key_id

OPERATOR = Actor(role="operator", id="keys")
LISTED = "receipt-keys.json"


def signing_keys(store: Store) -> KeyList:
    """Return the list of all keys that ever signed here, the one in use last."""
    path = store.data_dir / "keys" / LISTED
    if path.exists():
        return read_key_list(path.read_bytes())
    key = store.receipt_key().public_key()
    return first_key(key, _time(made_at(store.data_dir / "keys")))


def rotate_signing_key(store: Store, *, now: datetime) -> str:
    """Let the key in use introduce a new one that signs from now on; return the new key's id.

    Safe to run again after a crash: the new key is on disk before it is listed, and listed before it is used.
    """
    folder = store.data_dir / "keys"
    old, new = store.receipt_key(), next_key(folder)
    listed, name = signing_keys(store), key_id(new.public_key())
    if listed.keys[-1].key_id != name:
        listed = with_successor(listed, old, new.public_key(), _time(now))
        replace_file(folder / LISTED, listed.to_document())
    with store.catalogue.write() as session:
        append_audit(
            session,
            actor=OPERATOR,
            action="key.rotated",
            object=f"key:{name}",
            detail={"before": key_id(old.public_key())},
            now=now,
        )
    use_next_key(folder)
    store.changed_key(IN_USE)
    return name


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
