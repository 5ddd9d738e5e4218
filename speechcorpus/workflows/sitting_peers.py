"""With whom a sitting of a dialogue is recorded: checked when it begins, kept with it for good."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import SittingError
from speechcorpus.store.models import (
    Claim,
    ClaimPartner,
    Contributor,
    Segment,
    Sitting,
    SittingPeer,
    Take,
    Task,
)
from speechcorpus.workflows.partners import (
    DIALOGUE,
    Devices,
    agrees_now,
    holder_agrees_now,
    standing_partner,
)
from speechcorpus.workflows.seats import devices_in


def seat_peer(session: Session, sitting: Sitting, said: Sequence[str]) -> SittingPeer | None:
    """Keep who speaks in a sitting beside its owner; None where one person speaks.

    On two devices each of the two has sittings of their own, and each names the other. A sitting that began
    with the server away is past: it is kept whoever was named, and held out of releases where the one named
    does not agree.

    Parameters
    ----------
    said : the pseudonyms that the browser names

    Raises
    ------
    SittingError : `partner.missing` where nobody is named, `partner.other` for somebody who is not the
        other one of the two, `partner.consent` for one who no longer agrees to what the terms need
    """
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    if claim is None or session.get_one(Task, claim.task_id).style != DIALOGUE:
        return None
    named = said[0][:16] if said else None
    try:
        partner_id, held_for = _partner(session, claim, sitting, said).id, None
    except SittingError as refusal:
        if not sitting.started_offline:
            raise
        partner_id, held_for = None, refusal.code
    peer = SittingPeer(sitting_id=sitting.id, said=named, partner_id=partner_id, held_for=held_for)
    session.add(peer)
    session.flush()
    return peer


def peer_of(session: Session, sitting_id: str) -> Contributor | None:
    """Return the other person of a sitting, None where there is none or nobody knows who it was.

    Whoever owns the sitting: for the holder of the claim that is the partner, for the partner the holder.
    """
    row = _row_of(session, sitting_id)
    if row is None:
        return None
    owner = session.get_one(Sitting, sitting_id).contributor_id
    other = row.contributor_id if owner != row.contributor_id else _holder_of(session, row)
    return session.get(Contributor, other) if other is not None else None


def devices_of(session: Session, sitting_id: str) -> Devices | None:
    """Return at how many devices a sitting's dialogue is spoken, None where nobody knows the other person."""
    row = _row_of(session, sitting_id)
    return None if row is None else devices_in(row)


def held_at_second_seat(session: Session, claim: Claim) -> frozenset[str]:
    """Return the items of a claim that its second person brought though nobody can say with whom they spoke.

    A person hears them before they are paid: that they belong to this claim is the browser's word.
    """
    held = (
        select(Segment.id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(SittingPeer, SittingPeer.sitting_id == Sitting.id)
        .where(Segment.claim_id == claim.id, SittingPeer.held_for.is_not(None))
        .where(Sitting.contributor_id != claim.contributor_id)
    )
    return frozenset(session.scalars(held))


def _row_of(session: Session, sitting_id: str) -> ClaimPartner | None:
    peer = session.get(SittingPeer, sitting_id)
    return session.get(ClaimPartner, peer.partner_id) if peer is not None and peer.partner_id else None


def _holder_of(session: Session, row: ClaimPartner) -> str:
    return session.get_one(Claim, row.claim_id).contributor_id


def _partner(session: Session, claim: Claim, sitting: Sitting, said: Sequence[str]) -> ClaimPartner:
    if not said:
        raise SittingError("partner.missing", "a dialogue needs a second person who has agreed")
    row = standing_partner(session, claim.id)
    seats = {} if row is None else {claim.contributor_id: row.contributor_id}
    if row is not None and row.contributor_id is not None:
        seats[row.contributor_id] = claim.contributor_id
    other = seats.get(sitting.contributor_id)  # nobody for who was a partner once and is none now
    person = session.get(Contributor, other) if other is not None else None
    if row is None or person is None or list(said) != [person.pseudonym]:
        raise SittingError("partner.other", "the person named is not the other one of this dialogue")
    agrees = agrees_now if other == row.contributor_id else holder_agrees_now
    if not agrees(session, row):
        raise SittingError("partner.consent", "the other one does not agree to what the terms need")
    return row
