"""Appeals: a refused line goes before one person who has not touched the item; silence pays."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import AppealTerms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Appeal, Claim, ClosedRefusal, OutcomeRow, Segment
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import own_segment, require_contributor
from speechcorpus.workflows.house_clock import lost_since
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.settling import refusal_of
from speechcorpus.workflows.withdrawn_items import is_withdrawn

WORDS: Final = 2000
LINES: Final = ("record", "transcribe")
OpenedBy = Literal["contributor", "house"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Appealable:
    """A refused line that can still be appealed, and until when."""

    line: str
    until: datetime


def appealable(session: Session, segment: Segment) -> tuple[Appealable, ...]:
    """Return the refused lines of an item against which nobody has appealed and the time still runs.

    Whether `until` is over is for the caller, who has a clock.
    """
    if is_withdrawn(session, segment.id, "review"):
        return ()  # no judge may hear it
    refused = (OutcomeRow.segment_id == segment.id, OutcomeRow.state == "refused")
    rows = session.scalars(select(OutcomeRow).where(*refused).order_by(OutcomeRow.line)).all()
    return tuple(
        Appealable(line=row.line, until=window_end(session, segment, row))
        for row in rows
        if appeal_of(session, row) is None and not is_closed(session, row)
    )


def open_appeal(store: Store, actor: Actor, segment_id: str, line: str, words: str, *, now: datetime) -> str:
    """Appeal against a refusal of one's own work and return the appeal's id; again, the same id.

    Parameters
    ----------
    words : what the contributor has to say to the judge; may be empty

    Raises
    ------
    AccessError : `not-found`
    SittingError : `appeal.not-refused`, `appeal.window-over`, `appeal.words` above 2,000 characters
    """
    if len(words) > WORDS:
        raise SittingError("appeal.words", f"at most {WORDS} characters", limit=WORDS)
    with store.catalogue.write() as session:
        require_contributor(session, actor)
        segment, claim = own_segment(session, actor, segment_id)
        session.refresh(claim, with_for_update=True)  # one step of an item at a time
        row = session.get(OutcomeRow, (segment_id, line), populate_existing=True)
        known = appeal_of(session, row) if row else None
        if known is not None:
            return known.id
        if row is None or row.state != "refused":
            raise SittingError("appeal.not-refused", "this line was not refused", line=line)
        over = is_closed(session, row) or is_withdrawn(session, segment_id, "review")
        if over or now > window_end(session, segment, row):
            raise SittingError("appeal.window-over", "the time to appeal is over", line=line)
        appeal = add_appeal(session, segment, row, words, opened_by="contributor", now=now)
        _audit(session, actor.name_for_audit, appeal, now)
    return appeal.id


def add_appeal(
    session: Session, segment: Segment, row: OutcomeRow, words: str, *, opened_by: OpenedBy, now: datetime
) -> Appeal:
    """Put a refused line before a judge, with the clock its claim was promised."""
    finding = refusal_of(session, segment)
    appeal = Appeal(id=str(uuid4()), segment_id=segment.id, line=row.line, words=words.strip(), fence=0)
    appeal.code, appeal.opened_by = finding.code if finding else "", opened_by
    appeal.opened_at = now
    appeal.due_at = now + timedelta(hours=_terms(session, segment).answer_h)
    appeal.state = "open"
    session.add(appeal)
    session.flush()
    return appeal


def appeal_of(session: Session, row: OutcomeRow) -> Appeal | None:
    """Return the appeal of a line: there is at most one."""
    wanted = (Appeal.segment_id == row.segment_id, Appeal.line == row.line)
    return session.scalars(select(Appeal).where(*wanted)).first()


def is_closed(session: Session, row: OutcomeRow) -> bool:
    """Say whether the money of a refused line went back to the budget."""
    return session.get(ClosedRefusal, (row.segment_id, row.line)) is not None


def window_end(session: Session, segment: Segment, row: OutcomeRow) -> datetime:
    """Return until when a refusal can be appealed; what a clock jumped, and our being away, is added."""
    refused_at = row.decided_at or segment.created_at
    window = timedelta(days=_terms(session, segment).window_d)
    return refused_at + window + lost_since(session, refused_at)


def _terms(session: Session, segment: Segment) -> AppealTerms:
    claim = session.get_one(Claim, segment.claim_id)
    return terms_by_hash(session, claim.terms_sha256).review.appeal


def _audit(session: Session, actor: str, appeal: Appeal, now: datetime) -> None:
    append_audit(
        session,
        actor=actor,
        action="appeal.opened",
        object=f"appeal:{appeal.id}",
        detail={"segment": appeal.segment_id, "line": appeal.line, "code": appeal.code},
        now=now,
    )
