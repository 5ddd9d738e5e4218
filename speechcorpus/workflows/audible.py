"""Whose voice an item is, and everybody who is heard in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.store.models import Claim, Contributor, Segment, Sitting, Task
from speechcorpus.work.withdrawal import goes_with_the_other
from speechcorpus.workflows.partners import DIALOGUE, Devices
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.sitting_peers import devices_of, peer_of
from speechcorpus.workflows.take_pairs import bleed_db_of

NOBODY_KNOWS = "unknown-partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audible:
    """The speaker of an item, and all who are heard in its take by key; None is somebody nobody knows.

    A dialogue on one device is one track: both are heard in every item of it. With two devices each track is
    of one person, and the other is heard in it only where they leak in, or where nobody measured that.
    """

    speaker: Contributor
    heard: Mapping[str, Contributor | None]
    dialogue_id: str | None  # None: one person speaks, or nobody knows the other
    devices: Devices | None  # of a dialogue whose other person is known

    @property
    def withdrawn(self) -> bool:
        """Whether somebody who is heard has closed their account."""
        return any(
            person is not None and person.state in ("withdrawn", "erased") for person in self.heard.values()
        )


def audible_in(session: Session, segment: Segment, sitting: Sitting, claim: Claim, task: Task) -> Audible:
    """Return who is heard in an item: the lane of a dialogue's partner is that person's."""
    owner = session.get_one(Contributor, sitting.contributor_id)  # on two devices either of the two
    heard: dict[str, Contributor | None] = {owner.id: owner}
    partner = peer_of(session, sitting.id) if task.style == DIALOGUE else None
    is_partners = partner is not None and segment.speaker == partner.pseudonym
    if partner is not None and (is_partners or other_is_heard(session, sitting.id, segment.take_id)):
        heard[partner.id] = partner
    elif partner is None and task.style == DIALOGUE:
        heard[NOBODY_KNOWS] = None
    if segment.speaker is not None and not is_partners:
        heard[segment.speaker] = None
    return Audible(
        speaker=partner if partner is not None and is_partners else owner,
        heard=heard,
        dialogue_id=dialogue_name(claim.id) if partner is not None else None,
        devices=devices_of(session, sitting.id) if partner is not None else None,
    )


def dialogue_name(claim_id: str) -> str:
    """Return how a dialogue is called in releases: the same on both tracks, and no claim is found by it."""
    return f"dlg-{sha256_of(claim_id)[:16]}"


def other_is_heard(session: Session, sitting_id: str, take_id: str) -> bool:
    """Say whether the other person of a dialogue counts as heard in a take: then it goes when they withdraw.

    So it is on one device, where the other leaks in above -20 dB, and as long as nobody knows.
    """
    own_track = devices_of(session, sitting_id) == TWO
    bleed_db = bleed_db_of(session, take_id) if own_track else None
    return goes_with_the_other(mixed=not own_track, bleed_db=bleed_db)
