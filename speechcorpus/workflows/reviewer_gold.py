"""Who judges a variety by having judged known items right: 36 of the newest 40 (`fair-work.md` §10)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Claim, Segment, Task
from speechcorpus.store.store import Store
from speechcorpus.work.audition import GOLD_OF, passes_gold
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.gold import gold_answers
from speechcorpus.workflows.qualifications import (
    VARIETIES,
    How,
    is_reviewer_of,
    qualify,
    standing_of_reviewer,
)

GOLD = Actor(role="operator", id="gold")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerStanding:
    """Where a reviewer stands in one variety."""

    variety: str
    qualified: bool
    how: How | None
    right: int  # of the newest 40 gold items
    of: int


def reviewer_standings(store: Store, actor: Actor) -> Sequence[ReviewerStanding]:
    """Return where the reviewer who asks stands in every variety."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        counts = gold_counts(session, actor.id)
        return tuple(_standing(session, actor.id, each, counts.get(each, (0, 0))) for each in VARIETIES)


def _standing(session: Session, staff_id: str, variety: str, counted: tuple[int, int]) -> ReviewerStanding:
    found = standing_of_reviewer(session, staff_id, variety)
    right, of = counted
    return ReviewerStanding(
        variety=variety,
        qualified=is_reviewer_of(session, staff_id, variety),
        how=found.how if found else None,
        right=right,
        of=of,
    )


def gold_counts(session: Session, staff_id: str) -> Mapping[str, tuple[int, int]]:
    """Return for each variety how many of a reviewer's newest 40 gold items were right, and of how many."""
    mine = [each for each in gold_answers(session) if each.reviewer_id == staff_id]
    spoken = dict(
        session.execute(
            select(Segment.id, Task.variety)
            .join(Claim, Claim.id == Segment.claim_id)
            .join(Task, Task.id == Claim.task_id)
            .where(Segment.id.in_({each.segment_id for each in mine}))
        ).all()
    )
    answers: dict[str, list[bool]] = defaultdict(list)
    for each in mine:
        answers[spoken[each.segment_id]].append(each.right)
    newest = {variety: given[-GOLD_OF:] for variety, given in answers.items()}
    return {variety: (sum(given), len(given)) for variety, given in newest.items()}


def qualify_by_gold(session: Session, staff_id: str, *, now: datetime) -> None:
    """Let a reviewer judge the varieties whose gold items they answered right; nothing is taken away here.

    Called after each gold decision; who falls below later is paused by the figures, not by this.
    """
    for variety, (right, of) in gold_counts(session, staff_id).items():
        if passes_gold(right, of) and not is_reviewer_of(session, staff_id, variety):
            qualify(
                session,
                kind="reviewer",
                person_id=staff_id,
                variety=variety,
                result="suitable",
                how="gold",
                evidence={"right": right, "of": of},
                by=GOLD,
                now=now,
            )
