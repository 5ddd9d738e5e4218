"""Contests: a contributor says that a meter is wrong about an item, and two people listen (V3)."""

from datetime import datetime
from typing import Final
from uuid import uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, Contest, FindingRow, Segment, Task, VerdictRow
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.item_state import standing
from speechcorpus.workflows.judging import newest_verdict_row
from speechcorpus.workflows.late_items import require_writable

WORDS: Final = 1000
WON_PCT, HELD_AT_LEAST = 2, 100
"""A meter that loses more than 2 % of what it held no longer holds anything; judged from 100 items on."""


def contest(store: Store, actor: Actor, segment_id: str, code: str, words: str, *, now: datetime) -> None:
    """Say that a finding which holds one's own item is wrong; saying it again changes nothing.

    Once all that holds it is contested the item is ready: it is handed in with the others, two people judge
    that finding blind, and unless both confirm it the item is accepted and paid.

    Parameters
    ----------
    words : what the contributor has to say, kept for a later appeal; the two listeners do not see them

    Raises
    ------
    AccessError : `not-found`
    SittingError : `contest.not-held` for what does not hold the item, `contest.words` above 1,000 characters,
        `item.handed-in`, `claim.not-active`
    """
    if len(words) > WORDS:
        raise SittingError("contest.words", f"at most {WORDS} characters", limit=WORDS)
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        segment, claim = own_segment(session, actor, segment_id)
        session.refresh(claim, with_for_update=True)
        if code in contested_codes(session, segment_id):
            return
        verdict = _contestable(session, segment, claim, code, now)
        session.add(_row(segment, code, verdict, words, now))
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="item.contested",
            object=f"segment:{segment_id}",
            detail={"code": code, "verdict": verdict.id},
            now=now,
        )


def _contestable(session: Session, segment: Segment, claim: Claim, code: str, now: datetime) -> VerdictRow:
    if standing(session, segment.id) not in ("open", "repair"):
        raise SittingError("item.handed-in", "this item has been handed in", segment=segment.id)
    require_writable(session, claim, segment, now=now)
    verdict = newest_verdict_row(session, segment.id)
    if verdict is None or code not in holding_codes(session, segment.id):
        raise SittingError("contest.not-held", f"{code} does not hold this item", finding=code)
    return verdict


def _row(segment: Segment, code: str, verdict: VerdictRow, words: str, now: datetime) -> Contest:
    row = Contest(id=str(uuid4()), segment_id=segment.id, code=code, verdict_id=verdict.id)
    row.words, row.state, row.contested_at = words.strip(), "open", now
    return row


def contested_codes(session: Session, segment_id: str) -> frozenset[str]:
    """Return the codes on which an item was contested, whatever came of it."""
    return frozenset(session.scalars(select(Contest.code).where(Contest.segment_id == segment_id)))


def holding_codes(session: Session, segment_id: str) -> tuple[str, ...]:
    """Return the codes that hold an item by its newest verdict, in alphabetical order."""
    verdict = newest_verdict_row(session, segment_id)
    return () if verdict is None else _holding(session, verdict)


def _holding(session: Session, verdict: VerdictRow) -> tuple[str, ...]:
    rows = select(FindingRow.code).where(FindingRow.verdict_id == verdict.id, FindingRow.severity != "flag")
    return tuple(sorted(set(session.scalars(rows))))


def still_holding(session: Session, segment: Segment) -> frozenset[str]:
    """Return what holds an item, less what is contested and what meters that lost too often said."""
    holding = frozenset(holding_codes(session, segment.id)) - contested_codes(session, segment.id)
    if not holding:
        return holding
    task = session.get_one(Task, session.get_one(Claim, segment.claim_id).task_id)
    return frozenset(code for code in holding if not has_lost_too_often(session, task.project_id, code))


def settle_contests(
    session: Session, segment: Segment, confirmed: str | None, *, lapsed: bool = False, now: datetime
) -> None:
    """Write down what came of the contests of an item that is decided.

    Parameters
    ----------
    confirmed : what two found; every other contested code lost
    lapsed : nobody listened in time: the item is paid, and that says nothing about the meter
    """
    open_ones = select(Contest).where(Contest.segment_id == segment.id, Contest.state == "open")
    for row in session.scalars(open_ones).all():
        state = "lapsed" if lapsed else "won"
        row.state, row.settled_at = "confirmed" if row.code == confirmed else state, now
    session.flush()


def has_lost_too_often(session: Session, project_id: str, code: str) -> bool:
    """Say whether contests took back more than 2 % of what a code held in a project: it only flags then."""
    of_project = (Segment.claim_id == Claim.id, Claim.task_id == Task.id, Task.project_id == project_id)
    won = session.scalar(
        select(func.count(Contest.id))
        .join(Segment, Segment.id == Contest.segment_id)
        .where(Contest.code == code, Contest.state == "won", *of_project)
    )
    if not won:
        return False
    held = session.scalar(
        select(func.count(VerdictRow.segment_id.distinct()))
        .join(FindingRow, FindingRow.verdict_id == VerdictRow.id)
        .join(Segment, Segment.id == VerdictRow.segment_id)
        .where(FindingRow.code == code, FindingRow.severity != "flag", *of_project)
    )
    return (held or 0) >= HELD_AT_LEAST and won * 100 > WON_PCT * (held or 0)
