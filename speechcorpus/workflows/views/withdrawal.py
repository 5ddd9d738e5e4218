"""What a person can take back, what they took back, and the receipts of it; also for a closed account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Prompt, Receipt, Segment, Take, Withdrawal
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_person
from speechcorpus.workflows.item_owner import owned_by
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.withdrawn_items import is_withdrawn
from speechcorpus.workflows.withdrawn_scope import standing_consents


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """One purpose that stands under one text."""

    purpose: str
    text_version: str
    text_sha256: str
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OneItem:
    """The item that is to be taken back, so that it can be told from others."""

    segment_id: str
    text: str
    duration_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One withdrawal, with its receipt and what is still to come."""

    scope: str
    purpose: str | None
    withdrawn_at: datetime
    erase_at: datetime | None
    erased_at: datetime | None
    receipt_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalView:
    """The page on which a person takes back."""

    closed: bool  # everything has been taken back
    items: int  # recordings under this account
    agreed: tuple[Agreed, ...]
    item: OneItem | None
    taken: tuple[Taken, ...]


def withdrawal_view(store: Store, actor: Actor, segment_id: str | None = None) -> WithdrawalView:
    """Return what can be taken back and what was; with an id, the one item that is meant.

    Raises
    ------
    AccessError : `not-found` for somebody else's item, or one that was taken back
    """
    with store.catalogue.read() as session:
        person = require_person(session, actor)
        items = session.scalars(select(Segment.id).where(owned_by(person.id), Segment.chosen)).all()
        return WithdrawalView(
            closed=person.state == "withdrawn",
            items=len(items),
            agreed=tuple(
                Agreed(
                    purpose=row.purpose,
                    text_version=row.text_version,
                    text_sha256=row.text_sha256,
                    given_at=row.given_at,
                )
                for row in standing_consents(session, person.id)
            ),
            item=_item(session, actor, segment_id) if segment_id is not None else None,
            taken=_taken(session, person.id),
        )


def _item(session: Session, actor: Actor, segment_id: str) -> OneItem | None:
    segment, _ = own_segment(session, actor, segment_id)
    if is_withdrawn(session, segment.id):
        return None
    text = newest_text(session, segment.id)
    prompt = session.get(Prompt, segment.prompt_id) if segment.prompt_id else None
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    return OneItem(
        segment_id=segment.id,
        text=text.text if text is not None else prompt.text if prompt is not None else "",
        duration_s=(segment.end_sample - segment.start_sample) / rate_hz,
    )


def _taken(session: Session, person_id: str) -> tuple[Taken, ...]:
    rows: Sequence[Withdrawal] = session.scalars(
        select(Withdrawal)
        .where(Withdrawal.contributor_id == person_id)
        .order_by(Withdrawal.withdrawn_at.desc(), Withdrawal.id)
    ).all()
    mine = (Receipt.kind == "withdrawal", Receipt.contributor_id == person_id)
    receipts = {row.subject_id: row.id for row in session.scalars(select(Receipt).where(*mine))}
    return tuple(
        Taken(
            scope=row.scope,
            purpose=row.purpose,
            withdrawn_at=row.withdrawn_at,
            erase_at=row.erase_at,
            erased_at=row.erased_at,
            receipt_id=receipts.get(row.id),
        )
        for row in rows
    )
