"""Whose object is it: every workflow asks here before it touches one.

What belongs to somebody else is answered exactly like what does not exist (`not-found`).
"""

from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import Claim, Contributor, Segment, Sitting, Staff, Take
from speechcorpus.workflows.item_owner import owner_of


def not_found(what: str) -> AccessError:
    """Return the one answer for what is unknown and for what is somebody else's."""
    return AccessError("not-found", f"no such {what}", what=what)


def require_role(actor: Actor, *roles: Role) -> None:
    """Refuse a role that this work is not for.

    Raises
    ------
    AccessError : `not-found`; who may not do a thing does not learn that it can be done
    """
    if actor.role not in roles:
        raise not_found("page")


def require_contributor(session: Session, actor: Actor, *, lock: bool = False) -> Contributor:
    """Return the contributor who asks; `lock` holds the row until the transaction ends.

    The row is held against their own acts only: what refers to them, a receipt from a partner's hand-in
    for one, is written meanwhile.

    Raises
    ------
    AccessError : `not-found` for staff, `consent.withdrawn` for an account that is closed
    """
    require_role(actor, "contributor")
    found = session.get(Contributor, actor.id, with_for_update={"key_share": True} if lock else None)
    if found is None:
        raise not_found("contributor")
    if found.state in ("withdrawn", "erased"):
        raise AccessError("consent.withdrawn", "this account has been withdrawn")
    return found


def require_working(person: Contributor) -> None:
    """Refuse new work to a contributor whom a manager let rest; what they hold and are owed is untouched.

    Raises
    ------
    SittingError : `person.paused`
    """
    if person.state == "paused":
        raise SittingError("person.paused", "a manager has paused this account: no new work for now")


def require_person(session: Session, actor: Actor) -> Contributor:
    """Return the contributor who asks, also one who has withdrawn: what is theirs stays theirs to see."""
    require_role(actor, "contributor")
    found = session.get(Contributor, actor.id)
    if found is None or found.state == "erased":
        raise not_found("contributor")
    return found


def require_staff(session: Session, actor: Actor, *roles: Role) -> Staff:
    """Return the member of staff who asks, in one of `roles`."""
    require_role(actor, *roles)
    found = session.get(Staff, actor.id)
    if found is None or found.state != "active" or found.role != actor.role:
        raise not_found("page")
    return found


def own_claim(session: Session, actor: Actor, claim_id: str, *, lock: bool = False) -> Claim:
    """Return the contributor's own claim."""
    found = session.get(Claim, claim_id, with_for_update=lock)
    if found is None or actor.role != "contributor" or found.contributor_id != actor.id:
        raise not_found("claim")
    return found


def own_sitting(session: Session, actor: Actor, sitting_id: str, *, lock: bool = False) -> Sitting:
    """Return the contributor's own sitting."""
    found = session.get(Sitting, sitting_id, with_for_update=lock)
    if found is None or actor.role != "contributor" or found.contributor_id != actor.id:
        raise not_found("sitting")
    return found


def own_take(session: Session, actor: Actor, take_id: str, *, lock: bool = False) -> tuple[Take, Sitting]:
    """Return the contributor's own take with its sitting; `lock` holds the take's row."""
    take = session.get(Take, take_id, with_for_update=lock)
    if take is None:
        raise not_found("take")
    sitting = session.get_one(Sitting, take.sitting_id)
    if actor.role != "contributor" or sitting.contributor_id != actor.id:
        raise not_found("take")
    return take, sitting


def held_take(session: Session, take_id: str) -> tuple[Take, Claim | None]:
    """Return a take and the claim it was recorded under, both rows held until the transaction ends.

    The claim's comes first, everywhere: whoever edits a take holds it, and then writes in the track beside
    it too. Whose take it is, is for the caller.
    """
    take = session.get_one(Take, take_id)
    claim_id = session.get_one(Sitting, take.sitting_id).claim_id
    claim = None if claim_id is None else session.get_one(Claim, claim_id, with_for_update=True)
    session.refresh(take, with_for_update=True)
    return take, claim


def own_segment(session: Session, actor: Actor, segment_id: str) -> tuple[Segment, Claim]:
    """Return the contributor's own item with the claim it was recorded under.

    Own is what was recorded in one's own sitting: with two devices the holder's items are not the partner's.
    """
    segment = session.get(Segment, segment_id)
    if segment is None or actor.role != "contributor" or owner_of(session, segment) != actor.id:
        raise not_found("segment")
    return segment, session.get_one(Claim, segment.claim_id)
