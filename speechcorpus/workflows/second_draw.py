"""Which accepted segments a second person writes down: a seeded share of them, and every gold one."""

from collections.abc import Collection
from datetime import datetime
from uuid import uuid4

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.qc.double import is_drawn
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import (
    Claim,
    OutcomeRow,
    Project,
    SecondTranscript,
    Segment,
    Settlement,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.claim_money import project_of
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.events import holds_private
from speechcorpus.workflows.flat_fees import release_flat, reserve_flat
from speechcorpus.workflows.judging import newest_text
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.review_fees import fee_of_settlement, release_fee
from speechcorpus.workflows.withdrawn_items import is_withdrawn

FEE = "second"
"""The kind of flat fee a second text is booked as."""


def draw_second(session: Session, segment_id: str, *, now: datetime) -> str | None:
    """Ask for a second text of an accepted segment if it is gold or drawn; return the id, None if not.

    A segment is drawn once. Without an accepted text there is nothing to compare, what is private or taken
    back is heard by nobody further, and what there is no money for is not asked: its price is set aside here.
    """
    segment = session.get_one(Segment, segment_id)
    known = session.scalars(select(SecondTranscript.id).where(SecondTranscript.segment_id == segment_id))
    text, line = newest_text(session, segment_id), session.get(OutcomeRow, (segment_id, "transcribe"))
    if known.first() is not None or text is None or line is None or line.state != "accepted":
        return None
    claim = session.get_one(Claim, segment.claim_id)
    project = session.get_one(Project, session.get_one(Task, claim.task_id).project_id)
    drawn = is_drawn(segment_id, claim.terms_sha256, project.second_pct)
    unheard = holds_private(session, segment) or is_withdrawn(session, segment_id, "review")
    if not (segment.gold or drawn) or unheard:
        return None
    row = SecondTranscript(id=str(uuid4()), segment_id=segment_id, first_revision=text.number)
    row.reason = "gold" if segment.gold else "drawn"
    row.terms_sha256, row.created_at = claim.terms_sha256, now
    row.price_minor = price_of_text(session, segment, terms_by_hash(session, claim.terms_sha256))
    if not _set_aside(session, project.id, row, now):
        return None
    session.add(row)
    session.flush()
    return row.id


def release_unwritten(session: Session, segments: Collection[Segment], *, now: datetime) -> None:
    """Give back what was set aside for second texts, and their settling, where nobody may hear any more."""
    for row in session.scalars(unwritten_seconds(segments)).all():
        claim = session.get_one(Claim, session.get_one(Segment, row.segment_id).claim_id)
        release_flat(session, project_of(session, claim), kind=FEE, key=row.id, now=now)
    for unsettled in session.scalars(_unsettled(segments)).all():
        release_fee(session, fee_of_settlement(session, unsettled), now=now)


def _unsettled(segments: Collection[Segment]) -> Select[Settlement]:
    of_segments = SecondTranscript.segment_id.in_([segment.id for segment in segments])
    both = select(Settlement).join(SecondTranscript, SecondTranscript.id == Settlement.second_id)
    return both.where(of_segments, Settlement.state != "settled").order_by(Settlement.id)


def unwritten_seconds(segments: Collection[Segment]) -> Select[SecondTranscript]:
    """Return the query of the second texts of these segments that nobody has written."""
    of_segments = SecondTranscript.segment_id.in_([segment.id for segment in segments])
    unwritten = select(SecondTranscript).where(of_segments, SecondTranscript.state != "written")
    return unwritten.order_by(SecondTranscript.id)


def _set_aside(session: Session, project_id: str, row: SecondTranscript, now: datetime) -> bool:
    try:
        reserve_flat(session, None, project_id, kind=FEE, key=row.id, amount=row.price_minor, now=now)
    except SittingError as error:
        if error.code != "budget.short":
            raise
        return False
    return True


def price_of_text(session: Session, segment: Segment, terms: Terms) -> int:
    """Return what the terms pay for writing a segment down, in minor units: the same for every writer.

    A price by the minute is rounded up, in favour of whoever writes.
    """
    line = terms.price.transcribe
    if line.unit == "item":
        return line.minor
    samples = segment.end_sample - segment.start_sample
    return -(-line.minor * samples // (60 * session.get_one(Take, segment.take_id).rate_hz))


def set_second_share(store: Store, actor: Actor, project_id: str, pct: int, *, now: datetime) -> None:
    """Set how many percent of the segments accepted from now on a second person writes down.

    Raises
    ------
    AccessError : `not-found` for anybody but managers
    SittingError : `request.field` unless it is 0 to 100
    """
    if not 0 <= pct <= 100:
        raise SittingError("request.field", "a share has 0 to 100 percent", field="second_pct")
    with store.catalogue.write() as session:
        require_own(session, actor, project_id)
        project = session.get(Project, project_id, with_for_update=True)
        if project is None:
            raise not_found("project")
        before, project.second_pct = project.second_pct, pct
        session.flush()
        append_audit(
            session,
            actor=actor,
            action="project.second-share",
            object=f"project:{project_id}",
            detail={"from": before, "to": pct},
            now=now,
        )
