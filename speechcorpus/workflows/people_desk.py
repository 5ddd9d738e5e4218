"""People as their manager looks after them: pause and bring back, sessions, who looks after a project."""

from datetime import datetime
from typing import Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Contributor, LoginSession, Project, ProjectManager, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.sign_in import end_unused_links

Kind = Literal["contributor", "staff"]

PAUSABLE: Final = ("active", "paused")  # who withdrew is gone, and only they decide that


def set_paused(
    store: Store, actor: Actor, kind: Kind, person_id: str, *, paused: bool, now: datetime
) -> None:
    """Let a person rest, or bring them back.

    A paused contributor takes no new work (`access.require_working`) and keeps everything else: what they
    hold, their pay, their appeals. Paused staff are signed out at once and cannot come in.

    Raises
    ------
    AccessError : `not-found` for who is no manager, for an unknown person, and for oneself
    SittingError : `people.last-manager`, `people.gone`
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        person = _person(session, actor, kind, person_id)
        if person.state not in PAUSABLE:
            raise SittingError("people.gone", f"this person is {person.state}", state=person.state)
        state = "paused" if paused else "active"
        if person.state == state:
            return
        if isinstance(person, Staff) and paused:
            _keep_a_manager(session, person)
        person.state = state
        ended = _end_sessions(session, kind, person_id, now) if paused and kind == "staff" else 0
        _audit(session, actor, f"{kind}.{'paused' if paused else 'back'}", kind, person_id, ended, now)


def end_sessions(store: Store, actor: Actor, kind: Kind, person_id: str, *, now: datetime) -> int:
    """End every sign-in of a person at once, on all their devices, and return how many there were.

    Raises
    ------
    AccessError : `not-found` for who is no manager, and for an unknown person
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        _known(session, kind, person_id)
        ended = _end_sessions(session, kind, person_id, now)
        _audit(session, actor, "sessions.ended", kind, person_id, ended, now)
    return ended


def set_manager(
    store: Store, actor: Actor, project_id: str, staff_id: str, *, mine: bool, now: datetime
) -> None:
    """Put a manager's name on a project, or take it off; without any name it is every manager's.

    Raises
    ------
    AccessError : `not-found` for who is no manager of the project, and for whoever cannot be one
    """
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        person = session.get(Staff, staff_id)
        if person is None or person.role != "manager" or person.state != "active":
            raise not_found("staff")
        known = session.get(ProjectManager, (project_id, staff_id))
        if (known is not None) == mine:
            return
        if mine:
            session.add(ProjectManager(project_id=project_id, staff_id=staff_id, since=now))
        else:
            session.execute(
                delete(ProjectManager).where(
                    ProjectManager.project_id == project_id, ProjectManager.staff_id == staff_id
                )
            )
        append_audit(
            session,
            actor=actor,
            action="project.manager" if mine else "project.manager-left",
            object=f"project:{project_id}",
            detail={"staff": staff_id},
            now=now,
        )


def managers_of(session: Session, project: Project) -> tuple[str, ...]:
    """Return the ids of those whose name is on a project."""
    rows = select(ProjectManager.staff_id).where(ProjectManager.project_id == project.id)
    return tuple(session.scalars(rows.order_by(ProjectManager.since, ProjectManager.staff_id)))


def _known(session: Session, kind: Kind, person_id: str) -> Contributor | Staff:
    person: Contributor | Staff | None
    if kind == "contributor":
        person = session.get(Contributor, person_id, with_for_update=True)
    else:
        person = session.get(Staff, person_id, with_for_update=True)
    if person is None or person.state == "erased":
        raise not_found(kind)
    return person


def _person(session: Session, actor: Actor, kind: Kind, person_id: str) -> Contributor | Staff:
    if kind == "staff" and person_id == actor.id:
        raise not_found("staff")  # nobody locks themselves out by a wrong button
    return _known(session, kind, person_id)


def _keep_a_manager(session: Session, person: Staff) -> None:
    others = select(func.count(Staff.id)).where(
        Staff.role == person.role, Staff.state == "active", Staff.id != person.id
    )
    if person.role == "manager" and not session.scalar(others):
        raise SittingError("people.last-manager", "somebody has to look after the house")


def _end_sessions(session: Session, kind: Kind, person_id: str, now: datetime) -> int:
    ids = (person_id, None) if kind == "contributor" else (None, person_id)
    end_unused_links(session, contributor_id=ids[0], staff_id=ids[1], now=now)
    whose = LoginSession.contributor_id if kind == "contributor" else LoginSession.staff_id
    live = (whose == person_id, LoginSession.revoked_at.is_(None), LoginSession.expires_at > now)
    ended = session.scalars(
        update(LoginSession)
        .where(*live)
        .values(revoked_at=now)
        .returning(LoginSession.id)
        .execution_options(synchronize_session=False)
    )
    return len(ended.all())


def _audit(
    session: Session, actor: Actor, action: str, kind: Kind, person_id: str, ended: int, now: datetime
) -> None:
    detail = {"sessions": ended}
    append_audit(session, actor=actor, action=action, object=f"{kind}:{person_id}", detail=detail, now=now)
