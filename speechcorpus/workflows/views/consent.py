"""The consent page: the newest text, what was agreed to, and the facts a person gave about themselves."""

from dataclasses import dataclass

from sqlalchemy import select

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Purpose, Terms
from speechcorpus.store.models import Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.consent_texts import consent_texts
from speechcorpus.workflows.consents import active_purposes
from speechcorpus.workflows.projects import newest_terms

PURPOSES: tuple[Purpose, ...] = ("record", "human_review", "release", "voice_synthesis", "contact")


@dataclass(frozen=True, slots=True, kw_only=True)
class PurposeView:
    """One purpose, ticked separately; `needed` ones are what the work cannot do without."""

    purpose: Purpose
    needed: bool
    given: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AboutMe:
    """Facts for the corpus; None is "prefer not to say"."""

    variety: str | None
    subvariety: str | None
    gender: str | None
    age_band: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentView:
    """The text that is asked for now, in one language, with its version and hash."""

    project_id: str
    project_title: str
    text: str
    version: str
    sha256: str
    licence: str
    min_age: int
    purposes: tuple[PurposeView, ...]
    about_me: AboutMe


def consent_view(store: Store, actor: Actor, *, locale: str, project_id: str | None = None) -> ConsentView:
    """Return what a project, by default the one opened last, asks a contributor to agree to.

    Raises
    ------
    AccessError : `not-found`, for an unknown project and before the first one is open
    StoreError : `consent.text-missing`, when nobody kept the text of these terms
    """
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        newest = select(Project).order_by(Project.created_at.desc(), Project.id)
        project = session.scalars(newest.where(Project.id == project_id) if project_id else newest).first()
        if project is None:
            raise not_found("project")
        about_me = AboutMe(
            variety=person.variety,
            subvariety=person.subvariety,
            gender=person.gender,
            age_band=person.age_band,
        )
        terms = Terms.from_document(newest_terms(session, project.id).document)
        given = active_purposes(session, person.id, terms.consent.sha256)
    return ConsentView(
        project_id=project.id,
        project_title=project.title,
        text=consent_texts(store, terms.consent.sha256)[locale],
        version=terms.consent.text,
        sha256=terms.consent.sha256,
        licence=terms.project.licence,
        min_age=terms.project.min_age,
        purposes=tuple(
            PurposeView(purpose=name, needed=name in terms.consent.purposes, given=name in given)
            for name in PURPOSES
        ),
        about_me=about_me,
    )
