"""The audit log as people read it: newest first, narrowed, page by page; and whether the chain is whole."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.store.audit import AuditFault, AuditHead, audit_head, check_audit
from speechcorpus.store.models import (
    Audit,
    Claim,
    Project,
    Release,
    Review,
    SecondTranscript,
    Segment,
    Settlement,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.desk import projects_of

PAGE: Final = 50
READERS: Final[tuple[Role, ...]] = ("manager", "operator")  # operators look after the house, whose log it is
MOST_READ: Final = 20_000  # rows one request looks through for what it was narrowed to
PEOPLE: Final = (
    "contributor",
    "reviewer",
    "manager",
    "payer",
    "ml",
    "operator",
    "staff",
)  # staff: signing in
HOUSE: Final = "house"
ACTORS: Final = (*PEOPLE, HOUSE)

COMMON: Final = (
    "contributor",
    "staff",
    "token",
    "calibration",
    "device-check",
)  # of the house, of no project
OF_CLAIM: Final = select(Claim.id, Task.project_id).join(Task, Task.id == Claim.task_id)
OF_SEGMENT: Final = select(Segment.id, Task.project_id).join(Claim, Claim.id == Segment.claim_id)
PROJECT_OF: Final[Mapping[str, tuple[Any, Any]]] = {
    "claim": (Claim.id, OF_CLAIM),
    "task": (Task.id, select(Task.id, Task.project_id)),
    "segment": (Segment.id, OF_SEGMENT.join(Task, Task.id == Claim.task_id)),
    "sitting": (
        Sitting.id,
        select(Sitting.id, Task.project_id)
        .join(Claim, Claim.id == Sitting.claim_id)
        .join(Task, Task.id == Claim.task_id),
    ),
    "take": (
        Take.id,
        select(Take.id, Task.project_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Claim, Claim.id == Sitting.claim_id)
        .join(Task, Task.id == Claim.task_id),
    ),
    "review": (
        Review.id,
        select(Review.id, Task.project_id)
        .join(Segment, Segment.id == Review.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id),
    ),
    "second": (
        SecondTranscript.id,
        select(SecondTranscript.id, Task.project_id)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id),
    ),
    "settlement": (
        Settlement.id,
        select(Settlement.id, Task.project_id)
        .join(SecondTranscript, SecondTranscript.id == Settlement.second_id)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id),
    ),
    "release": (Release.id, select(Release.id, Release.project_id)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowed:
    """What of the log is asked for; an empty field asks for everything."""

    object: str = ""  # `kind:` or `kind:id`, or the beginning of one
    actor: str = ""  # of ACTORS
    action: str = ""  # the beginning of an action, for example `terms.`
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One row of the log."""

    seq: int
    at: datetime
    kind: str  # of ACTORS
    actor: str  # the person's id, or the part of the house
    action: str
    object: str
    detail: Mapping[str, Any]
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """One page of the log, and its head."""

    lines: tuple[AuditLine, ...]
    narrowed: Narrowed
    head: AuditHead
    older: int | None  # where the next page begins; None at the beginning of the log
    own_only: bool  # rows of other managers' projects are left out
    actions: tuple[str, ...]  # all that ever happened, for the choice


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainResult:
    """What walking the whole chain found."""

    rows: int
    head: AuditHead
    fault: AuditFault | None


def audit_view(
    store: Store,
    actor: Actor,
    *,
    narrowed: Narrowed | None = None,
    before: int | None = None,
    size: int = PAGE,
) -> AuditView:
    """Return a page of the log, newest first, without the rows of other managers' projects.

    Parameters
    ----------
    before : rows with a smaller number than this; None for the newest
    size : rows of a page

    Raises
    ------
    AccessError : `not-found` for anybody but managers and operators
    """
    asked = narrowed or Narrowed()
    with store.catalogue.read() as session:
        require_staff(session, actor, *READERS)
        every = set(session.scalars(select(Project.id)))
        mine = every if actor.role == "operator" else {each.id for each in projects_of(session, actor)}
        own_only = bool(every - mine)
        lines, older = _lines(session, asked, mine if own_only else None, before, size)
        return AuditView(
            lines=tuple(_line(row) for row in lines),
            narrowed=asked,
            head=audit_head(session),
            older=older,
            own_only=own_only,
            actions=tuple(session.scalars(select(Audit.action).distinct().order_by(Audit.action))),
        )


def check_chain(store: Store, actor: Actor) -> ChainResult:
    """Walk the whole chain and say whether every row still fits; `not-found` as for the log."""
    with store.catalogue.read() as session:
        require_staff(session, actor, *READERS)
        head = audit_head(session)
        return ChainResult(rows=head.seq, head=head, fault=check_audit(session))


def _lines(
    session: Session, asked: Narrowed, mine: set[str] | None, before: int | None, size: int
) -> tuple[list[Audit], int | None]:
    found: list[Audit] = []
    cursor, read, batch = before, 0, 4 * size
    while read < MOST_READ:
        where = () if cursor is None else (Audit.seq < cursor,)
        wanted = select(Audit).where(*_conditions(asked), *where).order_by(Audit.seq.desc()).limit(batch)
        rows = session.scalars(wanted).all()
        read += len(rows)
        hidden = _hidden(session, rows, mine)
        for row in rows:
            if len(found) == size:
                return found, found[-1].seq
            if row.seq not in hidden:
                found.append(row)
        if len(rows) < batch:
            return found, None
        cursor = rows[-1].seq
    return found, cursor


def _conditions(asked: Narrowed) -> tuple[ColumnElement[bool], ...]:
    where: list[ColumnElement[bool]] = []
    if asked.object:
        where.append(Audit.object.startswith(asked.object, autoescape=True))
    if asked.actor == HOUSE:
        where += [Audit.actor.not_like(f"{kind}:%") for kind in PEOPLE]
    elif asked.actor:
        where.append(Audit.actor.startswith(f"{asked.actor}:", autoescape=True))
    if asked.action:
        where.append(Audit.action.startswith(asked.action, autoescape=True))
    if asked.since is not None:
        where.append(Audit.at >= asked.since)
    if asked.until is not None:
        where.append(Audit.at < asked.until)
    return tuple(where)


def _hidden(session: Session, rows: Sequence[Audit], mine: set[str] | None) -> set[int]:
    """Return the numbers of the rows a manager of these projects does not see; None sees all.

    What cannot be traced to a project of theirs, or to the house, is hidden.
    """
    if mine is None:
        return set()
    objects: dict[str, set[str]] = {}
    for row in rows:
        kind, _, name = row.object.partition(":")
        objects.setdefault(kind, set()).add(name)
    seen = {f"project:{name}" for name in mine}
    for kind, names in objects.items():
        if kind in COMMON:
            seen |= {f"{kind}:{name}" for name in names}
        elif kind in PROJECT_OF:
            column, projects = PROJECT_OF[kind]
            found = session.execute(projects.where(column.in_(names)))
            seen |= {f"{kind}:{name}" for name, project in found if project in mine}
    return {row.seq for row in rows if row.object not in seen}


def _line(row: Audit) -> AuditLine:
    kind, _, name = row.actor.partition(":")
    known = kind in PEOPLE
    return AuditLine(
        seq=row.seq,
        at=row.at,
        kind=kind if known else HOUSE,
        actor=name if known else row.actor,
        action=row.action,
        object=row.object,
        detail=json.loads(row.detail),
        hash=row.hash,
    )
