"""With whom a sitting of a dialogue is recorded: checked when it begins, kept with it for good."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import Claim, ClaimPartner, Contributor, Sitting, SittingPeer, Task
from speechcorpus.workflows.partners import DIALOGUE, agrees_now, standing_partner


def seat_peer(session: Session, sitting: Sitting, said: Sequence[str]) -> SittingPeer | None:
    """Keep who speaks in a sitting beside its owner; None where one person speaks.

    A sitting that began with the server away is past: it is kept whoever was named, and held out of
    releases where the one named does not agree.

    Parameters
    ----------
    said : the pseudonyms that the browser names

    Raises
    ------
    SittingError : `partner.missing` where nobody is named, `partner.other` for somebody who is not the
        claim's partner, `partner.consent` for one who no longer agrees to what the terms need
    """
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    if claim is None or session.get_one(Task, claim.task_id).style != DIALOGUE:
        return None
    named = said[0][:16] if said else None
    try:
        partner_id, held_for = _partner(session, claim.id, said).id, None
    except SittingError as refusal:
        if not sitting.started_offline:
            raise
        partner_id, held_for = None, refusal.code
    peer = SittingPeer(sitting_id=sitting.id, said=named, partner_id=partner_id, held_for=held_for)
    session.add(peer)
    session.flush()
    return peer


def peer_of(session: Session, sitting_id: str) -> Contributor | None:
    """Return the second person of a sitting, None where there is none or nobody knows who it was."""
    return session.scalars(
        select(Contributor)
        .join(ClaimPartner, ClaimPartner.contributor_id == Contributor.id)
        .join(SittingPeer, SittingPeer.partner_id == ClaimPartner.id)
        .where(SittingPeer.sitting_id == sitting_id)
    ).first()


def _partner(session: Session, claim_id: str, said: Sequence[str]) -> ClaimPartner:
    if not said:
        raise SittingError("partner.missing", "a dialogue needs a second person who has agreed")
    row = standing_partner(session, claim_id)
    person = session.get(Contributor, row.contributor_id) if row is not None and row.contributor_id else None
    if row is None or person is None or list(said) != [person.pseudonym]:
        raise SittingError("partner.other", "the person named is not the partner of this claim")
    if not agrees_now(session, row):
        raise SittingError("partner.consent", "the partner does not agree to what the terms need")
    return row
