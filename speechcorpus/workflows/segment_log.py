"""What the log of edits says of the segments of a take."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.record.segment_edit import Part
from speechcorpus.store.models import Revision, Segment, SegmentEdit


def was_cut_away(session: Session, segment: Segment) -> bool:
    """Say whether an edit took a segment off its take: only taking that edit back brings it back.

    One that another recording of its prompt replaced is something else: its text may still be written.
    """
    if segment.chosen:
        return False
    of_take = select(SegmentEdit).where(SegmentEdit.take_id == segment.take_id)
    for edit in session.scalars(of_take.order_by(SegmentEdit.number.desc())):
        if _names(edit.after, segment.id):
            return False
        if _names(edit.before, segment.id):
            return True
    return False


def logged_parts(session: Session, logged: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    """Return the segments that an edit was written down with, each with the text it had."""
    return tuple(
        Part(
            id=each["id"],
            start_sample=each["start_sample"],
            end_sample=each["end_sample"],
            speaker=each["speaker"],
            text=_text_of(session, each["id"], each["revision"]),
        )
        for each in logged
    )


def _names(logged: Sequence[Mapping[str, Any]], segment_id: str) -> bool:
    return any(each["id"] == segment_id for each in logged)


def _text_of(session: Session, segment_id: str, revision: int) -> str:
    text = select(Revision.text).where(Revision.segment_id == segment_id, Revision.number == revision)
    return session.scalars(text).first() or ""
