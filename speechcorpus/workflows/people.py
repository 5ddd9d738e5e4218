"""People: contributors under a pseudonym, and staff."""

import unicodedata
from datetime import datetime
from typing import Literal, get_args
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor, Role
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Contributor, Staff
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found

SourceKind = Literal["human", "synthetic"]
STAFF_ROLES = tuple(role for role in get_args(Role) if role != "contributor")


def create_contributor(
    store: Store,
    *,
    locale: str,
    source_kind: SourceKind = "human",
    variety: str | None = None,
    subvariety: str | None = None,
    gender: str | None = None,
    age_band: str | None = None,
    now: datetime,
) -> str:
    """Return the id of a new contributor; the pseudonym (`c-0001` …) is given in order."""
    contributor_id = str(uuid4())
    with store.catalogue.write() as session:
        session.add(
            Contributor(
                id=contributor_id,
                pseudonym=_next_pseudonym(session),
                locale=locale,
                variety=variety,
                subvariety=subvariety,
                gender=gender,
                age_band=age_band,
                source_kind=source_kind,
                created_at=now,
            )
        )
        append_audit(
            session,
            actor="house",
            action="contributor.made",
            object=f"contributor:{contributor_id}",
            detail={"source_kind": source_kind},
            now=now,
        )
    return contributor_id


def create_staff(store: Store, *, name: str, role: Role, locale: str = "zh-Hant", now: datetime) -> str:
    """Return the id of a new member of staff.

    Raises
    ------
    AccessError : `role.unknown` for a role that is not one of the staff
    """
    if role not in STAFF_ROLES:
        raise AccessError("role.unknown", f"{role} is no role of the staff", role=role)
    staff_id = str(uuid4())
    with store.catalogue.write() as session:
        session.add(Staff(id=staff_id, name=plain_name(name), role=role, locale=locale, created_at=now))
        append_audit(
            session,
            actor="house",
            action="staff.made",
            object=f"staff:{staff_id}",
            detail={"role": role},
            now=now,
        )
    return staff_id


def plain_name(name: str) -> str:
    """Return one form of a name, however it was typed.

    >>> plain_name(" Ta\u0302n  A\u0301-ha\u0301i ") == "Tân Á-hái"
    True
    """
    return unicodedata.normalize("NFC", " ".join(name.split()))


def a_manager(store: Store, staff_id: str | None = None) -> Actor:
    """Return the manager of this id, or the one who came first.

    Raises
    ------
    AccessError : `people.no-manager`
    """
    active = select(Staff).where(Staff.role == "manager", Staff.state == "active").order_by(Staff.created_at)
    with store.catalogue.read() as session:
        found = session.scalars(active.where(Staff.id == staff_id) if staff_id else active).first()
    if found is None:
        raise AccessError(
            "people.no-manager", "no such manager: speechcorpus people invite --role manager makes one"
        )
    return Actor(role="manager", id=found.id)


def staff_of_name(store: Store, name: str, role: Role) -> str:
    """Return the id of the one active member of staff of this name in this role.

    Raises
    ------
    AccessError : `not-found` for nobody, or for two of one name
    """
    active = (Staff.name.in_({name, plain_name(name)}), Staff.role == role, Staff.state == "active")
    with store.catalogue.read() as session:
        found = session.scalars(select(Staff.id).where(*active)).all()
    if len(found) != 1:
        raise not_found("staff")
    return found[0]


def _next_pseudonym(session: Session) -> str:
    known = session.scalar(select(func.count()).select_from(Contributor)) or 0
    number = known + 1
    while session.scalar(select(Contributor.id).where(Contributor.pseudonym == f"c-{number:04d}")):
        number += 1
    return f"c-{number:04d}"
