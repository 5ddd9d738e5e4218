"""What a member of staff is paid for decisions: by project and day, and by which account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import ReviewPrice
from speechcorpus.store.models import Contributor, Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.projects import newest_terms, terms_by_hash
from speechcorpus.workflows.review_fees import ASSIGNED, DECIDED, paid_as
from speechcorpus.workflows.views.earnings import DayLine, days_of
from speechcorpus.workflows.views.ledger import StatementLine, statements_of

KINDS = frozenset((*DECIDED, ASSIGNED))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectFees:
    """What one project pays for decisions, and what came of it; newest day first."""

    title: str
    currency: str
    exponent: int
    price: ReviewPrice | None  # by the newest terms; None: they pay no decision any more
    lines: tuple[StatementLine, ...]
    days: tuple[DayLine, ...]

    def sum(self, where: str) -> int:
        """Return what is owed, paying or paid, in minor units."""
        return sum(line.amount_minor for line in self.lines if line.where == where)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeesView:
    """One's own fees; `paid_as` is the pseudonym of the account they go to, None before it was declared."""

    paid_as: str | None
    projects: tuple[ProjectFees, ...]


def fees_view(store: Store, actor: Actor, *, zone: tzinfo) -> FeesView:
    """Return the fees of the reviewer who asks, in every project that pays or paid them.

    Raises
    ------
    AccessError : `not-found` for anybody but reviewers
    """
    with store.catalogue.read() as session:
        require_staff(session, actor, "reviewer")
        person, lines = paid_as(session, actor.id), _lines(session, actor.id)
        rows = session.scalars(select(Project).order_by(Project.title, Project.id)).all()
        projects = [_project(session, row, lines.get(row.id, ()), zone) for row in rows]
        return FeesView(
            paid_as=None if person is None else session.get_one(Contributor, person).pseudonym,
            projects=tuple(each for each in projects if each.lines or each.price is not None),
        )


def _project(session: Session, project: Project, lines: Sequence[StatementLine], zone: tzinfo) -> ProjectFees:
    price = terms_by_hash(session, newest_terms(session, project.id).sha256).price
    return ProjectFees(
        title=project.title,
        currency=price.currency,
        exponent=price.exponent,
        price=price.review,
        lines=tuple(lines),
        days=days_of(lines, zone),
    )


def _lines(session: Session, staff_id: str) -> Mapping[str, Sequence[StatementLine]]:
    """Return the fees by project, newest first: what waits for an account, then what went to it."""
    found: dict[str, list[StatementLine]] = {}
    for statement in statements_of(session, staff_id):
        waiting = takewhile(lambda line: line.kind != ASSIGNED, statement.lines)
        found[statement.project_id] = list(waiting)
    person = paid_as(session, staff_id)
    for statement in statements_of(session, person) if person else ():
        fees = (line for line in statement.lines if line.kind in KINDS)
        found.setdefault(statement.project_id, []).extend(fees)
    return found
