"""Settling two texts that differ: a third person hears the segment and sees both, in an order made by chance.

The settled text, not a count of votes, is what is released.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError, SpeechCorpusError
from speechcorpus.domain.transcript import Violation
from speechcorpus.qc.double import first_stands_left
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Review, SecondTranscript, Segment, Settlement
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.events import holds_private, private_within
from speechcorpus.workflows.holds import is_free_for, is_held_by, is_last_holder, was_given
from speechcorpus.workflows.impartial import barred_contributors, is_known_to, may_judge
from speechcorpus.workflows.items import ItemAudio, item_audio
from speechcorpus.workflows.review_fees import fee_of_settlement, owe_fee, set_fee_aside
from speechcorpus.workflows.second_transcripts import errors_in, first_text, with_draft
from speechcorpus.workflows.withdrawn_items import is_withdrawn, withdrawn_from

LEASE = timedelta(minutes=30)
Side = Literal["left", "right", "own"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLease:
    """A third person's hold on two texts; the decision carries the fence."""

    fence: int
    lease_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of a decision: settled, or a text kept as a draft with the errors that hold it back."""

    done: bool
    errors: tuple[Violation, ...]


def take_settlement(store: Store, actor: Actor, settlement_id: str, *, now: datetime) -> SettlementLease:
    """Hold two texts for 30 minutes; asking again while they are held holds them longer.

    Raises
    ------
    AccessError : `not-found`, also for an item one has decided about: the third is another person
    SittingError : `settlement.taken`; `budget.short` where the terms pay for it and there is no money left
    """
    with store.catalogue.write() as session:
        row, _, _ = open_settlement(session, actor, settlement_id, now=now, lock=True)
        if not is_free(row, actor, now):
            raise SittingError("settlement.taken", "somebody else settles this", settlement=settlement_id)
        if not is_held(row, actor, now):
            row.fence, row.staff_id, row.state = row.fence + 1, actor.id, "assigned"
        row.lease_until = now + LEASE
        set_fee_aside(session, fee_of_settlement(session, row), now=now)
        _audit(session, actor, "settlement.taken", row, {"fence": row.fence}, now)
        return SettlementLease(fence=row.fence, lease_until=row.lease_until)


def settlement_audio(store: Store, actor: Actor, settlement_id: str, *, now: datetime) -> ItemAudio:
    """Return the sound of the segment to the one who settles it; to anybody else it does not exist."""
    with store.catalogue.read() as session:
        row, _, segment = open_settlement(session, actor, settlement_id, now=now)
        if not is_held(row, actor, now):
            raise not_found("settlement")
        return item_audio(store, session, segment)


def settle(
    store: Store, actor: Actor, settlement_id: str, *, fence: int, side: str, own: str, now: datetime
) -> Settled:
    """Settle two texts by one of them or a text of one's own; final, and paid the same whichever it is.

    A hold that ran out counts as long as nobody else took over; what settles no more is kept as a draft.

    Parameters
    ----------
    side : left, right or own
    own : the text for `own`, kept as a draft when a rule holds it back

    Raises
    ------
    AccessError : `not-found`, also for what has been marked as private meanwhile
    SittingError : `settlement.lease-lost` once somebody took over, `request.field`
    TranscriptError : `transcript.too-long`, `transcript.surrogate`
    """
    if side not in get_args(Side):
        raise SittingError("request.field", f"{side!r} is no side", field="side")
    with store.catalogue.write() as session:
        row, second, segment = open_settlement(
            session, actor, settlement_id, now=now, lock=True, private=True
        )
        left, right = sides(session, row, second)
        text = {"left": left, "right": right, "own": unicodedata.normalize("NFC", own)}[side]
        errors = errors_in(session, segment, text)
        refusal = _refusal(session, actor, row, segment, fence)
        if refusal is None or (side == "own" and was_given(row.fence, fence)):
            row.drafts = with_draft(row.drafts, actor, text)
            session.flush()
        if refusal is None:
            row.lease_until = now + LEASE
            session.flush()
            if not errors:
                _write(session, actor, row, text, _kept(row, side), now)
    if refusal is not None:
        raise refusal  # only now: the draft is kept
    return Settled(done=not errors, errors=errors)


def _refusal(
    session: Session, actor: Actor, row: Settlement, segment: Segment, fence: int
) -> SpeechCorpusError | None:
    if holds_private(session, segment):
        return not_found("settlement")
    if row.fence == fence and is_last_holder(actor, holder=row.staff_id, state=row.state):
        return None
    return SittingError("settlement.lease-lost", "these texts are no longer held", settlement=row.id)


def open_settlements(session: Session, actor: Actor, now: datetime) -> Sequence[Settlement]:
    """Return what this reviewer may settle, longest waiting first.

    Nothing they have decided about before, and nothing that is private.
    """
    if is_paused(session, actor.id):
        return ()
    barred = barred_contributors(session, actor, now=now)
    rows = session.scalars(
        select(Settlement)
        .join(SecondTranscript, SecondTranscript.id == Settlement.second_id)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .where(
            Settlement.state != "settled",
            ~private_within(Segment),
            ~withdrawn_from("review"),
            ~is_known_to(barred),
            SecondTranscript.contributor_id.not_in(barred),
            SecondTranscript.segment_id.not_in(
                select(Review.segment_id).where(Review.reviewer_id == actor.id)
            ),
        )
        .order_by(Settlement.created_at, Settlement.id)
    ).all()
    return [row for row in rows if is_free(row, actor, now)]


def open_settlement(
    session: Session,
    actor: Actor,
    settlement_id: str,
    *,
    now: datetime,
    lock: bool = False,
    private: bool = False,
) -> tuple[Settlement, SecondTranscript, Segment]:
    """Return two texts that wait for this reviewer, with their segment.

    Parameters
    ----------
    private : also of a segment that has become private: not to be heard, but for a text to be kept
    """
    require_staff(session, actor, "reviewer")
    row = session.get(Settlement, settlement_id, with_for_update=lock)
    if row is None or row.state == "settled":
        raise not_found("settlement")
    second = session.get_one(SecondTranscript, row.second_id)
    heard = select(Review.id).where(Review.segment_id == second.segment_id, Review.reviewer_id == actor.id)
    if session.scalars(heard).first() is not None:
        raise not_found("settlement")
    segment = session.get_one(Segment, second.segment_id)
    stranger = may_judge(session, actor, segment, gold=True, now=now)  # the ear is not asked for, ADR 59
    if not stranger or second.contributor_id in barred_contributors(session, actor, now=now):
        raise not_found("settlement")
    if not private and holds_private(session, segment):
        raise not_found("settlement")
    if is_withdrawn(session, segment.id, "review"):
        raise not_found("settlement")
    return row, second, segment


def sides(session: Session, row: Settlement, second: SecondTranscript) -> tuple[str, str]:
    """Return the two texts as they stand left and right; nothing tells which one was first."""
    both = (first_text(session, second), second.text or "")
    return both if first_stands_left(row.id) else both[::-1]


def is_held(row: Settlement, actor: Actor, now: datetime) -> bool:
    """Say whether this person settles it now."""
    return is_held_by(actor, holder=row.staff_id, state=row.state, lease_until=row.lease_until, now=now)


def is_free(row: Settlement, actor: Actor, now: datetime) -> bool:
    """Say whether this person may take it: nobody else holds it."""
    return is_free_for(actor, holder=row.staff_id, state=row.state, lease_until=row.lease_until, now=now)


def _kept(row: Settlement, side: str) -> str:
    if side == "own":
        return "own"
    return "first" if (side == "left") == first_stands_left(row.id) else "second"


def _write(session: Session, actor: Actor, row: Settlement, text: str, kept: str, now: datetime) -> None:
    row.state, row.text, row.kept, row.settled_at, row.lease_until = "settled", text, kept, now, None
    session.flush()
    fee = fee_of_settlement(session, row)
    owe_fee(session, actor.id, fee, now=now)
    _audit(session, actor, "settlement.settled", row, {"kept": kept, "owed_minor": fee.amount}, now)


def _audit(
    session: Session, actor: Actor, action: str, row: Settlement, detail: dict[str, object], now: datetime
) -> None:
    append_audit(session, actor=actor, action=action, object=f"settlement:{row.id}", detail=detail, now=now)
