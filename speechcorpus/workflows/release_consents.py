"""What a person agrees to now, as a release asks it of whoever is heard."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.corpus.selection import PURPOSE, Consented
from speechcorpus.store.models import Consent, Contributor


def active_consents(session: Session, contributor_id: str, text_sha256: str) -> Consented | None:
    """Return what a person agrees to now under the text they recorded under.

    None without the purpose `release`, or for a closed account. Agreeing to the text of another project, or
    to a newer one, says nothing about what was recorded before.
    """
    person = session.get(Contributor, contributor_id)
    if person is None or person.state in ("withdrawn", "erased"):
        return None
    rows = session.scalars(
        select(Consent)
        .where(
            Consent.contributor_id == contributor_id,
            Consent.text_sha256 == text_sha256,
            Consent.withdrawn_at.is_(None),
        )
        .order_by(Consent.given_at, Consent.id)
    ).all()
    release = [row for row in rows if row.purpose == PURPOSE]
    if not release:
        return None
    newest = release[-1]
    return Consented(
        consent_id=newest.id,
        purposes=tuple(sorted({row.purpose for row in rows})),
        text_version=newest.text_version,
        text_sha256=newest.text_sha256,
        given_on=newest.given_at.date().isoformat(),
    )
