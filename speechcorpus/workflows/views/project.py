"""The manager's page: what has been collected, how far it came, and the people; no identity, no audio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, Terms
from speechcorpus.store.models import (
    Claim,
    Clip,
    OutcomeRow,
    Project,
    Review,
    Segment,
    Take,
    Task,
    TaskPrompt,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.skips import SkippedPrompt, skipped_prompts
from speechcorpus.workflows.views.held import HeldView, held_views
from speechcorpus.workflows.views.people import ACCEPTED, Member, Person, active_staff, people_of

NEWEST: Final = select(Project).order_by(Project.created_at.desc(), Project.id)
STEPS: Final = ("recorded", "passed", "submitted", "accepted", "ready")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One variety in one band."""

    band: str
    accepted: int
    accepted_s: float
    speakers: int
    asked: int  # prompts in tasks that are not void
    open_tasks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """How many items, and how much sound, came this far."""

    name: str
    items: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """One project as its manager sees it."""

    project_id: str
    title: str
    projects: Mapping[str, str]  # id -> title of all projects, the newest first
    terms_version: str
    bands: tuple[BandTerms, ...]
    answer_h: int
    coverage: Mapping[str, tuple[Cell, ...]]  # variety -> cells in the order of the bands
    steps: tuple[Step, ...]
    waiting_reviews: int
    held: tuple[HeldView, ...]
    skipped: tuple[SkippedPrompt, ...]
    speakers: int
    people: tuple[Person, ...]
    staff: tuple[Member, ...]

    @property
    def accepted(self) -> Step:
        """The step that counts: accepted items."""
        return next(step for step in self.steps if step.name == "accepted")


def project_view(store: Store, actor: Actor, project_id: str | None = None) -> ProjectView | None:
    """Return a project, the newest one by default; None before the first is made."""
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager")
        wanted = NEWEST.where(Project.id == project_id) if project_id else NEWEST
        project = session.scalars(wanted).first()
        return _project(session, project) if project else None


def _project(session: Session, project: Project) -> ProjectView:
    terms = Terms.from_document(newest_terms(session, project.id).document)
    return ProjectView(
        project_id=project.id,
        title=project.title,
        projects={each.id: each.title for each in session.scalars(NEWEST)},
        terms_version=terms.project.version,
        bands=terms.bands,
        answer_h=terms.review.answer_h,
        coverage=_coverage(session, project.id, terms.bands),
        steps=tuple(_step(session, project.id, name) for name in STEPS),
        waiting_reviews=_waiting_reviews(session, project.id),
        held=held_views(session, project.id),
        skipped=skipped_prompts(session, project.id),
        speakers=session.scalar(_speakers(project.id)) or 0,
        people=people_of(session, project.id),
        staff=active_staff(session),
    )


SECONDS = func.coalesce(func.sum((Segment.end_sample - Segment.start_sample) * 1.0 / Take.rate_hz), 0.0)
SUBMITTED = select(OutcomeRow.segment_id).where(OutcomeRow.segment_id == Segment.id).exists()
RELEASABLE = select(Clip.segment_id).where(Clip.segment_id == Segment.id).exists()
LATER = VerdictRow.__table__.alias("later")
PASSED = (
    select(VerdictRow.id)
    .where(VerdictRow.segment_id == Segment.id, VerdictRow.outcome == "accepted")
    .where(
        ~select(LATER.c.id)
        .where(LATER.c.segment_id == VerdictRow.segment_id, LATER.c.sequence > VerdictRow.sequence)
        .exists()
    )
    .exists()
)
REACHED: Final[Mapping[str, tuple[ColumnElement[bool], ...]]] = {
    "recorded": (),
    "passed": (PASSED,),
    "submitted": (SUBMITTED,),
    "accepted": (ACCEPTED,),
    "ready": (RELEASABLE,),
}


def _step(session: Session, project_id: str, name: str) -> Step:
    items, seconds = session.execute(
        select(func.count(Segment.id), SECONDS)
        .join(Take, Take.id == Segment.take_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Segment.chosen, *REACHED[name])
    ).one()
    return Step(name=name, items=items, seconds=float(seconds))


def _coverage(
    session: Session, project_id: str, bands: Sequence[BandTerms]
) -> Mapping[str, tuple[Cell, ...]]:
    done = {
        (variety, band): (items, float(seconds), speakers)
        for variety, band, items, seconds, speakers in session.execute(
            select(
                Task.variety,
                Task.band,
                func.count(Segment.id),
                SECONDS,
                func.count(Claim.contributor_id.distinct()),
            )
            .join(Claim, Claim.task_id == Task.id)
            .join(Segment, Segment.claim_id == Claim.id)
            .join(Take, Take.id == Segment.take_id)
            .where(Task.project_id == project_id, Segment.chosen, ACCEPTED)
            .group_by(Task.variety, Task.band)
        )
    }
    asked = {
        (variety, band): (prompts, still_open)
        for variety, band, prompts, still_open in session.execute(
            select(
                Task.variety,
                Task.band,
                func.count(TaskPrompt.prompt_id),
                func.count(case((Task.state == "open", Task.id)).distinct()),
            )
            .join(TaskPrompt, TaskPrompt.task_id == Task.id)
            .where(Task.project_id == project_id, Task.state != "void")
            .group_by(Task.variety, Task.band)
        )
    }
    varieties = sorted({variety for variety, _ in asked}, reverse=True)  # nan-TW before cmn-TW
    return {
        variety: tuple(
            _cell(band.name, done.get((variety, band.name)), asked.get((variety, band.name)))
            for band in bands
        )
        for variety in varieties
    }


def _cell(band: str, done: tuple[int, float, int] | None, asked: tuple[int, int] | None) -> Cell:
    items, seconds, speakers = done or (0, 0.0, 0)
    prompts, still_open = asked or (0, 0)
    return Cell(
        band=band,
        accepted=items,
        accepted_s=seconds,
        speakers=speakers,
        asked=prompts,
        open_tasks=still_open,
    )


def _speakers(project_id: str) -> Select[int]:
    return (
        select(func.count(Claim.contributor_id.distinct()))
        .join(Task, Task.id == Claim.task_id)
        .join(Segment, Segment.claim_id == Claim.id)
        .where(Task.project_id == project_id, Segment.chosen, ACCEPTED)
    )


def _waiting_reviews(session: Session, project_id: str) -> int:
    waiting = (
        select(func.count(Review.id))
        .join(Segment, Segment.id == Review.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project_id, Review.state.in_(("queued", "assigned")))
    )
    return session.scalar(waiting) or 0
