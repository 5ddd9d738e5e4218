"""The people of a project as its manager may see them: pseudonyms and counts, no identity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Acquaintance,
    Claim,
    Contributor,
    LoginSession,
    OutcomeRow,
    Project,
    Qualification,
    Segment,
    Staff,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.factors import all_with_factors
from speechcorpus.workflows.people_desk import managers_of

ACCEPTED = (
    select(OutcomeRow.segment_id)
    .where(OutcomeRow.segment_id == Segment.id, OutcomeRow.line == "record", OutcomeRow.state == "accepted")
    .exists()
)
"""The item's recording was accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was found of a person in a variety."""

    variety: str
    result: str  # suitable | recording-only | not_suitable
    how: str  # audition | gold | vouched


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
    known: tuple[Known, ...]
    sessions: int  # browsers that are signed in


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of staff."""

    staff_id: str
    name: str
    role: str
    state: str
    known: tuple[Known, ...]
    sessions: int
    looks_after: bool  # a manager whose name is on the project
    keyed: bool  # comes in by a passkey or a password, and by no link
    records_too: bool  # under a pseudonym of their own, which is nobody's business here


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleView:
    """Everybody of the house, with what contributors did in one project."""

    project_id: str | None  # None before the first project
    title: str
    projects: Mapping[str, str]
    people: tuple[Person, ...]
    staff: tuple[Member, ...]
    named: bool  # somebody's name is on the project: it is nobody else's


def people_view(store: Store, actor: Actor, project_id: str | None = None, *, now: datetime) -> PeopleView:
    """Return the people a manager looks after, without anything that says who they are.

    Raises
    ------
    AccessError : `not-found` for anybody else, and for other managers' projects
    """
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        named = managers_of(session, project) if project else ()
        return PeopleView(
            project_id=project.id if project else None,
            title=project.title if project else "",
            projects={each.id: each.title for each in projects_of(session, actor)},
            people=_people(session, project, now),
            staff=_staff(session, named, now),
            named=bool(named),
        )


def _people(session: Session, project: Project | None, now: datetime) -> tuple[Person, ...]:
    here = (Task.project_id == (project.id if project else ""),)
    active = _counted(session, _claims(func.count(Claim.id)).where(*here, Claim.state == "active"))
    accepted = _counted(
        session,
        _claims(func.count(Segment.id))
        .join(Segment, Segment.claim_id == Claim.id)
        .where(*here, Segment.chosen, ACCEPTED),
    )
    known = _known(session, Qualification.contributor_id)
    sessions = _sessions(session, LoginSession.contributor_id, now)
    rows = session.scalars(
        select(Contributor).where(Contributor.state != "erased").order_by(Contributor.pseudonym)
    )
    return tuple(
        Person(
            contributor_id=row.id,
            pseudonym=row.pseudonym,
            variety=row.variety,
            source_kind=row.source_kind,
            state=row.state,
            active_claims=active.get(row.id, 0),
            accepted=accepted.get(row.id, 0),
            known=known.get(row.id, ()),
            sessions=sessions.get(row.id, 0),
        )
        for row in rows
    )


def _staff(session: Session, named: Sequence[str], now: datetime) -> tuple[Member, ...]:
    known = _known(session, Qualification.staff_id)
    sessions = _sessions(session, LoginSession.staff_id, now)
    keyed = all_with_factors(session)
    record = set(session.scalars(select(Acquaintance.staff_id).where(Acquaintance.kind == "own")))
    rows = session.scalars(
        select(Staff).where(Staff.state.in_(("active", "paused"))).order_by(Staff.role, Staff.name, Staff.id)
    )
    return tuple(
        Member(
            staff_id=row.id,
            name=row.name,
            role=row.role,
            state=row.state,
            known=known.get(row.id, ()),
            sessions=sessions.get(row.id, 0),
            looks_after=row.id in named,
            keyed=row.id in keyed,
            records_too=row.id in record,
        )
        for row in rows
    )


def _claims(count: Any) -> Select[Any]:
    return (
        select(Claim.contributor_id, count)
        .select_from(Claim)
        .join(Task, Task.id == Claim.task_id)
        .group_by(Claim.contributor_id)
    )


def _counted(session: Session, counts: Select[Any]) -> Mapping[str, int]:
    return dict(session.execute(counts).all())


def _sessions(session: Session, whose: Any, now: datetime) -> Mapping[str, int]:
    live = (whose.is_not(None), LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
    return _counted(session, select(whose, func.count(LoginSession.id)).where(*live).group_by(whose))


def _known(session: Session, whose: Any) -> Mapping[str, tuple[Known, ...]]:
    """Return what counts of each person: the newest row of each variety."""
    found: dict[str, dict[str, Known]] = {}
    rows = session.execute(select(whose, Qualification).where(whose.is_not(None)).order_by(Qualification.id))
    for person, row in rows:
        known = Known(variety=row.variety, result=row.result, how=row.how)
        found.setdefault(person, {})[row.variety] = known
    return {person: tuple(known.values()) for person, known in found.items()}
