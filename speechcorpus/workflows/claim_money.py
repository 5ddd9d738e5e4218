"""What a claim may come to owe: set aside when it is made, owed line by line, the rest given back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from fractions import Fraction

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.plain import PlainFault, from_plain
from speechcorpus.domain.terms import PriceLine, PriceTerms, Terms
from speechcorpus.store.models import (
    Claim,
    ClosedRefusal,
    LedgerEntry,
    LedgerTransaction,
    OutcomeRow,
    Prompt,
    Segment,
    Sitting,
    Take,
    Task,
    TaskPrompt,
)
from speechcorpus.work import ledger as book
from speechcorpus.work.ledger import minutes_minor, owed_for
from speechcorpus.work.quota import Quota, most_owed, quota_of_items
from speechcorpus.workflows.item_owner import owner_of
from speechcorpus.workflows.ledger import is_posted, lock_ledger, post, reserve, reserved
from speechcorpus.workflows.projects import READ, terms_by_hash

LINES = ("record", "transcribe")
_ASKED = (  # made once: every claim asks
    select(Prompt.id, Prompt.target_s)
    .join(TaskPrompt, TaskPrompt.prompt_id == Prompt.id)
    .where(TaskPrompt.task_id == bindparam("task"))
)


def reserve_for_claim(session: Session, claim: Claim, terms: Terms, *, now: datetime) -> None:
    """Set the most that a new claim can owe aside.

    Raises
    ------
    SittingError : `budget.short`
    """
    most = most_of(session, claim, terms, terms.price)
    reserve(session, terms.project.id, most, claim_id=claim.id, now=now)


def most_of(session: Session, claim: Claim, terms: Terms, price: PriceTerms) -> int:
    """Return the most that a claim can come to owe at a price, by what its task asks for."""
    return most_owed(price, _quota(session, claim, terms))


def paid_seconds(session: Session, claim: Claim, terms: Terms) -> int | None:
    """Return how many seconds of free speech the reserve of a claim pays; None where pieces are paid.

    An audition is paid as a whole.
    """
    task = session.get_one(Task, claim.task_id)
    if task.style == READ or task.audition_id is not None or price_of(session, claim).record.unit == "item":
        return None
    return int(_quota(session, claim, terms).seconds)


def price_of(session: Session, claim: Claim) -> PriceTerms:
    """Return the prices of a claim: those frozen with it, raised since or not."""
    try:
        return from_plain(PriceTerms, claim.price)
    except PlainFault:  # kept before prices were frozen whole
        return terms_by_hash(session, claim.terms_sha256).price


def price_of_line(price: PriceTerms, line: str) -> PriceLine:
    """Return the price of a line of an item."""
    return price.record if line == "record" else price.transcribe


def nominal_minor(session: Session, segment: Segment, price: PriceLine) -> int:
    """Return what an item comes to by itself; a price by the minute is rounded up."""
    if price.unit == "item":
        return price.minor
    return minutes_minor(price.minor, _seconds(session, segment))


def accrue_line(session: Session, claim: Claim, row: OutcomeRow, *, now: datetime) -> None:
    """Owe a line that was accepted to whose item it is; `price_minor` becomes what it came to.

    A price by the minute is rounded once a claim and person: what pieces owe is the same however it is split,
    and of the two people of a dialogue neither is paid by what the other recorded.
    """
    price = price_of_line(price_of(session, claim), row.line)
    if price.unit == "minute":
        row.price_minor = _next_piece(session, claim, row, price.minor)
        session.flush()
    if row.price_minor == 0:
        return  # its part of a minor unit was owed with the piece before
    task = session.get_one(Task, claim.task_id)  # held, so that it is not asked for again
    cover(session, claim, row.price_minor, now=now)
    owed = book.accrue(
        task.project_id,
        owner_of(session, session.get_one(Segment, row.segment_id)),
        row.price_minor,
        claim=claim.id,
        item=row.segment_id,
        line=row.line,
    )
    post(session, owed, now=now)


def cover(session: Session, claim: Claim, needed: int, *, now: datetime) -> None:
    """Set aside what a claim needs beyond its reserve: late items, long talks, a raised price.

    Raises
    ------
    SittingError : `budget.short`
    """
    project_id = project_of(session, claim)
    lock_ledger(session, project_id)
    short = needed - reserved(session, project_id, claim_id=claim.id)
    if short > 0:
        reserve(session, project_id, short, claim_id=claim.id, now=now)


def cover_open_lines(session: Session, claim: Claim, *, now: datetime) -> None:
    """Set aside what the open lines of a claim need, where it was not known when the claim was made.

    Raises
    ------
    SittingError : `budget.short`
    """
    price, task = price_of(session, claim), session.get_one(Task, claim.task_id)
    counted = task.style == READ and price.record.unit == price.transcribe.unit == "item"
    if not (counted and claim.state == "active" and claim.submitted_at is None):
        cover(session, claim, open_minor(session, claim), now=now)


def give_back(session: Session, claim: Claim, *, now: datetime) -> None:
    """Return to the budget what a claim that is over can no longer owe."""
    if claim.state == "active":
        return
    session.flush()
    project_id = project_of(session, claim)
    lock_ledger(session, project_id)
    surplus = reserved(session, project_id, claim_id=claim.id) - open_minor(session, claim)
    if surplus > 0:
        post(session, book.unreserve(project_id, surplus, claim=claim.id), now=now)


def give_back_line(session: Session, claim: Claim, row: OutcomeRow, *, now: datetime) -> None:
    """Return the money of one refused line whose appeal is over; again it changes nothing."""
    session.flush()
    project_id = project_of(session, claim)
    lock_ledger(session, project_id)
    held = reserved(session, project_id, claim_id=claim.id)
    surplus = min(row.price_minor, held - open_minor(session, claim, without=(row.segment_id, row.line)))
    if surplus > 0:
        back = book.unreserve(project_id, surplus, claim=claim.id, item=row.segment_id, line=row.line)
        if not is_posted(session, back):
            post(session, back, now=now)


def open_minor(session: Session, claim: Claim, *, without: tuple[str, str] | None = None) -> int:
    """Return the most that the lines of a claim can still come to: the pending, and refused ones in appeal.

    Parameters
    ----------
    without : segment and line of one that is over
    """
    price, total = price_of(session, claim), 0
    for line in LINES:
        rows = [each for each in _open_rows(session, claim, line) if (each[0].segment_id, line) != without]
        one = price_of_line(price, line)
        if one.unit == "item":
            total += sum(row.price_minor for row, *_ in rows)
        for person in {each[4] for each in rows} if one.unit == "minute" else ():
            length = _accepted_seconds(session, claim, line, person)
            length += _total(each for each in rows if each[4] == person)
            total += minutes_minor(one.minor, length) - _accrued_of(session, claim, line, person)
    return total


def project_of(session: Session, claim: Claim) -> str:
    """Return the project that a claim is paid from."""
    return session.get_one(Task, claim.task_id).project_id


Row = tuple[OutcomeRow, int, int, int, str]
"""A line with its segment's first and last sample, their rate, and whose item it is."""


