"""Raising a price under claims that are held: never lowered, and the rise is set aside at once."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import LedgerError
from speechcorpus.domain.plain import to_plain
from speechcorpus.domain.terms import PriceTerms
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import Claim, OutcomeRow, Segment, Task
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import require_staff
from speechcorpus.workflows.claim_money import LINES, most_of, nominal_minor, price_of, price_of_line
from speechcorpus.workflows.desk import require_own
from speechcorpus.workflows.ledger import reserve
from speechcorpus.workflows.projects import terms_by_hash


def raise_prices(
    store: Store, actor: Actor, project_id: str, *, record: int, transcribe: int, now: datetime
) -> int:
    """Raise what a project's active claims are paid from here on; return how many claims gain.

    Lines that were accepted keep what they came to; those of a price by the minute gain with the next piece.

    Parameters
    ----------
    record, transcribe : the new prices of both lines, in minor units of what the terms count by

    Raises
    ------
    AccessError : `not-found` for anybody but managers of the project
    LedgerError : `price.lower` for a price below the one of some claim
    SittingError : `budget.short`; then no claim gains
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "manager")
        require_own(session, actor, project_id)
        held = (
            select(Claim)
            .join(Task, Task.id == Claim.task_id)
            .where(Task.project_id == project_id, Task.audition_id.is_(None), Claim.state == "active")
            .order_by(Claim.id)
            .with_for_update(of=Claim)
        )
        minor = {"record": record, "transcribe": transcribe}
        gained = sum(_raise(session, claim, minor, now) for claim in session.scalars(held).all())
        append_audit(
            session,
            actor=actor,
            action="price.raised",
            object=f"project:{project_id}",
            detail={**minor, "claims": gained},
            now=now,
        )
        return gained


def _raise(session: Session, claim: Claim, minor: dict[str, int], now: datetime) -> bool:
    before = price_of(session, claim)
    after = _raised(before, minor, claim)
    if after == before:
        return False
    claim.price = to_plain(after)  # type: ignore[assignment]  # a record becomes a mapping
    session.flush()
    for line in LINES:
        _reprice_open(session, claim, line)
    terms = terms_by_hash(session, claim.terms_sha256)
    rise = most_of(session, claim, terms, after) - most_of(session, claim, terms, before)
    reserve(session, terms.project.id, rise, claim_id=claim.id, now=now)
    return True


def _raised(before: PriceTerms, minor: dict[str, int], claim: Claim) -> PriceTerms:
    for line in LINES:
        if minor[line] < price_of_line(before, line).minor:
            why = f"claim {claim.id} was promised {price_of_line(before, line).minor} for {line}"
            raise LedgerError("price.lower", why, claim=claim.id, line=line)
    return replace(
        before,
        record=replace(before.record, minor=minor["record"]),
        transcribe=replace(before.transcribe, minor=minor["transcribe"]),
    )


def _reprice_open(session: Session, claim: Claim, line: str) -> None:
    price = price_of_line(price_of(session, claim), line)
    pending = (
        select(OutcomeRow, Segment)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .where(Segment.claim_id == claim.id, OutcomeRow.line == line, OutcomeRow.state == "pending")
    )
    for row, segment in session.execute(pending).all():
        row.price_minor = nominal_minor(session, segment, price)
    session.flush()
