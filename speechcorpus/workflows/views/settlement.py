"""The third person's pages: which texts differ, and two of them side by side with the sound.

Blind: who wrote which, and which was first, is not read into what is shown.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.transcript import Violation
from speechcorpus.store.models import Claim, SecondTranscript, Segment, Settlement, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.second_settling import is_held, open_settlement, open_settlements, sides
from speechcorpus.workflows.second_transcripts import draft_of, errors_in
from speechcorpus.workflows.views.queue import review_name

SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementRow:
    """Two texts that wait for a third person."""

    settlement_id: str
    name: str
    mine: bool
    variety: str
    style: str
    duration_s: float
    waited: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementView:
    """Everything a third person settles by."""

    row: SettlementRow
    fence: int
    lease_until: datetime | None
    marks: str
    left: str
    right: str
    draft: str
    errors: tuple[Violation, ...]  # of the draft


def settlement_list(store: Store, actor: Actor, *, now: datetime) -> tuple[SettlementRow, ...]:
    """Return what the reviewer who asks may settle, the longest waiting first."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        return tuple(_row(session, row, actor, now) for row in open_settlements(session, actor, now)[:SHOWN])


def settlement_is_mine(store: Store, actor: Actor, settlement_id: str, *, now: datetime) -> bool:
    """Whether the reviewer who asks holds it now; `not-found` where there is nothing to hold."""
    with store.catalogue.read() as session:
        return is_held(open_settlement(session, actor, settlement_id, now=now)[0], actor, now)


def settlement_view(store: Store, actor: Actor, settlement_id: str, *, now: datetime) -> SettlementView:
    """Return two texts to the one who holds them; to anybody else they do not exist."""
    with store.catalogue.read() as session:
        row, second, segment = open_settlement(session, actor, settlement_id, now=now)
        if not is_held(row, actor, now):
            raise not_found("settlement")
        left, right = sides(session, row, second)
        draft = draft_of(row.drafts, actor)
        return SettlementView(
            row=_row(session, row, actor, now),
            fence=row.fence,
            lease_until=row.lease_until,
            marks=terms_by_hash(session, second.terms_sha256).task.transcript.marks,
            left=left,
            right=right,
            draft=draft,
            errors=errors_in(session, segment, draft) if draft else (),
        )


def _row(session: Session, row: Settlement, actor: Actor, now: datetime) -> SettlementRow:
    second = session.get_one(SecondTranscript, row.second_id)
    segment = session.get_one(Segment, second.segment_id)
    take = session.get_one(Take, segment.take_id)
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    return SettlementRow(
        settlement_id=row.id,
        name=review_name(row.id),
        mine=is_held(row, actor, now),
        variety=task.variety,
        style=task.style,
        duration_s=(segment.end_sample - segment.start_sample) / take.rate_hz,
        waited=now - row.created_at,
    )
