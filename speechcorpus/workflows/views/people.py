"""The people of a project as its manager may see them: pseudonyms and counts, no identity."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Claim, Contributor, OutcomeRow, Segment, Staff, Task

ACCEPTED = (
    select(OutcomeRow.segment_id)
    .where(OutcomeRow.segment_id == Segment.id, OutcomeRow.line == "record", OutcomeRow.state == "accepted")
    .exists()
)
"""The item's recording was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contributor as the manager may see them: pseudonym and what they did."""

    contributor_id: str
    pseudonym: str
    variety: str | None
    source_kind: str
    state: str
    active_claims: int
    accepted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of staff."""

    staff_id: str
    name: str
    role: str


def people_of(session: Session, project_id: str) -> tuple[Person, ...]:
    """Return every contributor, with what they did in this project."""
    mine = (Claim.contributor_id == Contributor.id, Task.project_id == project_id)
    active = (
        select(func.count(Claim.id))
        .join(Task, Task.id == Claim.task_id)
        .where(*mine, Claim.state == "active")
    )
    accepted = (
        select(func.count(Segment.id))
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(*mine, Segment.chosen, ACCEPTED)
    )
    rows = session.execute(
        select(
            Contributor,
            active.correlate(Contributor).scalar_subquery(),
            accepted.correlate(Contributor).scalar_subquery(),
        )
        .where(Contributor.state != "erased")
        .order_by(Contributor.pseudonym)
    )
    return tuple(
        Person(
            contributor_id=person.id,
            pseudonym=person.pseudonym,
            variety=person.variety,
            source_kind=person.source_kind,
            state=person.state,
            active_claims=claims,
            accepted=items,
        )
        for person, claims, items in rows
    )


def active_staff(session: Session) -> tuple[Member, ...]:
    """Return the members of staff, by role."""
    rows = session.scalars(select(Staff).where(Staff.state == "active").order_by(Staff.role, Staff.name))
    return tuple(Member(staff_id=row.id, name=row.name, role=row.role) for row in rows)
