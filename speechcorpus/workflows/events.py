"""Events of a take: what happens beside the words, kept with its time, never in the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from uuid import uuid4

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError, TranscriptError
from speechcorpus.domain.event import Event, EventKind
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, EventRow, Segment, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import (
    held_take,
    not_found,
    own_segment,
    own_take,
    require_contributor,
)

PRIVATE: EventKind = "private"
OVERLAP: EventKind = "overlap"
DERIVED = "segments"  # the author of overlaps that follow from the lanes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptEvent:
    """An event as it is kept: its id, made by whoever added it, and how often it was moved."""

    id: str
    version: int
    event: Event


def events_of_take(store: Store, actor: Actor, take_id: str) -> tuple[KeptEvent, ...]:
    """Return the events of one's own take, by time."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        return tuple(_kept(row) for row in _living(session, take.id))


def events_of_segment(store: Store, actor: Actor, segment_id: str) -> tuple[KeptEvent, ...]:
    """Return the events inside one's own segment, or reaching into it, in samples of its take."""
    with store.catalogue.read() as session:
        segment, _ = own_segment(session, actor, segment_id)
        return events_within(session, segment)


def events_within(
    session: Session, segment: Segment, *, kind: EventKind | None = None
) -> tuple[KeptEvent, ...]:
    """Return the events that share a sample with a segment, of one kind or all.

    Who may know is for the caller.
    """
    wanted = _reaches(segment) if kind is None else (*_reaches(segment), EventRow.kind == kind)
    return tuple(_kept(row) for row in _living(session, segment.take_id, *wanted))


def holds_private(session: Session, segment: Segment) -> bool:
    """Say whether some of a segment is private: its text cannot be blanked by time, so it is not released."""
    return bool(session.scalar(select(private_within(segment))))


def private_within(segment: Segment | type[Segment]) -> ColumnElement[bool]:
    """Return the condition that some of a segment is private; of the table, for a query over many."""
    return exists().where(
        EventRow.take_id == segment.take_id,
        EventRow.kind == PRIVATE,
        EventRow.removed_at.is_(None),
        *_reaches(segment),
    )


def keep_event(
    store: Store, actor: Actor, take_id: str, event_id: str, event: Event, base_version: int, *, now: datetime
) -> KeptEvent:
    """Add an event to one's own take, or move one of it; the same request again changes nothing.

    Only the span of a kept event can be changed: another kind or note is another event.

    Parameters
    ----------
    event_id : made by whoever adds it
    base_version : the version it is moved from, 0 for a new one

    Raises
    ------
    AccessError : `not-found`
    SittingError : `event.conflict` if it was moved or removed meanwhile, `claim.not-active` after hand-in;
        a private span can be marked at any time
    TranscriptError : `event.outside`
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        own_take(session, actor, take_id)
        take, claim = held_take(session, take_id)
        row = session.get(EventRow, event_id)
        if row is not None and row.take_id != take.id:
            raise not_found("event")
        if row is not None and _kept(row).event == event and row.removed_at is None:
            return _kept(row)
        _require_open(claim, event, is_new=row is None)
        _require_inside(take, event)
        if row is None and base_version == 0:
            row = _add(session, actor, take, event_id, event, now)
        else:
            row = _move(session, actor, _require_same(row, event, event_id, base_version), event, now)
        return _kept(row)


def keep_derived(session: Session, take: Take, events: Sequence[Event], *, now: datetime) -> None:
    """Let the overlaps that follow from a take's segments be these; what people said of one stays.

    An overlap that somebody moved, removed or marked in just this place is not put there again.
    """
    wanted = {(event.start_sample, event.end_sample): event for event in events}
    said = (EventRow.take_id == take.id, EventRow.kind == OVERLAP, EventRow.author != DERIVED)
    for span in session.execute(select(EventRow.start_sample, EventRow.end_sample).where(*said)):
        wanted.pop((span.start_sample, span.end_sample), None)
    for row in _living(session, take.id):
        if row.author != DERIVED:
            continue
        if wanted.pop((row.start_sample, row.end_sample), None) is None:
            row.removed_at = now
    for event in wanted.values():
        session.add(_row(take, str(uuid4()), event, DERIVED, now))
    session.flush()


def remove_event(store: Store, actor: Actor, take_id: str, event_id: str, *, now: datetime) -> None:
    """Remove an event of one's own take; its row stays, with the time. Removing it again changes nothing.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `claim.not-active` after hand-in
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        own_take(session, actor, take_id)
        take, claim = held_take(session, take_id)
        row = session.get(EventRow, event_id)
        if row is None or row.take_id != take.id:
            raise not_found("event")
        if row.removed_at is not None:
            return
        _require_open(claim, _kept(row).event, is_new=False)
        row.removed_at, row.author = now, actor.name_for_audit  # what they removed is not derived again
        session.flush()
        _audit(session, actor, "event.removed", row, {}, now)


