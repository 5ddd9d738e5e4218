"""Cutting, joining and moving the segments of one's own take; every edit can be taken back exactly."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar, cast
from uuid import uuid4

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError, TranscriptError
from speechcorpus.record.segment_edit import Edit, EditKind, assign, merge, move, split, taken_back
from speechcorpus.store.models import Take, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import held_take, own_segment, own_take, require_contributor
from speechcorpus.workflows.segment_desk import Desk, Seen
from speechcorpus.workflows.segment_log import logged_parts
from speechcorpus.workflows.segments import READ
from speechcorpus.workflows.views.take_segments import TakeSegments, shown_segments, undoable_edit

__all__ = ["Seen", "assign_speaker", "merge_segments", "move_segment", "split_segment", "undo_edit"]

Place = TypeVar("Place")


def split_segment(
    store: Store,
    actor: Actor,
    segment_id: str,
    *,
    seen: Seen,
    at_sample: int,
    text_at: int,
    snap: bool,
    now: datetime,
) -> TakeSegments:
    """Cut one's own segment in two; the first half keeps its id.

    Parameters
    ----------
    text_at : code points of its text that belong to the first half
    snap : move the cut to the quietest 10 ms within 0.3 s, outside speech

    Raises
    ------
    AccessError : `not-found`
    SittingError : `segment.conflict` for a state that is over, `segment.one-prompt` for a read prompt,
        `claim.not-active`, `item.handed-in`
    TranscriptError : `segment.outside`, `segment.too-short`, `segment.text-place`
    """

    def edit(desk: Desk) -> Edit:
        part = desk.seen_part(segment_id, seen)
        places = [desk.snapped(at_sample), at_sample] if snap else [at_sample]
        return _first_possible(
            lambda at: split(part, at, text_at, new_id=str(uuid4()), rate_hz=desk.take.rate_hz), places
        )

    return _edit(store, actor, segment_id, edit, of_any_style=False, now=now)


def merge_segments(
    store: Store, actor: Actor, segment_id: str, *, seen: Seen, other_id: str, other_seen: Seen, now: datetime
) -> TakeSegments:
    """Join one's own segment to the next one of its speaker; the first id stays.

    Raises
    ------
    AccessError : `not-found`
    SittingError : as `split_segment`
    TranscriptError : `segment.order`, `segment.lane`, `segment.too-long`
    """

    def edit(desk: Desk) -> Edit:
        first, second = desk.seen_part(segment_id, seen), desk.seen_part(other_id, other_seen)
        if any(
            part.speaker == first.speaker and first.start_sample < part.start_sample < second.start_sample
            for part in desk.parts.values()
        ):
            raise TranscriptError("segment.order", "a segment is joined with the one after it")
        return merge(first, second, rate_hz=desk.take.rate_hz)

    return _edit(store, actor, segment_id, edit, of_any_style=False, now=now)


def move_segment(
    store: Store,
    actor: Actor,
    segment_id: str,
    *,
    seen: Seen,
    start_sample: int,
    end_sample: int,
    snap: bool,
    now: datetime,
) -> TakeSegments:
    """Give one's own segment other edges; it is measured and judged anew.

    Parameters
    ----------
    snap : move a changed edge to the quietest 10 ms within 0.3 s, outside speech

    Raises
    ------
    AccessError : `not-found`
    SittingError : `segment.conflict`, `claim.not-active`, `item.handed-in`
    TranscriptError : `segment.outside`, `segment.too-short`, `segment.too-long`, `segment.overlap`
    """

    def edit(desk: Desk) -> Edit:
        part = desk.seen_part(segment_id, seen)
        wanted = (start_sample, end_sample)
        near = tuple(
            new if new == old else desk.snapped(new)
            for new, old in zip(wanted, (part.start_sample, part.end_sample), strict=True)
        )
        return _first_possible(
            lambda edges: move(
                part,
                *edges,
                others=desk.parts.values(),
                frames=desk.take.frames or 0,
                rate_hz=desk.take.rate_hz,
            ),
            [near, wanted] if snap else [wanted],
        )

    return _edit(store, actor, segment_id, edit, of_any_style=True, now=now)


def assign_speaker(
    store: Store, actor: Actor, segment_id: str, *, seen: Seen, speaker: str | None, now: datetime
) -> TakeSegments:
    """Put one's own segment into another speaker's lane; None is the contributor's own.

    A release takes no segment of a lane whose speaker nobody knows: whoever is heard has to agree.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `segment.conflict`, `claim.not-active`, `item.handed-in`
    TranscriptError : `segment.speaker`, `segment.overlap`
    """

    def edit(desk: Desk) -> Edit:
        if speaker is not None and speaker == desk.name_beside:
            raise TranscriptError("segment.speaker", "they have a track of their own", speaker=speaker)
        return assign(desk.seen_part(segment_id, seen), speaker, others=desk.parts.values())

    return _edit(store, actor, segment_id, edit, of_any_style=True, now=now)


def undo_edit(store: Store, actor: Actor, take_id: str, number: int, *, now: datetime) -> TakeSegments:
    """Take back the last edit of one's own take: the same ids, edges and texts as before it.

    Raises
    ------
    AccessError : `not-found`
    SittingError : `segment.conflict` if it is not the last one, or something was written since; what was
        written is never lost to an undo. Also `claim.not-active`, `item.handed-in`
    """
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        own_take(session, actor, take_id)
        take, claim = held_take(session, take_id)
        row = undoable_edit(session, take)
        if claim is None or row is None or row.number != number:
            raise SittingError("segment.conflict", "another edit was the last one", edit=number)
        desk = Desk(session, actor, take, claim, now=now)
        desk.require_unwritten(row.before)
        done = Edit(
            kind=cast(EditKind, row.kind),
            before=logged_parts(session, row.before),
            after=logged_parts(session, row.after),
        )
        desk.carry_out(taken_back(done), now, undoes=number)
        return shown_segments(session, take)


def _edit(
    store: Store,
    actor: Actor,
    segment_id: str,
    plan: Callable[[Desk], Edit],
    *,
    of_any_style: bool,
    now: datetime,
) -> TakeSegments:
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        segment, claim = own_segment(session, actor, segment_id)
        session.refresh(claim, with_for_update=True)  # one edit of a claim at a time
        take = session.get_one(Take, segment.take_id)
        if not of_any_style and session.get_one(Task, claim.task_id).style == READ:
            raise SittingError("segment.one-prompt", "a read prompt is one segment", segment=segment_id)
        desk = Desk(session, actor, take, claim, now=now)
        desk.carry_out(plan(desk), now, undoes=None)
        return shown_segments(session, take)


def _first_possible(make: Callable[[Place], Edit], places: Sequence[Place]) -> Edit:
    """Return the edit at the first place it can be made at; the last one says why it cannot."""
    for place in places[:-1]:
        try:
            return make(place)
        except TranscriptError:
            continue
    return make(places[-1])
