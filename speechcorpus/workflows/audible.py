"""Whose voice an item is, and everybody who is heard in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import sha256_of
from speechcorpus.store.models import Claim, Contributor, Segment, Sitting, Task
from speechcorpus.workflows.partners import DIALOGUE
from speechcorpus.workflows.sitting_peers import peer_of

NOBODY_KNOWS = "unknown-partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class Audible:
    """The speaker of an item, and all who are heard in its take by key; None is somebody nobody knows.

    A dialogue on one device is one track: both are heard in every item of it.
    """

    speaker: Contributor
    heard: Mapping[str, Contributor | None]
    dialogue_id: str | None  # None: one person speaks, or nobody knows the other

    @property
    def withdrawn(self) -> bool:
        """Whether somebody who is heard has closed their account."""
        return any(
            person is not None and person.state in ("withdrawn", "erased") for person in self.heard.values()
        )


def audible_in(session: Session, segment: Segment, sitting: Sitting, claim: Claim, task: Task) -> Audible:
    """Return who is heard in an item: the lane of a dialogue's partner is that person's."""
    holder = session.get_one(Contributor, claim.contributor_id)
    heard: dict[str, Contributor | None] = {holder.id: holder}
    partner = peer_of(session, sitting.id) if task.style == DIALOGUE else None
    if partner is not None:
        heard[partner.id] = partner
    elif task.style == DIALOGUE:
        heard[NOBODY_KNOWS] = None
    is_partners = partner is not None and segment.speaker == partner.pseudonym
    if segment.speaker is not None and not is_partners:
        heard[segment.speaker] = None
    return Audible(
        speaker=partner if partner is not None and is_partners else holder,
        heard=heard,
        dialogue_id=f"dlg-{sha256_of(claim.id)[:16]}" if partner is not None else None,
    )
