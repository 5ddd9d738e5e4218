"""Which text of an item is released, and how far its transcribers were apart."""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Claim,
    OutcomeRow,
    Revision,
    SecondTranscript,
    Segment,
    Settlement,
    Task,
)
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.text_context import is_newest_text

TextStatus = Literal["double-agreed", "adjudicated"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedText:
    """The text of an item as it is released; `status` is None while one person alone wrote it."""

    text: str
    revision: int
    status: TextStatus | None


def released_text(session: Session, segment_id: str) -> ReleasedText | None:
    """Return the text that is released: the settled one, else the newest of its contributor.

    A settled text that is not the contributor's is one revision later than theirs.
    """
    newest = newest_text(session, segment_id)
    if newest is None:
        return None
    first = ReleasedText(text=newest.text, revision=newest.number, status=None)
    second = written_second(session, segment_id)
    if second is None:
        return first
    if second.agrees:
        return ReleasedText(text=newest.text, revision=newest.number, status="double-agreed")
    settled = session.scalars(
        select(Settlement).where(Settlement.second_id == second.id, Settlement.state == "settled")
    ).first()
    if settled is None or settled.text is None:
        return first
    later = settled.text != newest.text
    return ReleasedText(text=settled.text, revision=newest.number + later, status="adjudicated")


def released_texts(session: Session, *wanted: ColumnElement[bool]) -> dict[str, str]:
    """Return the texts that are released of many segments, by id, in one query: each as `released_text` says.

    Parameters
    ----------
    wanted : conditions on the segments and their outcomes; one that has several is one
    """
    texts = (
        select(Segment.id, func.coalesce(Settlement.text, Revision.text).label("text"))
        .join(OutcomeRow, OutcomeRow.segment_id == Segment.id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Revision, is_newest_text())
        .outerjoin(
            SecondTranscript,
            and_(SecondTranscript.segment_id == Segment.id, SecondTranscript.agrees.is_(False)),
        )
        .outerjoin(
            Settlement, and_(Settlement.second_id == SecondTranscript.id, Settlement.state == "settled")
        )
        .where(*wanted)
    )
    return {row.id: row.text for row in session.execute(texts)}


def agreement_cer(session: Session, segment_id: str) -> float | None:
    """Return the symmetric character error rate between the first and the second text, None without two."""
    second = written_second(session, segment_id)
    return None if second is None or second.cer is None else float(second.cer)


def written_second(session: Session, segment_id: str) -> SecondTranscript | None:
    """Return the second text of an item once it is handed in."""
    written = (SecondTranscript.segment_id == segment_id, SecondTranscript.state == "written")
    return session.scalars(select(SecondTranscript).where(*written)).first()
