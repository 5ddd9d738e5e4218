"""Who may speak, write and judge in a variety: found once, and kept with what it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, get_args

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.domain.transcript import Variety
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Contributor, Qualification, Staff, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_staff

Result = Literal["suitable", "recording-only", "not_suitable"]
How = Literal["audition", "gold", "vouched"]
Kind = Literal["speaker", "reviewer"]

MAY_SPEAK: Final = ("suitable", "recording-only")
VARIETIES: Final = get_args(Variety)


Newest = Select[tuple[str, str, datetime, dict[str, Any] | None]]


def _newest_of(whose: InstrumentedAttribute[str | None]) -> Newest:
    found = select(Qualification.result, Qualification.how, Qualification.at, Qualification.evidence)
    mine = (whose == bindparam("who"), Qualification.variety == bindparam("in_variety"))
    return found.where(*mine).order_by(Qualification.id.desc()).limit(1)


# made once: every claim asks
_SPEAKER, _REVIEWER = _newest_of(Qualification.contributor_id), _newest_of(Qualification.staff_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What counts of a person in a variety now, and how it was found."""

    result: Result
    how: How
    at: datetime
    evidence: Mapping[str, Any] | None


def require_speaker(session: Session, contributor_id: str, variety: str, terms: Terms) -> None:
    """Refuse work in a variety that this person was not found to speak.

    Raises
    ------
    SittingError : `audition.needed`, with the project whose audition it is, the variety and its minutes
    """
    found = standing_of_speaker(session, contributor_id, variety)
    if found is None or found.result not in MAY_SPEAK:
        raise SittingError(
            "audition.needed",
            f"an audition in {variety} comes before the first task, it is paid",
            variety=variety,
            project=terms.project.id,
            minutes=terms.price.audition.max_min,
        )


def may_write(session: Session, contributor_id: str, variety: str) -> bool:
    """Say whether a person's transcripts are wanted: not of those who were found to record only."""
    found = standing_of_speaker(session, contributor_id, variety)
    return found is None or found.result == "suitable"


def writes_own(session: Session, claim: Claim, person: str | None = None) -> bool:
    """Say whether a person, the holder for None, writes down what they record; in an audition everybody."""
    task = session.get_one(Task, claim.task_id)
    return task.audition_id is not None or may_write(session, person or claim.contributor_id, task.variety)


def is_reviewer_of(session: Session, staff_id: str, variety: str) -> bool:
    """Say whether a member of staff may decide what only a speaker of the variety can hear."""
    found = standing_of_reviewer(session, staff_id, variety)
    return found is not None and found.result == "suitable"


def reviewed_varieties(session: Session, staff_id: str) -> frozenset[str]:
    """Return the varieties a member of staff may judge: those whose newest row says so."""
    rows = select(Qualification.variety, Qualification.result).where(Qualification.staff_id == staff_id)
    newest = {row.variety: row.result for row in session.execute(rows.order_by(Qualification.id))}
    return frozenset(variety for variety, result in newest.items() if result == "suitable")


def standing_of_speaker(session: Session, contributor_id: str, variety: str) -> Standing | None:
    """Return what counts of a contributor; None when nobody has listened yet."""
    return _newest(session, _SPEAKER, contributor_id, variety)


def standing_of_reviewer(session: Session, staff_id: str, variety: str) -> Standing | None:
    """Return what counts of a member of staff; None when nothing is known."""
    return _newest(session, _REVIEWER, staff_id, variety)


def vouch(store: Store, actor: Actor, *, kind: Kind, person_id: str, variety: str, now: datetime) -> None:
    """Let a manager answer for somebody they know: a contributor's language, or a reviewer's ear.

    Raises
    ------
    SittingError : `request.field` for an unknown variety
    AccessError : `not-found` for who is no manager, and for an unknown person
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        _require_known(session, kind, person_id)
        qualify(
            session,
            kind=kind,
            person_id=person_id,
            variety=variety,
            result="suitable",
            how="vouched",
            evidence=None,
            by=actor,
            now=now,
        )


def qualify(
    session: Session,
    *,
    kind: Kind,
    person_id: str,
    variety: str,
    result: Result,
    how: How,
    evidence: Mapping[str, Any] | None,
    by: Actor,
    now: datetime,
) -> None:
    """Keep what was found of a person, in the audit as well; what stands already is not kept twice."""
    require_variety(variety)
    standing = _newest(session, _SPEAKER if kind == "speaker" else _REVIEWER, person_id, variety)
    if standing is not None and standing.result == result:
        return
    row = Qualification(variety=variety, kind=kind, result=result, how=how, at=now)
    row.contributor_id, row.staff_id = (person_id, None) if kind == "speaker" else (None, person_id)
    row.evidence, row.by = None if evidence is None else dict(evidence), by.name_for_audit
    session.add(row)
    session.flush()
    owner = "contributor" if kind == "speaker" else "staff"
    append_audit(
        session,
        actor=by,
        action=f"qualification.{how}",
        object=f"{owner}:{person_id}",
        detail={"variety": variety, "kind": kind, "result": result, **(evidence or {})},
        now=now,
    )


def _require_known(session: Session, kind: Kind, person_id: str) -> None:
    if kind == "speaker":
        speaker = session.get(Contributor, person_id)
        if speaker is None or speaker.state in ("withdrawn", "erased"):
            raise not_found("contributor")
        return
    reviewer = session.get(Staff, person_id)
    if reviewer is None or reviewer.state != "active":
        raise not_found("staff")


def require_variety(variety: str) -> None:
    """Refuse a variety that we do not know."""
    if variety not in VARIETIES:
        raise SittingError("request.field", f"{variety!r} is no variety we know", field="variety")


def _newest(session: Session, newest: Newest, person_id: str, variety: str) -> Standing | None:
    row = session.execute(newest, {"who": person_id, "in_variety": variety}).first()
    if row is None:
        return None
    return Standing(result=row.result, how=row.how, at=row.at, evidence=row.evidence)
