"""The segments of one take as its editor shows them, and where speech has no text."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.record.segment_edit import Part
from speechcorpus.record.segmentation import Span, speech_without_text
from speechcorpus.store.models import Revision, Segment, SegmentEdit, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_take
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.side_voices import heard_of_own
from speechcorpus.workflows.sitting_peers import devices_of, peer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentState:
    """One segment of a take as the editor shows it."""

    part: Part
    version: int
    revision: int  # of its text, 0 for none
    measured: bool  # False: its edges moved, or nobody measured it yet


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeSegments:
    """The segments of a take, by start, then speaker.

    `unwritten` are stretches of speech of more than 0.6 s without a text, None where nobody listened to the
    take; what leaks in from the track beside it is not among them. `undoable` is the number of the edit that
    would be taken back next. `peers` are those who spoke beside the contributor on this track, by the name of
    their lane.
    """

    take_id: str
    rate_hz: int
    frames: int
    segments: tuple[SegmentState, ...]
    unwritten: tuple[Span, ...] | None
    undoable: int | None
    peers: tuple[str, ...]


def segments_of_take(store: Store, actor: Actor, take_id: str) -> TakeSegments:
    """Return the segments of one's own take."""
    with store.catalogue.read() as session:
        take, _ = own_take(session, actor, take_id)
        return shown_segments(session, take)


def shown_segments(session: Session, take: Take) -> TakeSegments:
    """Return the segments of a take; who may see them is for the caller."""
    states, sound, last = (
        segment_states(session, take),
        heard_of_own(session, take),
        undoable_edit(session, take),
    )
    at_two = devices_of(session, take.sitting_id) == TWO  # each has a track, and no lane in the other's
    partner = None if at_two else peer_of(session, take.sitting_id)
    written = [(state.part.start_sample, state.part.end_sample) for state in states if state.part.text]
    return TakeSegments(
        take_id=take.id,
        rate_hz=take.rate_hz,
        frames=take.frames or 0,
        segments=tuple(states),
        unwritten=None if sound is None else speech_without_text(sound, written),
        undoable=last.number if last else None,
        peers=(partner.pseudonym,) if partner else (),
    )


def segment_states(session: Session, take: Take) -> list[SegmentState]:
    """Return the segments of a take that count, by start, then speaker."""
    rows = session.scalars(
        select(Segment).where(Segment.take_id == take.id, Segment.chosen.is_(True)).order_by(Segment.id)
    ).all()
    # sorted here: the two databases do not agree where a speaker that is NULL belongs
    ordered = sorted(rows, key=lambda row: (row.start_sample, row.speaker or ""))
    return [_state(row, newest_text(session, row.id)) for row in ordered]


def _state(row: Segment, text: Revision | None) -> SegmentState:
    part = Part(
        id=row.id,
        start_sample=row.start_sample,
        end_sample=row.end_sample,
        speaker=row.speaker,
        text=text.text if text else "",
    )
    return SegmentState(
        part=part,
        version=row.version,
        revision=text.number if text else 0,
        measured=row.item_sha256 is not None,
    )


def undoable_edit(session: Session, take: Take) -> SegmentEdit | None:
    """Return the last edit that was not taken back; undoing again goes further back."""
    undone = select(SegmentEdit.undoes).where(SegmentEdit.take_id == take.id, SegmentEdit.undoes.is_not(None))
    left = select(SegmentEdit).where(
        SegmentEdit.take_id == take.id, SegmentEdit.kind != "undo", SegmentEdit.number.not_in(undone)
    )
    return session.scalars(left.order_by(SegmentEdit.number.desc())).first()
