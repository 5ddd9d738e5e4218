"""How well two transcribers agree in a project: by speaker, variety and band, each with its interval."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    Claim,
    Contributor,
    Project,
    Revision,
    SecondTranscript,
    Segment,
    Settlement,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.transcribe.agreement import GroupAgreement, TwoTranscripts, agreement_report
from speechcorpus.workflows.desk import own_project, projects_of
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.projects import newest_terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementView:
    """The agreement in one project, and how far its double transcription has come."""

    project_id: str
    title: str
    projects: Mapping[str, str]
    second_pct: int
    waiting: int
    written: int
    differing: int
    kept: Mapping[str, int]  # first, second, own -> how often the third person kept it
    seed: int
    groups: tuple[GroupAgreement, ...]


def agreement_view(store: Store, actor: Actor, project_id: str | None = None) -> AgreementView | None:
    """Return the agreement of a project, the newest one by default; None before the first is made."""
    with store.catalogue.read() as session:
        project = own_project(session, actor, project_id)
        titles = {each.id: each.title for each in projects_of(session, actor)}
        return _view(session, project, titles) if project else None


def _view(session: Session, project: Project, titles: Mapping[str, str]) -> AgreementView:
    rows = _rows(session, project)
    written = [row for row in rows if row.state == "written"]
    terms = Terms.from_document(newest_terms(session, project.id).document)
    seed = seed_of(project.id)
    return AgreementView(
        project_id=project.id,
        title=project.title,
        projects=titles,
        second_pct=project.second_pct,
        waiting=len(rows) - len(written),
        written=len(written),
        differing=sum(not row.agrees for row in written),
        kept=_kept(session, [row.id for row in written]),
        seed=seed,
        groups=agreement_report(
            _pairs(session, written),
            fold_for(terms.task.transcript.script),
            rng=np.random.default_rng(seed),
        ),
    )


def seed_of(project_id: str) -> int:
    """Return the seed of a project's intervals: the same report at every look.

    Examples
    --------
    >>> seed_of("taigi-noise")
    2467025770
    """
    return int.from_bytes(hashlib.sha256(f"agreement/1\0{project_id}".encode()).digest()[:4], "big")


def _rows(session: Session, project: Project) -> list[SecondTranscript]:
    rows = session.scalars(
        select(SecondTranscript)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Task.project_id == project.id)
        .order_by(SecondTranscript.created_at, SecondTranscript.id)
    )
    return list(rows.all())


def _pairs(session: Session, written: list[SecondTranscript]) -> list[TwoTranscripts]:
    """Return both texts of every segment; speakers by pseudonym, whose names nobody here may see."""
    found = session.execute(
        select(SecondTranscript.text, Revision.text, Contributor.pseudonym, Task.variety, Task.band)
        .join(Segment, Segment.id == SecondTranscript.segment_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Contributor, Contributor.id == Sitting.contributor_id)
        .join(
            Revision,
            (Revision.segment_id == Segment.id) & (Revision.number == SecondTranscript.first_revision),
        )
        .where(SecondTranscript.id.in_([row.id for row in written]))
        .order_by(SecondTranscript.written_at, SecondTranscript.id)
    )
    return [
        TwoTranscripts(speaker=speaker, variety=variety, band=band, first=first, second=second or "")
        for second, first, speaker, variety, band in found
    ]


def _kept(session: Session, second_ids: list[str]) -> Mapping[str, int]:
    kept = select(Settlement.kept).where(Settlement.second_id.in_(second_ids), Settlement.state == "settled")
    return Counter(str(each) for each in session.scalars(kept))
