"""Where two people speak at once: events, derived from the lanes of a take and from the track beside it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.event import Event
from speechcorpus.record.segmentation import Piece, Span, overlaps
from speechcorpus.record.side_by_side import together, union, within
from speechcorpus.store.models import Segment, Take
from speechcorpus.workflows.events import OVERLAP, keep_derived
from speechcorpus.workflows.side_tracks import placed, side_tracks
from speechcorpus.workflows.side_voices import voices_of


def keep_overlaps(session: Session, take: Take, *, now: datetime) -> None:
    """Let the overlap events of a take, and of the tracks beside it, follow from their segments as they are.

    Whoever calls this holds the claim's row: two people may cut their tracks at the same time.
    """
    for each in (take, *(side.take for side in side_tracks(session, take))):
        keep_derived(session, each, _overlaps(session, each), now=now)


def _overlaps(session: Session, take: Take) -> Sequence[Event]:
    pieces = _pieces(session, take)
    found = [(event.start_sample, event.end_sample) for event in overlaps(pieces)]
    for side in side_tracks(session, take):
        voices = None if side.by_clock else voices_of(session, take, side)
        if voices is None:
            continue  # by the clocks alone they are off by more than people overlap
        theirs = placed(side, _own(_pieces(session, side.take)), frames=take.frames or 0)
        found += together(voices.both, within(_own(pieces), theirs), rate_hz=take.rate_hz)
    return [Event(kind=OVERLAP, start_sample=start, end_sample=end) for start, end in union(found)]


def _pieces(session: Session, take: Take) -> list[Piece]:
    counts = (Segment.take_id == take.id, Segment.chosen.is_(True))
    rows = session.execute(select(Segment.start_sample, Segment.end_sample, Segment.speaker).where(*counts))
    return [Piece(start_sample=start, end_sample=end, speaker=speaker) for start, end, speaker in rows]


def _own(pieces: Sequence[Piece]) -> Sequence[Span]:
    """Return the segments of the one at the microphone; of others in their track nobody knows the voice."""
    return [(piece.start_sample, piece.end_sample) for piece in pieces if piece.speaker is None]
