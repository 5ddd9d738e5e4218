"""A device that makes and shows passkeys, in a few lines: the answers are real, no finger is."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from speechcorpus.domain.actor import Role
from speechcorpus.store.store import Store
from speechcorpus.workflows.passkeys import (
    Site,
    add_passkey,
    enter_by_passkey,
    options_to_add,
    options_to_enter,
)
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.sign_in import SignedIn, exchange_invite, invite_staff

SITE = Site(rp_id="localhost", origin="http://localhost:8000")
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def written(data: bytes) -> str:
    """Bytes as WebAuthn writes them in JSON."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


@dataclass
class Device:
    """One key; `flags` says what the device claims to have asked its owner for."""

    site: Site = SITE
    flags: int = PRESENT | VERIFIED
    count: int = 0
    owner: str | None = None  # as the device was told when it made the key
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def make(self, options: dict) -> dict[str, object]:
        """What a browser sends to add this key."""
        self.owner = options["user"]["id"]
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._data(attested=True)}
        return {
            "id": written(self.id),
            "clientDataJSON": written(self._client("webauthn.create", options)),
            "attestationObject": written(cbor2.dumps(attestation)),
            "transports": ["internal", "carrier-pigeon"],
        }

    def show(self, options: dict) -> dict[str, object]:
        """What a browser sends to sign in with this key."""
        self.count += 1
        data, client = self._data(), self._client("webauthn.get", options)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": written(self.id),
            "clientDataJSON": written(client),
            "authenticatorData": written(data),
            "signature": written(signature),
            "userHandle": self.owner,
        }

    def _client(self, kind: str, options: dict) -> bytes:
        said = {"type": kind, "challenge": options["challenge"], "origin": self.site.origin}
        return json.dumps(said).encode()

    def _data(self, *, attested: bool = False) -> bytes:
        flags = self.flags | (ATTESTED if attested else 0)
        head = hashlib.sha256(self.site.rp_id.encode()).digest() + bytes([flags]) + self.count.to_bytes(4)
        if not attested:
            return head
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32), numbers.y.to_bytes(32)
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return head + bytes(16) + len(self.id).to_bytes(2) + self.id + public


def by_link(store: Store, staff_id: str, now) -> SignedIn:
    """Somebody who has just opened their link."""
    return exchange_invite(store, invite_staff(store, staff_id, now=now), now=now)


def keyed(store: Store, signed: SignedIn, now, device: Device | None = None) -> Device:
    """Add a key for somebody who is signed in."""
    device = device or Device()
    add_passkey(
        store, signed, SITE, "notebook", device.make(options_to_add(store, signed, SITE, now=now)), now=now
    )
    return device


def by_key(store: Store, device: Device, now) -> SignedIn:
    """Somebody who has just shown their key."""
    return enter_by_passkey(store, SITE, device.show(options_to_enter(store, SITE, now=now)), now=now)


_DEVICES: dict[tuple[Path, str], Device] = {}


def proven(store: Store, role: Role, now, staff_id: str | None = None) -> SignedIn:
    """A member of staff who has just shown a key of theirs, which they add when they come the first time."""
    staff_id = staff_id or create_staff(store, name=role, role=role, now=now)
    known = _DEVICES.get((store.data_dir, staff_id))
    if known is None:
        known = _DEVICES[store.data_dir, staff_id] = keyed(store, by_link(store, staff_id, now), now)
    return by_key(store, known, now)
