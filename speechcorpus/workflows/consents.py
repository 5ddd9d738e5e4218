"""Consent by purpose, append-only; and what contributors say about themselves."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args
from uuid import uuid4

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from speechcorpus.corpus.columns import is_misread
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.domain.terms import Purpose, Terms
from speechcorpus.domain.transcript import Variety
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Consent, Project
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_contributor
from speechcorpus.workflows.projects import newest_terms

_IS_ACTIVE = (
    Consent.contributor_id == bindparam("who"),
    Consent.text_sha256 == bindparam("under"),
    Consent.withdrawn_at.is_(None),
)
_ACTIVE = select(Consent.purpose).where(*_IS_ACTIVE)  # made once: every claim asks
ACTIVE_TOGETHER = select(  # the same in one row: every chunk asks, and a session would cost it as much again
    func.aggregate_strings(Consent.purpose, ",").label("purposes")
).where(*_IS_ACTIVE)
GENDERS = ("f", "m", "x")  # as release.md §4 writes them
AGE_BANDS = tuple(f"{decade}-{decade + 9}" for decade in range(10, 100, 10))


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenConsent:
    """One purpose a person agreed to, under one text."""

    purpose: str
    text_version: str
    text_sha256: str
    language: str
    given_at: datetime
    withdrawn_at: datetime | None


def give_consent(
    store: Store,
    actor: Actor,
    *,
    purposes: Iterable[str],
    language: str,
    project_id: str | None = None,
    shown: str | None = None,
    now: datetime,
) -> tuple[str, ...]:
    """Keep the consent of a person, one row a purpose, and return the purposes now agreed to.

    The text is the one of the project's newest terms (None: the project published last). A purpose that
    stands is not written twice.

    Raises
    ------
    SittingError : `consent.purpose` for a purpose that is not on the list
    """
    wanted = known_purposes(purposes)
    with store.catalogue.write() as session:
        require_contributor(session, actor, lock=True)
        terms = _asked_terms(session, project_id)
        if shown not in (None, terms.consent.sha256):
            raise SittingError("request.field", "the text has changed since it was read", field="text_sha256")
        return keep_consent(session, actor, terms, wanted, language=language, now=now)


def keep_consent(
    session: Session, actor: Actor, terms: Terms, purposes: Sequence[str], *, language: str, now: datetime
) -> tuple[str, ...]:
    """Keep a contributor's consent under exactly these terms; return the purposes now agreed to."""
    standing = active_purposes(session, actor.id, terms.consent.sha256)
    for purpose in purposes:
        if purpose not in standing:
            session.add(_row(actor.id, purpose, terms, language, now))
    append_audit(
        session,
        actor=actor,
        action="consent.given",
        object=f"contributor:{actor.id}",
        detail={"purposes": list(purposes), "text_sha256": terms.consent.sha256, "language": language},
        now=now,
    )
    return tuple(sorted(standing | set(purposes)))


def known_purposes(said: Iterable[str]) -> tuple[str, ...]:
    """Return purposes as they were ticked, each once; `consent.purpose` for one that is not on the list."""
    wanted = tuple(dict.fromkeys(said))
    for purpose in wanted:
        if purpose not in get_args(Purpose):
            raise SittingError("consent.purpose", f"{purpose} is no purpose of consent", purpose=purpose)
    return wanted


def _row(contributor_id: str, purpose: str, terms: Terms, language: str, now: datetime) -> Consent:
    return Consent(
        id=str(uuid4()),
        contributor_id=contributor_id,
        purpose=purpose,
        text_version=terms.consent.text,
        text_sha256=terms.consent.sha256,
        language=language,
        given_at=now,
    )


def _asked_terms(session: Session, project_id: str | None) -> Terms:
    if project_id is None:
        project_id = session.scalars(
            select(Project.id).order_by(Project.created_at.desc(), Project.id)
        ).first()
    if project_id is None:
        raise not_found("project")
    return Terms.from_document(newest_terms(session, project_id).document)


def consents_of(store: Store, actor: Actor) -> Sequence[GivenConsent]:
    """Return everything a person agreed to, oldest first, also what was withdrawn."""
    with store.catalogue.read() as session:
        person = require_contributor(session, actor)
        rows = session.scalars(
            select(Consent).where(Consent.contributor_id == person.id).order_by(Consent.given_at, Consent.id)
        )
        return [
            GivenConsent(
                purpose=row.purpose,
                text_version=row.text_version,
                text_sha256=row.text_sha256,
                language=row.language,
                given_at=row.given_at,
                withdrawn_at=row.withdrawn_at,
            )
            for row in rows
        ]


def active_purposes(session: Session, contributor_id: str, text_sha256: str) -> set[str]:
    """Return the purposes a person agrees to now under exactly this text."""
    return set(session.scalars(_ACTIVE, {"who": contributor_id, "under": text_sha256}))


def require_consent(session: Session, contributor_id: str, terms: Terms) -> None:
    """Refuse work whose purposes the person has not agreed to, or no longer agrees to.

    Raises
    ------
    AccessError : `consent.withdrawn` if the consent was taken back, else `consent.missing`
    """
    lacking = set(terms.consent.purposes) - active_purposes(session, contributor_id, terms.consent.sha256)
    if not lacking:
        return
    once = session.scalar(
        select(Consent.id)
        .where(
            Consent.contributor_id == contributor_id,
            Consent.text_sha256 == terms.consent.sha256,
            Consent.purpose.in_(lacking),
        )
        .limit(1)
    )
    named = ",".join(sorted(lacking))
    if once is not None:
        raise AccessError("consent.withdrawn", f"consent was withdrawn: {named}", purposes=named)
    raise AccessError("consent.missing", f"no consent to: {named}", purposes=named)


def save_about_me(
    store: Store,
    actor: Actor,
    *,
    variety: str | None,
    subvariety: str | None,
    gender: str | None,
    age_band: str | None,
    now: datetime,
) -> None:
    """Keep what a person says about themselves; None is "prefer not to say".

    Raises
    ------
    SittingError : `request.field` for a variety, gender or age band that is not on its list
    """
    lists = (
        ("variety", variety, get_args(Variety)),
        ("gender", gender, GENDERS),
        ("age_band", age_band, AGE_BANDS),
    )
    for field, said, known in lists:
        if said is not None and said not in known:
            raise SittingError("request.field", f"{field} is none of {', '.join(known)}", field=field)
    if subvariety is not None and is_misread(subvariety):
        subvariety = None  # "na", "none", "0": the ways to say nothing, and no table could carry them
    with store.catalogue.write() as session:
        person = require_contributor(session, actor, lock=True)
        person.variety, person.subvariety = variety, subvariety
        person.gender, person.age_band = gender, age_band
        append_audit(
            session,
            actor=actor,
            action="contributor.about-me",
            object=f"contributor:{person.id}",
            detail={},
            now=now,
        )
