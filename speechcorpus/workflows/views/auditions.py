"""The audition's page: what it asks, how far it is, what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import BandTerms, PriceTerms, Terms
from speechcorpus.store.models import Audition, Contributor, Project
from speechcorpus.store.store import Store
from speechcorpus.work.audition import FREE_S, PROMPTS
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.audition_tasks import FREE, claims_of
from speechcorpus.workflows.auditions import Progress, may_begin_at, progress_of, running_audition
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.qualifications import MAY_SPEAK, Standing, standing_of_speaker
from speechcorpus.workflows.segments import READ

Stage = Literal["may-begin", "open", "submitted", "decided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionView:
    """One language of mine: what its audition asks and pays, how far it is, what it came to."""

    project_id: str
    project_title: str
    variety: str
    price: PriceTerms
    answer_h: int
    bands: tuple[BandTerms, ...]
    prompts: int
    free_s: int
    consented: bool
    stage: Stage
    audition_id: str | None
    claims: Mapping[str, str]  # read, monologue -> claim; empty before it has begun
    progress: Progress | None
    due_at: datetime | None
    standing: Standing | None
    criterion: str | None  # of the last result
    evidence: Mapping[str, Any]
    next_at: datetime | None  # from when on another try is possible; None: no more
    room_dba: BandTerms | None  # the band it is recorded in


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditionHint:
    """What the home page says of a language that is not open to somebody yet."""

    project_id: str
    variety: str
    stage: Stage
    fee_minor: int
    currency: str
    exponent: int
    minutes: int


def audition_view(
    store: Store, actor: Actor, project_id: str | None, *, now: datetime
) -> AuditionView | None:
    """Return the audition of a project (None: the one that runs, else the newest of my language).

    None where there is no project at all.
    """
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        wanted = project_id or _running_project(session, person) or _newest_project(session, person)
        return None if wanted is None else _view(session, person, wanted, now)


def audition_hint(session: Session, contributor_id: str, terms: Terms) -> AuditionHint | None:
    """Return what a person has to do before the first task under these terms; None if nothing."""
    variety = terms.project.variety
    standing = standing_of_speaker(session, contributor_id, variety)
    if standing is not None and standing.result in MAY_SPEAK:
        return None
    running = running_audition(session, contributor_id, variety)
    stage: Stage = _stage(running) if running else "decided" if standing else "may-begin"
    price = terms.price
    return AuditionHint(
        project_id=running.project_id if running else terms.project.id,
        variety=variety,
        stage=stage,
        fee_minor=price.audition.minor,
        currency=price.currency,
        exponent=price.exponent,
        minutes=price.audition.max_min,
    )


def _running_project(session: Session, person: Contributor) -> str | None:
    mine = (Audition.contributor_id == person.id, Audition.state.in_(("open", "submitted")))
    return session.scalars(
        select(Audition.project_id).where(*mine).order_by(Audition.begun_at.desc())
    ).first()


def _newest_project(session: Session, person: Contributor) -> str | None:
    """Return the newest project in the person's language, else the newest one."""
    projects = session.scalars(select(Project.id).order_by(Project.created_at.desc(), Project.id)).all()
    for project_id in projects if person.variety else ():
        terms = Terms.from_document(newest_terms(session, project_id).document)
        if terms.project.variety == person.variety:
            return project_id
    return projects[0] if projects else None


def _view(session: Session, person: Contributor, project_id: str, now: datetime) -> AuditionView:
    project = session.get(Project, project_id)
    if project is None:
        raise not_found("project")
    terms = Terms.from_document(newest_terms(session, project_id).document)
    variety, last = terms.project.variety, _last(session, person, terms.project.variety)
    claims = claims_of(session, last.id) if last and last.state == "open" else {}
    given = active_purposes(session, person.id, terms.consent.sha256)
    return AuditionView(
        project_id=project_id,
        project_title=project.title,
        variety=variety,
        price=terms.price,
        answer_h=terms.review.answer_h,
        bands=terms.bands,
        prompts=PROMPTS,
        free_s=FREE_S,
        consented=given >= set(terms.consent.purposes),
        stage=_stage(last) if last else "may-begin",
        audition_id=last.id if last else None,
        claims={style: claim.id for style, claim in claims.items()},
        progress=progress_of(session, last, now=now) if last and claims else None,
        due_at=last.due_at if last else None,
        standing=standing_of_speaker(session, person.id, variety),
        criterion=last.criterion if last else None,
        evidence=_evidence(session, person, variety),
        next_at=may_begin_at(session, person.id, variety, terms),
        room_dba=next((band for band in terms.bands if last and band.name == last.band), None),
    )


def _last(session: Session, person: Contributor, variety: str) -> Audition | None:
    mine = (Audition.contributor_id == person.id, Audition.variety == variety, Audition.state != "expired")
    return session.scalars(select(Audition).where(*mine).order_by(Audition.begun_at.desc())).first()


def _stage(audition: Audition) -> Stage:
    return "open" if audition.state == "open" else "submitted" if audition.state == "submitted" else "decided"


def _evidence(session: Session, person: Contributor, variety: str) -> Mapping[str, Any]:
    standing = standing_of_speaker(session, person.id, variety)
    return (standing.evidence or {}) if standing else {}


def first_step(view: AuditionView) -> str:
    """Return the claim that the sound check belongs to: the first one there is."""
    return view.claims.get(READ) or view.claims.get(FREE) or ""
