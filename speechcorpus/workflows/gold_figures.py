"""What a reviewer answered where the right answer is known, code by code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from speechcorpus.qc.gold import GoldAccuracy, GoldGiven, gold_accuracy
from speechcorpus.workflows.code_gates import newest_pause
from speechcorpus.workflows.gold import GoldAnswer, gold_answers


def gold_of(session: Session, staff_id: str) -> Sequence[GoldAccuracy]:
    """Return how often a reviewer was right about each code since they last resumed."""
    newest = newest_pause(session, staff_id)
    since = newest.at if newest is not None and newest.event == "resumed" else None
    given = [each for each in gold_answers(session) if each.reviewer_id == staff_id]
    return accuracy_of([each for each in given if since is None or each.decided_at > since])


def gold_before(session: Session, until: datetime | None) -> Sequence[GoldAnswer]:
    """Return everybody's answers to gold items, oldest first, those before `until` if it is given."""
    return [each for each in gold_answers(session) if until is None or each.decided_at < until]


def accuracy_of(answers: Sequence[GoldAnswer]) -> Sequence[GoldAccuracy]:
    """Return the accuracy of some answers by code."""
    return gold_accuracy(GoldGiven(code=each.code, right=each.right) for each in answers)
