"""What a release says of devices: a class, and a number that tells one speaker's devices apart."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.store.models import ClaimPartner, Contributor, Sitting, SittingPeer
from speechcorpus.workflows.seats import TWO

DEVICE_CLASSES = ("headset", "built-in", "phone", "usb", "lavalier", "synthetic")


class Devices:
    """Names the devices of speakers, numbered by their first sitting with each; asks once for a speaker."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._known: dict[str, dict[str, int]] = {}

    def name(self, sitting: Sitting, person: Contributor) -> str:
        """Return class and number of the device a person was heard with in a sitting."""
        if person.id not in self._known:
            self._known[person.id] = self._devices_of(person.id)
        said = str(sitting.device.get("class", "unknown"))
        kind = said if said in DEVICE_CLASSES else "unknown"
        return f"{kind}-{self._known[person.id][_identity(sitting.device)]}"

    def _devices_of(self, contributor_id: str) -> dict[str, int]:
        devices = self._session.scalars(
            select(Sitting.device)
            .outerjoin(SittingPeer, SittingPeer.sitting_id == Sitting.id)
            .outerjoin(ClaimPartner, ClaimPartner.id == SittingPeer.partner_id)
            .where(
                (Sitting.contributor_id == contributor_id)
                | ((ClaimPartner.contributor_id == contributor_id) & (ClaimPartner.devices != TWO))
            )
            .order_by(Sitting.opened_at, Sitting.id)
        )
        found: dict[str, int] = {}
        for device in devices:
            found.setdefault(_identity(device), len(found) + 1)
        return found


def _identity(device: Mapping[str, Any]) -> str:
    return sha256_of({str(key): str(value) for key, value in device.items()})
