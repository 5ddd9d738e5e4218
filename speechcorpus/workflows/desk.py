"""Whose project it is: a manager sees the projects they look after, and no other."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Project, ProjectManager
from speechcorpus.workflows.access import not_found, require_staff

NEWEST: Final = (Project.created_at.desc(), Project.id)


def projects_of(session: Session, actor: Actor) -> Sequence[Project]:
    """Return the projects a manager looks after, the newest first; `not-found` for anybody else."""
    require_staff(session, actor, "manager")
    return session.scalars(_of(actor).order_by(*NEWEST)).all()


def own_project(session: Session, actor: Actor, project_id: str | None = None) -> Project | None:
    """Return one of the manager's projects, the newest by default; None while they have none.

    Raises
    ------
    AccessError : `not-found`, for other people and for other managers' projects
    """
    mine = projects_of(session, actor)
    if project_id is None:
        return mine[0] if mine else None
    return require_own(session, actor, project_id)


def require_own(session: Session, actor: Actor, project_id: str) -> Project:
    """Return this project if the one who asks is a manager of it, else raise `not-found`."""
    require_staff(session, actor, "manager")
    found = session.scalars(_of(actor).where(Project.id == project_id)).first()
    if found is None:
        raise not_found("project")
    return found


def is_own(session: Session, actor: Actor, project_id: str) -> bool:
    """Say whether a project is there for the one who asks: managers see their own, other staff each."""
    wanted = _of(actor) if actor.role == "manager" else select(Project)
    return session.scalars(wanted.where(Project.id == project_id)).first() is not None


def _of(actor: Actor) -> Select[Project]:
    """Select the projects of a manager: those with their name on it, and those with nobody's."""
    named = select(ProjectManager.staff_id).where(ProjectManager.project_id == Project.id)
    return select(Project).where(
        or_(named.where(ProjectManager.staff_id == actor.id).exists(), ~named.exists())
    )
