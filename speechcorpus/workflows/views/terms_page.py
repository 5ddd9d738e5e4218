"""The terms editor's page: the text, what it comes to, and what a contributor will see of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.finding_codes import CODES, FindingCode
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import Claim, Project, Staff, TermsDraft, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.work.terms_text import terms_toml
from speechcorpus.workflows.consent_texts import consent_texts
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.terms_desk import CheckedTerms, check_text
from speechcorpus.workflows.views.worth import Worth, worth
from speechcorpus.workflows.working_time import timings_of

SNR: Final = "noise.low-snr"
OF_BANDS: Final = ("noise.above-band", "noise.below-band", SNR)
HOLDS: Final = ("blocks", "fix")


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One published version."""

    version: str
    sha256: str
    published_at: datetime | None
    claims: int  # made under it: they keep it for ever


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What one finding code asks of an item under these terms."""

    code: str
    comparator: str  # what fires it: `>` means that more than the limit is held
    limit: Decimal
    unit: str
    severity: str
    loosened: bool  # these terms ask less than the list of codes does


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """One card as it will stand on the home page."""

    style: str
    work: Worth


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Exactly what a contributor will see: the offers, the limits, the consent."""

    terms: Terms
    offers: tuple[Offered, ...]  # a full claim of each style in each band
    limits: tuple[Limit, ...]
    consent: str  # in the language of the one who asks


@dataclass(frozen=True, slots=True, kw_only=True)
class TermsPage:
    """The draft of one project's terms, and what was published before."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    text: str
    draft_version: int  # 0: nothing has been changed yet
    saved_by: str | None
    saved_at: datetime | None
    checked: CheckedTerms
    preview: Preview | None  # of the draft; None while it has a fault
    versions: tuple[Version, ...]


def terms_page(store: Store, actor: Actor, project_id: str | None = None, *, locale: str) -> TermsPage | None:
    """Return the terms a project is working on, the newest project by default; None before the first.

    Raises
    ------
    AccessError : `not-found` for anybody else, and for other managers' projects
    """
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        if project is None:
            return None
        titles = {each.id: each.title for each in projects_of(session, actor)}
        return _page(store, session, project, titles, locale)


def _page(
    store: Store, session: Session, project: Project, titles: Mapping[str, str], locale: str
) -> TermsPage:
    draft = session.get(TermsDraft, project.id)
    published = Terms.from_document(newest_terms(session, project.id).document)
    text = draft.text if draft else terms_toml(published)
    checked = check_text(store, session, project.id, text)
    shown = checked.terms if draft else published
    writer = session.get(Staff, draft.saved_by) if draft else None
    return TermsPage(
        project_id=project.id,
        title=project.title,
        projects=titles,
        text=text,
        draft_version=draft.version if draft else 0,
        saved_by=writer.name if writer else None,
        saved_at=draft.saved_at if draft else None,
        checked=checked,
        preview=_preview(store, session, shown, locale) if shown else None,
        versions=_versions(session, project.id),
    )


def _preview(store: Store, session: Session, terms: Terms, locale: str) -> Preview:
    kept = store.blobs.exists(terms.consent.sha256)
    timings, items = timings_of(session, terms.project.id), terms.draw.claim.items
    return Preview(
        terms=terms,
        offers=tuple(
            Offered(
                style=style,
                work=worth(terms, band.name, items, timings.rate(terms, style, band.name)),
            )
            for style in terms.task.styles
            for band in terms.bands
        ),
        limits=tuple(
            _limit(terms, code) for code in CODES.values() if code.severity in HOLDS and _is_shown(code)
        ),
        consent=consent_texts(store, terms.consent.sha256)[locale] if kept else "",
    )


def _is_shown(code: FindingCode) -> bool:
    """Leave out what the bands say themselves, and counts whose limit is 0: their sentence says it all."""
    return code.limit is not None and code.limit != 0 and code.code not in OF_BANDS


def _limit(terms: Terms, code: FindingCode) -> Limit:
    listed = code.limit or Decimal(0)
    limit = terms.limit(code.code, listed)
    if code.code == "audio.wrong-format":
        limit = Decimal(terms.task.capture.rate_hz)  # the terms' own rate is the limit
    return Limit(
        code=code.code,
        comparator=code.comparator,
        limit=limit,
        unit=code.unit,
        severity=code.severity,
        loosened=limit != listed,
    )


def _versions(session: Session, project_id: str) -> tuple[Version, ...]:
    claims = dict(
        session.execute(select(Claim.terms_sha256, func.count(Claim.id)).group_by(Claim.terms_sha256)).all()
    )
    rows = session.scalars(
        select(TermsVersion)
        .where(TermsVersion.project_id == project_id, TermsVersion.state != "draft")
        .order_by(TermsVersion.published_at.desc(), TermsVersion.version.desc())
    )
    return tuple(
        Version(
            version=row.version,
            sha256=row.sha256,
            published_at=row.published_at,
            claims=claims.get(row.sha256, 0),
        )
        for row in rows
    )
