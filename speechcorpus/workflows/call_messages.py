"""What the two pages of a call tell each other to connect: kept for an hour at most, and never in a log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.catalogue import changed_rows
from speechcorpus.store.models import Call, CallMessage
from speechcorpus.store.store import Store
from speechcorpus.workflows.calls import Place, note_seen, other_seen_s, place_in

KINDS: Final = ("hello", "offer", "answer", "candidate", "bye")
VISIT: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.\d{1,6}", re.ASCII)  # in a hello
LONGEST_BYTES: Final = 16 * 1024  # a description of one track and two channels has some 3 KiB
KEPT: Final = 200  # messages a call
A_MINUTE: Final = KEPT // 2  # by each of the two: nobody pushes out what is younger
KEEP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardMessage:
    """A message as one of the two reads it; `number` orders them, and none is given twice."""

    number: int
    from_me: bool
    kind: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What came since, and how long ago the other one's page asked."""

    messages: tuple[HeardMessage, ...]
    other_seen_s: float | None


def say(store: Store, actor: Actor, call_id: str, kind: str, body: str, *, now: datetime) -> int:
    """Leave a message in one's own call and return its number; the oldest go above 200.

    Raises
    ------
    AccessError, SittingError : as `calls.place_in`
    SittingError : `request.field` for an unknown kind or a hello of no visit, `request.too-large` above
        16 KiB, `quota.messages` above 100 a minute
    """
    if kind not in KINDS:
        raise SittingError("request.field", f"kind is none of {', '.join(KINDS)}", field="kind")
    if kind == "hello" and not VISIT.fullmatch(body):
        raise SittingError("request.field", "a hello says which visit of which page it is", field="body")
    size = len(body.encode("utf-8", "surrogatepass"))
    if size > LONGEST_BYTES:
        raise SittingError("request.too-large", "a message is short", bytes=size, limit=LONGEST_BYTES)
    with store.catalogue.write() as session:
        # one at a time a call: numbers come in the order in which they can be read
        place = place_in(session, actor, call_id, lock=True)
        _require_calm(session, actor, place.call, now)
        message = CallMessage(call_id=call_id, sender=actor.id, kind=kind, body=body, at=now)
        session.add(message)
        session.flush()
        _forget_oldest(session, call_id)
    return message.id


def hear(store: Store, actor: Actor, call_id: str, *, after: int, now: datetime) -> Heard:
    """Return the messages of one's own call above a number, both people's, in order; and note who asked.

    Raises
    ------
    AccessError, SittingError : as `calls.place_in`
    """
    with store.catalogue.read() as session:
        place = place_in(session, actor, call_id)
        heard = Heard(messages=_above(session, actor, place, after), other_seen_s=other_seen_s(place, now))
    note_seen(store, call_id, place.seat.number, now=now)
    return heard


def sweep_messages(store: Store, *, now: datetime) -> int:
    """Forget messages an hour after they were left: they hold addresses of devices. Return how many."""
    old = CallMessage.at < now - KEEP
    with store.catalogue.read() as session:
        if session.scalar(select(CallMessage.id).where(old).limit(1)) is None:
            return 0
    with store.catalogue.write() as session:
        return changed_rows(session.execute(delete(CallMessage).where(old)))


def _above(session: Session, actor: Actor, place: Place, after: int) -> tuple[HeardMessage, ...]:
    newer = (CallMessage.call_id == place.call.id, CallMessage.id > after)
    rows: Sequence[CallMessage] = session.scalars(
        select(CallMessage).where(*newer).order_by(CallMessage.id)
    ).all()
    return tuple(
        HeardMessage(number=row.id, from_me=row.sender == actor.id, kind=row.kind, body=row.body)
        for row in rows
    )


def _require_calm(session: Session, actor: Actor, call: Call, now: datetime) -> None:
    lately = (CallMessage.at > now - timedelta(minutes=1), CallMessage.sender == actor.id)
    said = select(func.count()).select_from(CallMessage).where(CallMessage.call_id == call.id, *lately)
    if (session.scalar(said) or 0) >= A_MINUTE:
        raise SittingError("quota.messages", "too many messages in a call", limit=A_MINUTE)


def _forget_oldest(session: Session, call_id: str) -> None:
    of_call = CallMessage.call_id == call_id
    oldest_kept = (
        select(CallMessage.id).where(of_call).order_by(CallMessage.id.desc()).offset(KEPT - 1).limit(1)
    )
    first = session.scalar(oldest_kept)
    if first is not None:
        session.execute(delete(CallMessage).where(of_call, CallMessage.id < first))
