"""How a project treats its contributors, in figures that everybody may see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.review_figures import ReviewFigures, review_figures
from speechcorpus.store.models import Appeal, Claim, OutcomeRow, Project, Review, Segment, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_contributor
from speechcorpus.workflows.code_gates import gates_of
from speechcorpus.workflows.desk import NEWEST
from speechcorpus.workflows.projects import newest_terms

OVERTURNED = ("overturned", "expired")
DECIDED = ("upheld", *OVERTURNED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """The published figures of one project, beside what its terms promise."""

    project_id: str
    title: str
    answer_h: int
    figures: ReviewFigures


def project_fairness(store: Store, actor: Actor) -> tuple[Fairness, ...]:
    """Return the figures of every project, the newest first, as any contributor may see them."""
    with store.catalogue.read() as session:
        require_contributor(session, actor)
        projects = session.scalars(select(Project).order_by(*NEWEST)).all()
        return tuple(_fairness(session, project) for project in projects)


def figures_of_project(session: Session, project_id: str) -> ReviewFigures:
    """Return the published figures of one project."""
    lines = _outcomes(session, project_id)
    appeals = _appeals(session, project_id)
    rounds = _rounds(session, project_id)
    return review_figures(
        lines=lines.get("accepted", 0) + lines.get("refused", 0),
        refused=lines.get("refused", 0),
        appeals=sum(appeals.get(state, 0) for state in DECIDED),
        overturned=sum(appeals.get(state, 0) for state in OVERTURNED),
        heard=len(rounds),
        lapsed=sum(answer is None for answer in rounds),
        answers=[answer for answer in rounds if answer is not None],
        gates=gates_of(session, project_id),
    )


def _fairness(session: Session, project: Project) -> Fairness:
    terms = Terms.from_document(newest_terms(session, project.id).document)
    return Fairness(
        project_id=project.id,
        title=project.title,
        answer_h=terms.review.answer_h,
        figures=figures_of_project(session, project.id),
    )


def _outcomes(session: Session, project_id: str) -> Mapping[str, int]:
    counted = (
        select(OutcomeRow.state, func.count())
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id)
        .group_by(OutcomeRow.state)
    )
    return {found[0]: found[1] for found in session.execute(counted)}


def _appeals(session: Session, project_id: str) -> Mapping[str, int]:
    """Count contributors' appeals; those the house opened itself are no sign of a wrong refusal."""
    counted = (
        select(Appeal.state, func.count())
        .join(Segment, Segment.id == Appeal.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Appeal.opened_by == "contributor")
        .group_by(Appeal.state)
    )
    return {found[0]: found[1] for found in session.execute(counted)}


def _rounds(session: Session, project_id: str) -> Sequence[timedelta | None]:
    """Return, for each round of an item that ended, how long it took; None: nobody heard it in time."""
    found = session.execute(
        select(Review.segment_id, Review.round, Review.state, Review.created_at, Review.decided_at)
        .join(Segment, Segment.id == Review.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Review.round > 0, Review.void.is_(False))
    )
    rounds: dict[tuple[str, int], list[tuple[str, datetime, datetime | None]]] = {}
    for segment_id, number, state, created_at, decided_at in found:
        rounds.setdefault((segment_id, number), []).append((state, created_at, decided_at))
    ended = [rows for rows in rounds.values() if all(state in ("decided", "lapsed") for state, *_ in rows)]
    return [_took(rows) for rows in ended]


def _took(rows: Sequence[tuple[str, datetime, datetime | None]]) -> timedelta | None:
    decided = [decided_at for state, _, decided_at in rows if decided_at is not None]
    if any(state == "lapsed" for state, *_ in rows) or not decided:
        return None
    return max(decided) - min(created_at for _, created_at, _ in rows)
