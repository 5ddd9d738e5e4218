"""Which items may no longer be heard, judged or released: asked wherever one is served."""

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Contributor, Segment, Sitting, Take, WithdrawnItem
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.access import not_found


def is_withdrawn(session: Session, segment_id: str, effect: Effect = "sound") -> bool:
    """Say whether an item was taken back from this use."""
    return session.get(WithdrawnItem, (segment_id, effect)) is not None


def withdrawn_from(effect: Effect) -> ColumnElement[bool]:
    """Return the condition of a segment that was taken back from this use."""
    of_segment = (WithdrawnItem.segment_id == Segment.id, WithdrawnItem.effect == effect)
    return select(WithdrawnItem.segment_id).where(*of_segment).exists()


def require_heard(session: Session, segment_id: str) -> None:
    """Refuse the sound of an item that was withdrawn, to everybody: `not-found`."""
    if is_withdrawn(session, segment_id):
        raise not_found("segment")


def take_is_withdrawn(session: Session, take_id: str) -> bool:
    """Say whether everything that was cut from a take has been taken back, or all of who recorded it."""
    cut = session.scalars(select(Segment.id).where(Segment.take_id == take_id)).all()
    if not cut:
        return _is_closed(session, take_id)
    return all(is_withdrawn(session, segment_id) for segment_id in cut)


def _is_closed(session: Session, take_id: str) -> bool:
    sitting = session.get_one(Sitting, session.get_one(Take, take_id).sitting_id)
    return session.get_one(Contributor, sitting.contributor_id).state in ("withdrawn", "erased")
