"""The first page of staff: where they are, what waits for them and how long, each role its own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Payout, Release, Staff, TermsDraft
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.code_gates import is_paused
from speechcorpus.workflows.desk import projects_of
from speechcorpus.workflows.factors import has_factor
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.second_person import those_who_may_be
from speechcorpus.workflows.views.appeals import appeal_list
from speechcorpus.workflows.views.audition_queue import audition_list
from speechcorpus.workflows.views.coverage import accepted_seconds, missing_seconds
from speechcorpus.workflows.views.held import held_views
from speechcorpus.workflows.views.operation import dead_jobs
from speechcorpus.workflows.views.queue import queue_view
from speechcorpus.workflows.views.settlement import settlement_list
from speechcorpus.workflows.withdrawal_patches import due_patches
from speechcorpus.workflows.working_time import floor_alarms

STAFF: Final[tuple[Role, ...]] = ("reviewer", "manager", "payer", "ml", "operator")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One kind of work that waits: how much of it, and how long the promise still lasts."""

    key: str
    href: str
    count: int
    due_in: timedelta | None = None  # of the one that is due first


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far one project is."""

    project_id: str
    title: str
    accepted_s: float
    missing_s: float  # of its targets

    @property
    def percent(self) -> float | None:
        """How much of the targets is there; None without targets."""
        wanted = self.accepted_s + self.missing_s
        return 100 * self.accepted_s / wanted if self.missing_s or self.accepted_s else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffHome:
    """What a member of staff sees first."""

    name: str
    role: str
    waits: tuple[Wait, ...]  # what waits, what is due first before the rest
    clear: tuple[Wait, ...]  # what could wait, and does not
    projects: tuple[Progress, ...]  # a manager's
    by_link_alone: bool  # neither passkey nor password yet


def staff_home(store: Store, actor: Actor, *, now: datetime) -> StaffHome:
    """Return the first page of the member of staff who asks; `not-found` for contributors."""
    with store.catalogue.read() as session:
        name = require_staff(session, actor, *STAFF).name
        keyed = has_factor(session, actor.id)
    waits = _WAITS[actor.role](store, actor, now)
    waiting = [wait for wait in waits if wait.count]
    return StaffHome(
        name=name,
        role=actor.role,
        waits=tuple(sorted(waiting, key=lambda wait: wait.due_in or timedelta.max)),
        clear=tuple(wait for wait in waits if not wait.count),
        projects=_progress(store, actor) if actor.role == "manager" else (),
        by_link_alone=not keyed,
    )


def _progress(store: Store, actor: Actor) -> tuple[Progress, ...]:
    with store.catalogue.read() as session:
        return tuple(
            Progress(
                project_id=project.id,
                title=project.title,
                accepted_s=accepted_seconds(session, [project.id]),
                missing_s=missing_seconds(session, [project.id]),
            )
            for project in projects_of(session, actor)
        )


def _reviewers(store: Store, actor: Actor, now: datetime) -> Sequence[Wait]:
    queue, settling = queue_view(store, actor, now=now), settlement_list(store, actor, now=now)
    appeals, auditions = appeal_list(store, actor, now=now), audition_list(store, actor, now=now)
    return (
        _wait("queue", "/staff/queue", [row.due_in for row in queue]),
        _wait("appeals", "/staff/appeals", [row.due_at - now for row in appeals]),
        _wait("auditions", "/staff/auditions", [row.due_at - now for row in auditions]),
        Wait(key="settle", href="/staff/settle", count=len(settling)),
    )


def _wait(key: str, href: str, due_in: Sequence[timedelta]) -> Wait:
    return Wait(key=key, href=href, count=len(due_in), due_in=min(due_in, default=None))


def _managers(store: Store, actor: Actor, now: datetime) -> Sequence[Wait]:
    patches = due_patches(store, actor, now=now)
    with store.catalogue.read() as session:
        projects = projects_of(session, actor)
        mine = [project.id for project in projects]
        drafts = select(func.count(TermsDraft.project_id)).where(TermsDraft.project_id.in_(mine))
        return (
            Wait(key="below-floor", href="/staff/budget", count=sum(_alarms(session, each) for each in mine)),
            Wait(
                key="held",
                href="/staff/funnel#held",
                count=sum(view.to_decide for each in mine for view in held_views(session, each)),
            ),
            _wait("patches", "/staff/releases", [each.due_at - now for each in patches]),
            Wait(key="paused", href="/staff/agreement", count=_paused_reviewers(session)),
            Wait(key="releases", href="/staff/releases", count=_to_approve(session, actor, mine)),
            Wait(key="drafts", href="/staff/terms", count=_count(session, drafts)),
        )


def _to_approve(session: Session, actor: Actor, projects: Sequence[str]) -> int:
    """Return how many built releases wait for this person, who cannot be the one that built them."""
    built = select(Release.built_by).where(Release.project_id.in_(projects), Release.state == "built")
    builders = session.scalars(built).all()
    own = those_who_may_be(session, set(builders), actor)
    return sum(builder not in own for builder in builders)


def _alarms(session: Session, project_id: str) -> int:
    terms = Terms.from_document(newest_terms(session, project_id).document)
    return len(floor_alarms(session, project_id, terms))


def _paused_reviewers(session: Session) -> int:
    active = select(Staff.id).where(Staff.role == "reviewer", Staff.state == "active")
    return sum(is_paused(session, staff_id) for staff_id in session.scalars(active).all())


def _payers(store: Store, actor: Actor, _now: datetime) -> Sequence[Wait]:
    batches = select(func.count(Payout.id))
    with store.catalogue.read() as session:
        proposed = batches.where(Payout.state == "proposed", Payout.proposed_by != actor.id)
        under_way = batches.where(Payout.state.in_(("approved", "sent")))
        return (
            Wait(key="payouts", href="/staff/payouts", count=_count(session, proposed)),
            Wait(key="sent", href="/staff/payouts", count=_count(session, under_way)),
        )


def _readers(store: Store, _actor: Actor, _now: datetime) -> Sequence[Wait]:
    published = select(func.count(Release.id)).where(Release.state == "published")
    with store.catalogue.read() as session:
        return (Wait(key="published", href="/releases/", count=_count(session, published)),)


def _operators(store: Store, actor: Actor, now: datetime) -> Sequence[Wait]:
    with store.catalogue.read() as session:
        dead = Wait(key="dead-jobs", href="/staff/operation#dead", count=dead_jobs(session))
    return (dead, *_readers(store, actor, now))


def _count(session: Session, wanted: Select[Any]) -> int:
    return session.scalar(wanted) or 0


_WAITS: Final[Mapping[str, Callable[[Store, Actor, datetime], Sequence[Wait]]]] = {
    "reviewer": _reviewers,
    "manager": _managers,
    "payer": _payers,
    "ml": _readers,
    "operator": _operators,
}
