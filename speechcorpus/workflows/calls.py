"""Calls between the two people of a dialogue on two devices: who may join, who is there, when it is over.

A call carries the conversation, for hearing only. Nothing here is needed to record: each side keeps its own
track whether there is a call or not.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Call, CallMessage, Claim, ClaimPartner
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.call_ends import OPEN, end_call_of
from speechcorpus.workflows.consents import require_consent
from speechcorpus.workflows.one_by_one import one_by_one
from speechcorpus.workflows.partners import agrees_now, holder_agrees_now
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.seats import TWO, Seat, SeatNumber, seated_claim

JANITOR = Actor(role="operator", id="janitor")
SEEN_WITHIN = timedelta(seconds=4)  # two who poll every second write a row every four


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A call as one of the two finds it."""

    call_id: str
    state: str
    seat: SeatNumber
    other: str  # pseudonym
    newest: int  # the number of the last message; 0 before any


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An open call and the seat in its claim of whoever asks for it."""

    call: Call
    seat: Seat


def join_call(store: Store, actor: Actor, claim_id: str, *, now: datetime) -> Joined:
    """Return the open call of a dialogue, made for whoever of the two asks first.

    Of two who ask at once both find the same.

    Raises
    ------
    AccessError : `not-found` without a seat, before somebody agreed and after the claim's end;
        `consent.withdrawn`, `consent.missing`
    SittingError : `call.not-two-devices`; `partner.consent` while the other one does not agree
    """
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        seat, row = _two_seats(session, actor, claim_id)
        found = _open_call(session, row)
        if found is not None:
            return _joined(session, found, seat)
    with store.catalogue.write() as session:
        seat, row = _two_seats(session, actor, claim_id)
        session.refresh(row, with_for_update=True)  # the second of two waits here, then finds it
        require_standing(session, actor, seat)
        call = _open_call(session, row) or _make(session, actor, row, now)
        return _joined(session, call, seat)


def place_in(session: Session, actor: Actor, call_id: str, *, lock: bool = False) -> Place:
    """Return an open call of one's own; `lock` holds its row.

    Raises
    ------
    AccessError : `not-found` for anybody else, and once it or what it belongs to has ended;
        `consent.withdrawn`, `consent.missing`
    SittingError : `partner.consent`
    """
    require_contributor(session, actor)
    call = session.get(Call, call_id, with_for_update=lock)
    row = session.get(ClaimPartner, call.partner_id) if call is not None and call.state == OPEN else None
    if call is None or row is None:
        raise not_found("call")
    seat = _seat_or_none(session, actor, row.claim_id)
    if seat is None or seat.partner is None or seat.partner.id != row.id:
        raise not_found("call")
    require_standing(session, actor, seat)
    return Place(call=call, seat=seat)


def require_standing(session: Session, actor: Actor, seat: Seat) -> None:
    """Refuse a call once the claim is over, the two are no partners, or one of them no longer agrees.

    Raises
    ------
    AccessError, SittingError : as `place_in`
    """
    row = seat.partner
    if row is None or row.ended_at is not None or seat.claim.state != "active":
        raise not_found("call")
    require_consent(session, actor.id, terms_by_hash(session, seat.claim.terms_sha256))
    if not (agrees_now if seat.number == 1 else holder_agrees_now)(session, row):
        raise SittingError("partner.consent", "the other one does not agree to what the terms need")


def note_seen(store: Store, call_id: str, seat: SeatNumber, *, now: datetime) -> None:
    """Remember that the page of a seat asked just now."""
    column = Call.first_seen_at if seat == 1 else Call.second_seen_at
    stale = (Call.id == call_id, Call.state == OPEN, (column.is_(None)) | (column < now - SEEN_WITHIN))
    with store.catalogue.read() as session:
        if session.scalar(select(Call.id).where(*stale)) is None:
            return
    # many pages ask at once: they share a commit
    store.catalogue.write_together(lambda session: _see(session, stale, column, now))


def _see(
    session: Session,
    stale: tuple[ColumnElement[bool], ...],
    column: InstrumentedAttribute[datetime | None],
    now: datetime,
) -> None:
    session.execute(update(Call).where(*stale).values({column: now}))


def other_seen_s(place: Place, now: datetime) -> float | None:
    """Return how long ago the other one's page last asked, in seconds; None if it never did.

    It is remembered every four seconds, so up to that much may be too much.
    """
    at = place.call.second_seen_at if place.seat.number == 1 else place.call.first_seen_at
    return None if at is None else max(0.0, (now - at).total_seconds())


def end_dead_calls(store: Store, *, now: datetime) -> int:
    """End the calls whose partners are none any more, or no longer agree, or whose claim is over."""
    open_ones = select(Call.partner_id).where(Call.state == OPEN).order_by(Call.opened_at, Call.id)
    with store.catalogue.read() as session:
        rows = [session.get_one(ClaimPartner, each) for each in session.scalars(open_ones).all()]
        dead = [row.id for row in rows if not _lives(session, row)]
    return one_by_one(lambda partner_id: _end_if_dead(store, partner_id, now), dead)


def _end_if_dead(store: Store, partner_id: str, now: datetime) -> bool:
    with store.catalogue.write() as session:
        row = session.get_one(ClaimPartner, partner_id, with_for_update=True)
        return not _lives(session, row) and end_call_of(session, JANITOR, row.id, why="over", now=now)


def _lives(session: Session, row: ClaimPartner) -> bool:
    is_held = session.get_one(Claim, row.claim_id).state == "active"
    return is_held and agrees_now(session, row) and holder_agrees_now(session, row)


def _two_seats(session: Session, actor: Actor, claim_id: str) -> tuple[Seat, ClaimPartner]:
    seat = _seat_or_none(session, actor, claim_id)
    if seat is None or seat.partner is None:
        raise not_found("call")
    if seat.devices != TWO:
        raise SittingError("call.not-two-devices", "the two of this dialogue sit at one device")
    require_standing(session, actor, seat)
    return seat, seat.partner


def _seat_or_none(session: Session, actor: Actor, claim_id: str) -> Seat | None:
    """Return the seat, None for no seat: the answer is about the call, and the same for every stranger."""
    try:
        return seated_claim(session, actor, claim_id)
    except AccessError:
        return None


def _open_call(session: Session, row: ClaimPartner) -> Call | None:
    return session.scalars(select(Call).where(Call.partner_id == row.id, Call.state == OPEN)).first()


def _make(session: Session, actor: Actor, row: ClaimPartner, now: datetime) -> Call:
    call = Call(id=str(uuid4()), partner_id=row.id, state=OPEN, opened_at=now)
    session.add(call)
    session.flush()
    detail = {"claim": row.claim_id, "partner": row.id}
    append_audit(session, actor=actor, action="call.opened", object=f"call:{call.id}", detail=detail, now=now)
    return call


def _joined(session: Session, call: Call, seat: Seat) -> Joined:
    newest = session.scalar(select(func.max(CallMessage.id)).where(CallMessage.call_id == call.id))
    return Joined(
        call_id=call.id,
        state=call.state,
        seat=seat.number,
        other=seat.other.pseudonym if seat.other is not None else "",
        newest=newest or 0,
    )
