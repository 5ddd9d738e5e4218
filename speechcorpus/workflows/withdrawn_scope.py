"""Which items, consents and claims a withdrawal is about."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Consent,
    Contributor,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    Task,
    WithdrawnItem,
)
from speechcorpus.work.withdrawal import Effect
from speechcorpus.workflows.audible import other_is_heard
from speechcorpus.workflows.projects import terms_by_hash


def items_heard(session: Session, person_id: str, text_sha256: str | None = None) -> Sequence[Segment]:
    """Return every item a person is heard in, as holder or as the other one of a dialogue.

    On one device both voices are in every item, so all of them go; with two devices the other person's own
    track stays where this person does not leak into it (`work.withdrawal.goes_with_the_other`).

    Parameters
    ----------
    text_sha256 : only items recorded under this consent text
    """
    found = session.execute(
        select(Segment, Claim.terms_sha256, Sitting.contributor_id, Sitting.id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .outerjoin(SittingPeer, SittingPeer.sitting_id == Take.sitting_id)
        .outerjoin(ClaimPartner, ClaimPartner.id == SittingPeer.partner_id)
        .where(
            or_(
                Sitting.contributor_id == person_id,
                Claim.contributor_id == person_id,
                ClaimPartner.contributor_id == person_id,
            )
        )
        .order_by(Segment.created_at, Segment.id)
    ).all()
    leaks: dict[str, bool] = {}  # by take of the other person
    return [
        segment
        for segment, terms, owner, sitting_id in found
        if text_sha256 in (None, consent_of(session, terms))
        and (owner == person_id or _leaks_into(session, leaks, sitting_id, segment.take_id))
    ]


def _leaks_into(session: Session, known: dict[str, bool], sitting_id: str, take_id: str) -> bool:
    if take_id not in known:
        known[take_id] = other_is_heard(session, sitting_id, take_id)
    return known[take_id]


def active_claims(session: Session, person: Contributor, text_sha256: str | None) -> Sequence[Claim]:
    """Return the claims a person holds, those under one consent text or all; auditions are not held."""
    held = session.scalars(
        select(Claim)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.contributor_id == person.id, Claim.state == "active", Task.audition_id.is_(None))
        .order_by(Claim.claimed_at, Claim.id)
    ).all()
    return [claim for claim in held if text_sha256 in (None, consent_of(session, claim.terms_sha256))]


def standing_consents(
    session: Session, person_id: str, purpose: str | None = None, text_sha256: str | None = None
) -> Sequence[Consent]:
    """Return what a person agrees to now: everything, or one purpose under one text."""
    rows = session.scalars(
        select(Consent)
        .where(Consent.contributor_id == person_id, Consent.withdrawn_at.is_(None))
        .order_by(Consent.given_at, Consent.id)
    ).all()
    return [row for row in rows if purpose in (None, row.purpose) and text_sha256 in (None, row.text_sha256)]


def newly_withdrawn(
    session: Session, segments: Sequence[Segment], effects: frozenset[Effect]
) -> Sequence[tuple[Segment, Effect]]:
    """Return which use of which item ends now; what was taken back before is not taken back again."""
    ended = [(segment, effect) for segment in segments for effect in sorted(effects)]
    return [
        (segment, effect)
        for segment, effect in ended
        if session.get(WithdrawnItem, (segment.id, effect)) is None
    ]


def consent_of(session: Session, terms_sha256: str) -> str:
    """Return the hash of the consent text that belongs to some terms."""
    return terms_by_hash(session, terms_sha256).consent.sha256
