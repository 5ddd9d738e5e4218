"""The key that signs releases here, and the list of all that ever did: not the key of receipts."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from speechcorpus.domain.actor import Actor
from speechcorpus.publish.keys import fingerprint, public_pem
from speechcorpus.store.audit import append_audit
from speechcorpus.store.receipt_keys import made_at, next_key, replace_file, use_next_key
from speechcorpus.store.store import Store

OPERATOR = Actor(role="operator", id="keys")
IN_USE, LISTED = "release.pem", "release-keys.json"
Listed = dict[str, str | None]
"""fingerprint, pem, valid_from, revoked_at (None: trusted); times in UTC, seconds, Z."""


def release_key(store: Store) -> Ed25519PrivateKey:
    """Return the key that signs releases, made at first use and readable by the owner alone."""
    return store.signing_key(IN_USE)


def sign_bytes(store: Store, data: bytes) -> bytes:
    """Return the raw 64-byte Ed25519 signature of these bytes by the release key."""
    return release_key(store).sign(data)


def key_list(store: Store) -> Sequence[Listed]:
    """Return every key that ever signed a release here, oldest first, the one in use last."""
    path = store.data_dir / "keys" / LISTED
    if path.exists():
        found: list[Listed] = json.loads(path.read_bytes())
        return found
    key = release_key(store)
    return [_listed(key, made_at(store.data_dir / "keys", IN_USE))]


def rotate_release_key(store: Store, *, revoke: bool, now: datetime) -> str:
    """Sign with a new key from now on; return its fingerprint.

    What the old key signed stays valid, unless `revoke` says that it is not to be trusted any more. Safe to
    run again after a crash: the new key is on disk before it is listed, and listed before it is used.
    """
    folder = store.data_dir / "keys"
    listed, new = list(key_list(store)), next_key(folder, IN_USE)
    name, before = fingerprint(new.public_key()), fingerprint(release_key(store).public_key())
    if listed[-1]["fingerprint"] != name:
        if revoke:
            listed[-1] = {**listed[-1], "revoked_at": _time(now)}
        listed.append(_listed(new, now))
        replace_file(folder / LISTED, json.dumps(listed, indent=1).encode())
    with store.catalogue.write() as session:
        append_audit(
            session,
            actor=OPERATOR,
            action="key.rotated",
            object=f"key:{name[:16]}",
            detail={"before": before, "after": name, "revoked": revoke},
            now=now,
        )
    use_next_key(folder, IN_USE)
    store.changed_key(IN_USE)
    return name


def _listed(key: Ed25519PrivateKey, since: datetime) -> Listed:
    public = key.public_key()
    return {
        "fingerprint": fingerprint(public),
        "pem": public_pem(public).decode(),
        "valid_from": _time(since),
        "revoked_at": None,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