def _rows(session: Session, claim: Claim, line: str, *states: str) -> list[Row]:
    found = (
        select(OutcomeRow, Segment.start_sample, Segment.end_sample, Take.rate_hz, Sitting.contributor_id)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(Segment.claim_id == claim.id, OutcomeRow.line == line, OutcomeRow.state.in_(states))
    )
    return [(row, start, end, rate, owner) for row, start, end, rate, owner in session.execute(found)]


def _open_rows(session: Session, claim: Claim, line: str) -> list[Row]:
    rows = _rows(session, claim, line, "pending", "refused")
    refused = [row.segment_id for row, *_ in rows if row.state == "refused"]
    over = _over(session, refused, line) if refused else frozenset()
    return [each for each in rows if each[0].segment_id not in over]


def _over(session: Session, segment_ids: Sequence[str], line: str) -> frozenset[str]:
    """Return the refused items of these whose appeal is over, or whose money went back already."""
    closed = select(ClosedRefusal.segment_id).where(
        ClosedRefusal.line == line, ClosedRefusal.segment_id.in_(segment_ids)
    )
    given_back = select(LedgerTransaction.item).where(
        LedgerTransaction.kind == "unreserve",
        LedgerTransaction.line == line,
        LedgerTransaction.item.in_(segment_ids),
    )
    return frozenset(session.scalars(closed)) | frozenset(filter(None, session.scalars(given_back)))


def _accepted_seconds(session: Session, claim: Claim, line: str, person: str) -> Fraction:
    return _total(each for each in _rows(session, claim, line, "accepted") if each[4] == person)


def _total(rows: Iterable[Row]) -> Fraction:
    return sum((Fraction(end - start, rate) for _, start, end, rate, _ in rows), Fraction())


def _next_piece(session: Session, claim: Claim, row: OutcomeRow, minor_a_minute: int) -> int:
    segment = session.get_one(Segment, row.segment_id)
    seconds, person = _seconds(session, segment), owner_of(session, segment)
    before = _accepted_seconds(session, claim, row.line, person) - seconds  # the row itself is accepted
    owed = owed_for(minor_a_minute, before=before, seconds=seconds)
    behind = minutes_minor(minor_a_minute, before) - _accrued_of(session, claim, row.line, person)
    return max(0, owed + behind)  # behind: what a price raised since still adds to earlier pieces


def _accrued_of(session: Session, claim: Claim, line: str, person: str) -> int:
    owed = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        LedgerEntry.claim_id == claim.id, LedgerEntry.line == line, LedgerEntry.account == f"owed:{person}"
    )
    return int(session.scalar(owed) or 0)


def _seconds(session: Session, segment: Segment) -> Fraction:
    rate_hz = session.get_one(Take, segment.take_id).rate_hz
    return Fraction(segment.end_sample - segment.start_sample, rate_hz)


def _quota(session: Session, claim: Claim, terms: Terms) -> Quota:
    """Prompts that are read are counted; of free speech the wished length, else what a claim holds."""
    task = session.get_one(Task, claim.task_id)
    asked = session.execute(_ASKED, {"task": task.id}).all()
    estimate = terms.price.estimate_min_per_item
    if task.style == READ:
        return quota_of_items(len(asked), estimate)
    wished_s = sum(target_s or 0 for _, target_s in asked)
    quota = quota_of_items(terms.draw.claim.items, estimate)
    return Quota(items=quota.items, seconds=Fraction(wished_s)) if wished_s else quota
