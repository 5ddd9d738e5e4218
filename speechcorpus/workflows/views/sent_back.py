"""What a listener asks to be repaired, and whether it has been judged anew since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding import Finding
from speechcorpus.store.models import FindingRow, Review
from speechcorpus.workflows.views.clips import VerdictView, finding_of


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBack:
    """What a listener asks to be repaired; who it was is not told."""

    note: str | None
    findings: tuple[Finding, ...]


def last_rounds(session: Session, ids: Sequence[str]) -> Mapping[str, Sequence[Review]]:
    """Return the reviews of the latest round, by segment."""
    rounds: dict[str, list[Review]] = {}
    counting = (Review.segment_id.in_(ids), Review.round > 0, ~Review.void)
    for row in session.scalars(select(Review).where(*counting).order_by(Review.round)):
        latest = rounds.setdefault(row.segment_id, [])
        if latest and latest[0].round < row.round:
            latest.clear()
        latest.append(row)
    return rounds


def sent_back(
    session: Session, asked: Sequence[Review], verdicts: Mapping[str, VerdictView]
) -> Mapping[str, SentBack]:
    """Return what was asked to be repaired and has not been judged anew since, by segment."""
    findings = session.scalars(
        select(FindingRow).where(FindingRow.review_id.in_([review.id for review in asked]))
    ).all()
    return {
        review.segment_id: SentBack(
            note=review.note,
            findings=tuple(finding_of(row) for row in findings if row.review_id == review.id),
        )
        for review in asked
        if review.decided_at and not _repaired(verdicts.get(review.segment_id), review.decided_at)
    }


def _repaired(verdict: VerdictView | None, asked_at: datetime) -> bool:
    return verdict is not None and verdict.judged_at > asked_at
