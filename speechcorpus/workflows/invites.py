"""Inviting people, by a manager: the person is made, and a single-use link for them."""

from dataclasses import dataclass
from datetime import datetime

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.store.models import Contributor, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.impartial import keep_acquaintance
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.qualifications import require_variety, vouch
from speechcorpus.workflows.sign_in import invite_contributor, invite_staff


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """A link to hand over: `path` plus `#token`; shown once, only its hash is kept."""

    who: str
    path: str
    token: str


def new_contributor(
    store: Store, actor: Actor, *, locale: str, vouched_for: str | None = None, now: datetime
) -> Invite:
    """Make a contributor who speaks this language with us, and invite them.

    Parameters
    ----------
    vouched_for : the variety the manager knows them to speak: no audition then; None to let them audition

    Raises
    ------
    SittingError : `request.field` for an unknown variety
    """
    _require_manager(store, actor)
    if vouched_for is not None:
        require_variety(vouched_for)
    contributor_id = create_contributor(store, locale=locale, now=now)
    with store.catalogue.write() as session:
        keep_acquaintance(session, actor.id, contributor_id, "invited", now=now)
    if vouched_for is not None:
        vouch(store, actor, kind="speaker", person_id=contributor_id, variety=vouched_for, now=now)
    return invite_known_contributor(store, actor, contributor_id, now=now)


def invite_known_contributor(store: Store, actor: Actor, contributor_id: str, *, now: datetime) -> Invite:
    """Invite a contributor again: a new device, or a link that was lost."""
    _require_manager(store, actor)
    with store.catalogue.read() as session:
        person = session.get(Contributor, contributor_id)
        if person is None or person.state == "erased":
            raise not_found("contributor")
    token = invite_contributor(store, contributor_id, by=actor, now=now)
    return Invite(who=person.pseudonym, path="/join", token=token)


def new_member(store: Store, actor: Actor, *, name: str, role: Role, now: datetime) -> Invite:
    """Make a member of staff and invite them."""
    _require_manager(store, actor)
    _require_lets_in(role)
    staff_id = create_staff(store, name=name, role=role, now=now)
    return Invite(who=name, path="/staff/join", token=invite_staff(store, staff_id, by=actor, now=now))


def invite_known_member(store: Store, actor: Actor, staff_id: str, *, now: datetime) -> Invite:
    """Invite a member of staff again: a new device, or a link that was lost."""
    _require_manager(store, actor)
    with store.catalogue.read() as session:
        person = session.get(Staff, staff_id)
        if person is None or person.state != "active" or staff_id == actor.id:
            raise not_found("staff")
        _require_lets_in(person.role)
    return Invite(who=person.name, path="/staff/join", token=invite_staff(store, staff_id, by=actor, now=now))


def _require_lets_in(role: str) -> None:
    if role == "payer":  # else one person proposes, lets themselves in as the second, and approves
        raise not_found("staff")


def _require_manager(store: Store, actor: Actor) -> None:
    with store.catalogue.read() as session:
        require_staff(session, actor, "manager")
