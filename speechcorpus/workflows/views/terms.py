"""The terms behind tasks and claims, read once a page."""

from collections.abc import Iterable, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import TermsVersion
from speechcorpus.workflows.projects import terms_by_hash


def terms_by_id(session: Session, ids: Iterable[str]) -> Mapping[str, Terms]:
    """Return terms by the id of their version."""
    rows = session.scalars(select(TermsVersion).where(TermsVersion.id.in_(set(ids))))
    return {row.id: Terms.from_document(row.document) for row in rows}


def terms_by_sha256(session: Session, hashes: Iterable[str]) -> Mapping[str, Terms]:
    """Return terms by their hash, as claims and reviews carry it; those a process has met are at hand."""
    return {sha256: terms_by_hash(session, sha256) for sha256 in set(hashes)}
