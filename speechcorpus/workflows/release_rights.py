"""What may have changed between building and approving: clips that may not be published any more."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.store.models import Claim, ClaimPartner, ReleaseItem, Segment, Sitting, SittingPeer, Take
from speechcorpus.workflows.audible import other_is_heard
from speechcorpus.workflows.events import private_within
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.release_consents import active_consents
from speechcorpus.workflows.seats import TWO
from speechcorpus.workflows.withdrawn_items import withdrawn_from


def clips_without_right(session: Session, release_id: str) -> int:
    """Count the clips of a built release that may not be published any more.

    Somebody who is heard took back their consent, something in it was marked as private, or the clip was
    withdrawn by itself; one to which several apply counts several times.
    """
    return (
        _without_consent(session, release_id)
        + _made_private(session, release_id)
        + _taken_back(session, release_id)
    )


def _without_consent(session: Session, release_id: str) -> int:
    """Count the clips of a release in which somebody is heard who no longer agrees to it."""
    rows = session.execute(
        select(Claim.terms_sha256, Claim.contributor_id, ClaimPartner, Sitting, Take.id)
        .join(Segment, Segment.claim_id == Claim.id)
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .outerjoin(SittingPeer, SittingPeer.sitting_id == Take.sitting_id)
        .outerjoin(ClaimPartner, ClaimPartner.id == SittingPeer.partner_id)
        .where(ReleaseItem.release_id == release_id)
    )
    alone: dict[str, bool] = {}  # by take of a dialogue with two devices
    clips = []
    for terms_sha256, holder, partner, sitting, take_id in rows:
        heard = {holder, partner.contributor_id if partner else None}
        if partner is not None and partner.devices == TWO:
            alone.setdefault(take_id, not other_is_heard(session, sitting.id, take_id))
            heard = {sitting.contributor_id} if alone[take_id] else heard
        clips.append((terms_sha256, frozenset(filter(None, heard))))
    gone = {clip for clip in set(clips) if not _all_agree(session, *clip)}
    return sum(clip in gone for clip in clips)


def _all_agree(session: Session, terms_sha256: str, heard: frozenset[str]) -> bool:
    text_sha256 = terms_by_hash(session, terms_sha256).consent.sha256
    return all(active_consents(session, person, text_sha256) is not None for person in heard)


def _made_private(session: Session, release_id: str) -> int:
    """Count the clips of a release in which something was marked as private since it was built."""
    clips = (
        select(func.count(Segment.id.distinct()))
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .where(ReleaseItem.release_id == release_id, private_within(Segment))
    )
    return session.scalar(clips) or 0


def _taken_back(session: Session, release_id: str) -> int:
    """Count the clips of a release that were withdrawn one by one since it was built."""
    clips = (
        select(func.count(Segment.id.distinct()))
        .join(ReleaseItem, ReleaseItem.segment_id == Segment.id)
        .where(ReleaseItem.release_id == release_id, withdrawn_from("release"))
    )
    return session.scalar(clips) or 0