def _reaches(segment: Segment | type[Segment]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Return the conditions that an event of its take shares a sample with a segment."""
    return EventRow.start_sample < segment.end_sample, EventRow.end_sample > segment.start_sample


def _living(session: Session, take_id: str, *wanted: ColumnElement[bool]) -> list[EventRow]:
    living = select(EventRow).where(EventRow.take_id == take_id, EventRow.removed_at.is_(None), *wanted)
    return list(
        session.scalars(living.order_by(EventRow.start_sample, EventRow.end_sample, EventRow.id)).all()
    )


def _kept(row: EventRow) -> KeptEvent:
    event = Event(
        kind=cast(EventKind, row.kind),
        start_sample=row.start_sample,
        end_sample=row.end_sample,
        speaker=row.speaker,
        language=row.language,
        note=row.note,
    )
    return KeptEvent(id=row.id, version=row.version, event=event)


def _require_open(claim: Claim | None, event: Event, *, is_new: bool) -> None:
    """Let events be changed while the claim is held; what is private may be said at any time."""
    if (claim is None or claim.state != "active") and not (is_new and event.kind == PRIVATE):
        state = claim.state if claim else "none"
        raise SittingError("claim.not-active", f"the claim is {state}", state=state)


def _require_inside(take: Take, event: Event) -> None:
    if take.frames is None or event.end_sample > take.frames:
        raise TranscriptError(
            "event.outside",
            f"the take has {take.frames or 0} samples, the event ends at {event.end_sample}",
            frames=take.frames,
            end_sample=event.end_sample,
        )


def _require_same(row: EventRow | None, event: Event, event_id: str, base_version: int) -> EventRow:
    """Return the row an event is moved in; it is the one the browser believes it to be."""
    newest = 0 if row is None else row.version
    if row is None or row.removed_at is not None or newest != base_version or _differs(row, event):
        raise SittingError(
            "event.conflict",
            f"version {newest} of this event counts, the change was made from {base_version}",
            event=event_id,
            newest=newest,
            base=base_version,
        )
    return row


def _differs(row: EventRow, event: Event) -> bool:
    return (row.kind, row.speaker, row.language, row.note) != (
        event.kind,
        event.speaker,
        event.language,
        event.note,
    )


def _add(session: Session, actor: Actor, take: Take, event_id: str, event: Event, now: datetime) -> EventRow:
    row = _row(take, event_id, event, actor.name_for_audit, now)
    session.add(row)
    session.flush()
    _audit(session, actor, "event.added", row, _span(row), now)
    return row


def _row(take: Take, event_id: str, event: Event, author: str, now: datetime) -> EventRow:
    return EventRow(
        id=event_id,
        take_id=take.id,
        kind=event.kind,
        start_sample=event.start_sample,
        end_sample=event.end_sample,
        speaker=event.speaker,
        language=event.language,
        note=event.note,
        version=1,
        author=author,
        created_at=now,
        changed_at=now,
    )


def _move(session: Session, actor: Actor, row: EventRow, event: Event, now: datetime) -> EventRow:
    before = _span(row)
    if row.author == DERIVED:
        _leave_word(session, actor, row, now)
    row.start_sample, row.end_sample = event.start_sample, event.end_sample
    row.version, row.changed_at, row.author = row.version + 1, now, actor.name_for_audit
    session.flush()
    _audit(session, actor, "event.moved", row, {"from": before, "to": _span(row)}, now)
    return row


def _leave_word(session: Session, actor: Actor, row: EventRow, now: datetime) -> None:
    """Keep a removed row where an overlap was derived: somebody said that it is not there."""
    take = session.get_one(Take, row.take_id)
    word = _row(take, str(uuid4()), _kept(row).event, actor.name_for_audit, now)
    word.removed_at = now
    session.add(word)


def _span(row: EventRow) -> dict[str, object]:
    return {"start_sample": row.start_sample, "end_sample": row.end_sample}


def _audit(
    session: Session, actor: Actor, action: str, row: EventRow, detail: dict[str, object], now: datetime
) -> None:
    # a note may hold what is private: the log names kind and place only
    append_audit(
        session,
        actor=actor,
        action=action,
        object=f"event:{row.id}",
        detail={"take": row.take_id, "kind": row.kind, **detail},
        now=now,
    )
