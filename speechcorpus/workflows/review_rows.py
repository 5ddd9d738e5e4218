"""Decisions as the figures of review quality need them: who decided what, about whose item, heard why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.finding_codes import CODES
from speechcorpus.qc.agreement import Asked
from speechcorpus.qc.group_bias import Dimension
from speechcorpus.qc.review import ReviewDecision, lines_of
from speechcorpus.store.models import Claim, Contributor, FindingRow, Review, Segment, Sitting, Take, Task

REFUSABLE = tuple(sorted(code for code, row in CODES.items() if row.pay == "refusable"))
"""The codes that two listeners may refuse by."""
LINES = ("record", "transcribe")


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    """One reviewer's decision about one item, under pseudonyms."""

    review_id: str
    segment_id: str
    round: int
    purpose: str
    double: bool  # drawn for two, before anybody had decided
    reviewer: str
    decision: ReviewDecision
    codes: frozenset[str]
    contributor: str
    variety: str
    band: str
    groups: Mapping[Dimension, str]
    decided_at: datetime

    def stands(self, line: str) -> bool:
        """Say whether the decision leaves this price line as it is."""
        if self.decision == "reject":
            return all(line not in lines_of(code) for code in self.codes)
        return self.decision == "accept"

    def answer(self, question: str) -> bool:
        """Answer a question of the figures: does a line stand, or was a code named."""
        return self.stands(question) if question in LINES else question in self.codes


def decisions_of(
    session: Session,
    *,
    project_id: str | None = None,
    reviewer_id: str | None = None,
    until: datetime | None = None,
) -> Sequence[DecisionRow]:
    """Return the decisions that count, oldest first: no gold, and none that came faster than its sound.

    Parameters
    ----------
    reviewer_id : only items that this reviewer decided about, with everybody's decisions on them
    until : only what was decided before
    """
    decided = (Review.state == "decided", Review.round > 0, Review.void.is_(False))
    wanted = (
        select(Review, Sitting.contributor_id, Segment.speaker, Task, Sitting.device, Contributor)
        .join(Segment, Segment.id == Review.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Contributor, Contributor.id == Sitting.contributor_id)
        .where(*decided)
        .order_by(Review.decided_at, Review.id)
    )
    if project_id is not None:
        wanted = wanted.where(Task.project_id == project_id)
    if reviewer_id is not None:
        mine = select(Review.segment_id).where(*decided, Review.reviewer_id == reviewer_id)
        wanted = wanted.where(Review.segment_id.in_(mine))
    if until is not None:
        wanted = wanted.where(Review.decided_at < until)
    found = session.execute(wanted).all()
    codes = _codes(session, [review.id for review, *_ in found])
    return [_row(tuple(each), codes) for each in found]


def doubles_of(decisions: Iterable[DecisionRow]) -> Sequence[tuple[DecisionRow, DecisionRow]]:
    """Return the items that two people heard blind because they were drawn for it, first decision first.

    A second opinion that was asked for because the first refused is none of these: it would be chosen by
    what the first one said.
    """
    heard: dict[tuple[str, int], list[DecisionRow]] = {}
    for each in decisions:
        if each.double:
            heard.setdefault((each.segment_id, each.round), []).append(each)
    return [(rows[0], rows[1]) for rows in heard.values() if len(rows) > 1]


def asked(pairs: Iterable[tuple[DecisionRow, DecisionRow]], question: str) -> Sequence[Asked]:
    """Return both answers to one question: a price line that stands, or a code that was named."""
    return [
        Asked(contributor=one.contributor, answers=(one.answer(question), other.answer(question)))
        for one, other in pairs
    ]


def _codes(session: Session, review_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    wanted = select(FindingRow.review_id, FindingRow.code).where(FindingRow.review_id.in_(review_ids))
    for review_id, code in session.execute(wanted):
        owner = str(review_id)
        found[owner] = found.get(owner, frozenset()) | {code}
    return found


def _row(found: Sequence[Any], codes: Mapping[str, frozenset[str]]) -> DecisionRow:
    review, contributor_id, lane, task, device, person = found
    return DecisionRow(
        review_id=review.id,
        segment_id=review.segment_id,
        round=review.round,
        purpose=review.purpose,
        double=review.double,
        reviewer=review.reviewer_id,
        decision=cast(ReviewDecision, review.decision),
        codes=codes.get(review.id, frozenset()),
        contributor=contributor_id,
        variety=task.variety,
        band=task.band,
        groups=_groups(task, device, None if lane else person),
        decided_at=review.decided_at,
    )


def _groups(task: Task, device: Mapping[str, Any], person: Contributor | None) -> Mapping[Dimension, str]:
    """Return the groups of an item; in a lane of a dialogue it may be the other person who is heard."""
    said: Mapping[Dimension, str | None] = {
        "variety": task.variety,
        "subvariety": person.subvariety if person else None,
        "gender": person.gender if person else None,
        "age_band": person.age_band if person else None,
        "device": str(device["class"]) if device.get("class") else None,
        "band": task.band,
    }
    return {dimension: group for dimension, group in said.items() if group}
