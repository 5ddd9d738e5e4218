"""How well a project is judged: its codes, its reviewers, and whether some people are judged otherwise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.qc.agreement import DRAWS, Agreement, agreement
from speechcorpus.qc.code_gate import CodeGate
from speechcorpus.qc.collusion import Judged, Pair, mutual_accepts
from speechcorpus.qc.group_bias import BiasCell, Heard, group_bias
from speechcorpus.qc.proportions import Share, jeffreys
from speechcorpus.qc.review_figures import ReviewFigures
from speechcorpus.store.models import Contributor, Project, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.gold import GoldAnswer
from speechcorpus.workflows.gold_figures import gold_before
from speechcorpus.workflows.review_rows import (
    LINES,
    REFUSABLE,
    DecisionRow,
    asked,
    decisions_of,
    doubles_of,
)
from speechcorpus.workflows.views.project_fairness import figures_of_project
from speechcorpus.workflows.views.reviewer_figures import (
    Pairs,
    ReviewerFigures,
    figures_of,
    pairs_with,
    reviewers_of,
    seed_of,
)

RANDOM = "random"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionRow:
    """How well two people agree on a price line or on a code, over a whole project."""

    question: str
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewerRow:
    """One reviewer in the list of a project."""

    staff_id: str
    name: str
    decisions: int
    rejects: Share  # of items drawn at random
    doubles: int
    agreement: Agreement  # on both lines of each, with second opinions
    gold: Share
    paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementFigures:
    """What the manager of a project sees of its judging."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    figures: ReviewFigures
    doubles: int
    questions: tuple[QuestionRow, ...]
    reviewers: tuple[ReviewerRow, ...]
    chosen: ReviewerFigures | None
    bias: tuple[BiasCell, ...]  # only cells that are large enough
    small_cells: int
    pairs: tuple[Pair, ...]  # those that stand out
    names: Mapping[str, str]  # of reviewers, and pseudonyms of contributors
    seed: int
    draws: int = DRAWS

    def gate(self, code: str) -> CodeGate | None:
        """Return what was last found about a code; None for a price line, or before anything was."""
        return next((gate for gate in self.figures.gates if gate.code == code), None)


def agreement_figures(
    store: Store,
    actor: Actor,
    project_id: str | None = None,
    reviewer_id: str | None = None,
    *,
    now: datetime,
) -> AgreementFigures | None:
    """Return the figures of one of the manager's projects; None while they have none.

    Raises
    ------
    AccessError : `not-found` for anybody but a manager, for others' projects and unknown reviewers
    """
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        staff = reviewers_of(session)
        if reviewer_id is not None and reviewer_id not in staff:
            raise not_found("reviewer")
        chosen = staff[reviewer_id] if reviewer_id is not None else None
        titles = {each.id: each.title for each in projects_of(session, actor)}
        return _figures(session, project, titles, staff, chosen, now)


def _figures(
    session: Session,
    project: Project,
    titles: Mapping[str, str],
    staff: Mapping[str, Staff],
    chosen: Staff | None,
    now: datetime,
) -> AgreementFigures:
    decisions = decisions_of(session, project_id=project.id)
    doubles, gold = doubles_of(decisions), gold_before(session, None)
    seed = seed_of(project.id)
    bias, pairs = group_bias(_heard(decisions)), mutual_accepts(_judged(decisions))
    alarms = tuple(pair for pair in pairs if pair.alarm)
    judging = [person for person in staff.values() if any(d.reviewer == person.id for d in decisions)]
    return AgreementFigures(
        project_id=project.id,
        title=project.title,
        projects=titles,
        figures=figures_of_project(session, project.id),
        doubles=len(doubles),
        questions=_questions(doubles, seed),
        reviewers=tuple(_reviewer(session, each, decisions, doubles, gold, seed) for each in judging),
        chosen=_chosen(session, chosen, decisions, gold, now),
        bias=tuple(cell for cell in bias if cell.apart is not None),
        small_cells=sum(cell.apart is None for cell in bias),
        pairs=alarms,
        names={**{person.id: person.name for person in staff.values()}, **_pseudonyms(session, alarms)},
        seed=seed,
    )


def _questions(doubles: Pairs, seed: int) -> tuple[QuestionRow, ...]:
    questions = (*LINES, *REFUSABLE) if doubles else ()
    return tuple(
        QuestionRow(question=each, agreement=agreement(asked(doubles, each), rng=np.random.default_rng(seed)))
        for each in questions
    )


def _reviewer(
    session: Session,
    person: Staff,
    decisions: Sequence[DecisionRow],
    doubles: Pairs,
    gold: Sequence[GoldAnswer],
    seed: int,
) -> ReviewerRow:
    pairs = pairs_with(person.id, doubles)
    lines = [each for line in LINES for each in asked(pairs, line)]
    mine = [each for each in decisions if each.reviewer == person.id]
    drawn = [each.decision == "reject" for each in mine if each.purpose == RANDOM]
    right = [each.right for each in gold if each.reviewer_id == person.id]
    return ReviewerRow(
        staff_id=person.id,
        name=person.name,
        decisions=len(mine),
        rejects=jeffreys(sum(drawn), len(drawn)),
        doubles=len(pairs),
        agreement=agreement(lines, rng=np.random.default_rng(seed)),
        gold=jeffreys(sum(right), len(right)),
        paused=is_paused(session, person.id),
    )


def _chosen(
    session: Session,
    person: Staff | None,
    decisions: Sequence[DecisionRow],
    gold: Sequence[GoldAnswer],
    now: datetime,
) -> ReviewerFigures | None:
    if person is None:
        return None
    answers = [each for each in gold if each.reviewer_id == person.id]
    return figures_of(session, person, decisions, answers, now=now)


def _heard(decisions: Sequence[DecisionRow]) -> Sequence[Heard]:
    """Return what bias is looked for in: items drawn at random, which nothing but chance picked."""
    return [
        Heard(
            reviewer=each.reviewer,
            contributor=each.contributor,
            refused=each.decision == "reject",
            groups=each.groups,
        )
        for each in decisions
        if each.purpose == RANDOM
    ]


def _judged(decisions: Sequence[DecisionRow]) -> Sequence[Judged]:
    return [
        Judged(judge=each.reviewer, author=each.contributor, accepted=each.decision == "accept")
        for each in decisions
    ]


def _pseudonyms(session: Session, pairs: Sequence[Pair]) -> Mapping[str, str]:
    people = {person for pair in pairs for person in pair.people}
    found = session.execute(select(Contributor.id, Contributor.pseudonym).where(Contributor.id.in_(people)))
    return {row[0]: row[1] for row in found}
