"""The takes of a project that wait for its manager."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.workflows.take_holds import OTHER_RATE, held_takes
from speechcorpus.workflows.views.believed import BelievedRow, held_row


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """A take that waits; one that is only too long is taken by itself once enough time has passed."""

    take_id: str
    claim: BelievedRow
    held_at: datetime
    to_decide: bool


def held_views(session: Session, project_id: str) -> tuple[HeldView, ...]:
    """Return the takes that wait, longest first."""
    return tuple(
        HeldView(
            take_id=held.take_id,
            claim=held_row(held),
            held_at=held.held_at,
            to_decide=held.code == OTHER_RATE,
        )
        for held in held_takes(session, project_id)
    )
