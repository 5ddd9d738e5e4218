"""My pay: what was paid, is owed and is kept for me; the lines of a day together, or one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    Claim,
    ClosedRefusal,
    LedgerEntry,
    LedgerTransaction,
    OutcomeRow,
    Project,
    Receipt,
    Segment,
    Sitting,
    Take,
    Task,
)
from speechcorpus.store.store import Store
from speechcorpus.workflows.access import not_found, require_person
from speechcorpus.workflows.certificates import months_worked
from speechcorpus.workflows.projects import newest_terms
from speechcorpus.workflows.views.ledger import Statement, StatementLine, statements_of

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """What one claim brought in one day for one line: how many, at which price, and where the money is."""

    day: date
    kind: str
    claim_id: str | None
    count: int
    each_minor: int | None  # None where prices differ
    amount_minor: int
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Earnings:
    """My account in one project."""

    statement: Statement
    kept_minor: int  # reserved for claims of mine
    days: tuple[DayLine, ...]  # newest first
    due: date | None  # when the oldest line that is owed is to be paid

    @property
    def earned_minor(self) -> int:
        """Everything accepted until today, paid or not."""
        return self.statement.owed_minor + self.statement.paying_minor + self.statement.paid_minor


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One receipt of mine, to be downloaded."""

    receipt_id: str
    kind: str
    number: int
    given_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """One page of my receipts and of my ledger, newest first."""

    receipts: tuple[ReceiptRow, ...]
    receipts_in_all: int
    statements: tuple[Statement, ...]


def earnings_view(store: Store, actor: Actor, *, zone: tzinfo) -> tuple[Earnings, ...]:
    """Return the contributor's account in every project that owes, paid or keeps something for them."""
    with store.catalogue.read() as session:
        person = require_person(session, actor)
        kept = _kept(session, person.id)
        statements = {each.project_id: each for each in statements_of(session, person.id)}
        for project_id in kept.keys() - statements.keys():
            statements[project_id] = _nothing_yet(session, project_id)
        return tuple(
            Earnings(
                statement=each,
                kept_minor=kept.get(each.project_id, 0),
                days=days_of(each.lines, zone),
                due=_due(each, zone),
            )
            for _, each in sorted(statements.items())
        )


def months_view(store: Store, actor: Actor) -> Sequence[str]:
    """Return the months a certificate can be about, oldest first."""
    with store.catalogue.read() as session:
        return months_worked(session, require_person(session, actor).id)


def papers_view(store: Store, actor: Actor, *, page: int) -> Papers:
    """Return one page (from 1) of the contributor's receipts, and their ledger in full."""
    with store.catalogue.read() as session:
        person = require_person(session, actor)
        mine = select(Receipt).where(Receipt.contributor_id == person.id)
        rows = session.scalars(
            mine.order_by(Receipt.created_at.desc(), Receipt.id).offset((page - 1) * PAGE).limit(PAGE)
        )
        count = session.scalar(select(func.count()).select_from(mine.subquery())) or 0
        return Papers(
            receipts=tuple(
                ReceiptRow(receipt_id=row.id, kind=row.kind, number=row.number, given_at=row.created_at)
                for row in rows
            ),
            receipts_in_all=count,
            statements=tuple(statements_of(session, person.id)),
        )


def receipt_document(store: Store, actor: Actor, receipt_id: str) -> str:
    """Return one of the contributor's own receipts as it was signed."""
    with store.catalogue.read() as session:
        person = require_person(session, actor)
        row = session.get(Receipt, receipt_id)
        if row is None or row.contributor_id != person.id:
            raise not_found("receipt")
        return row.document


def _nothing_yet(session: Session, project_id: str) -> Statement:
    """Return the statement of a project that keeps something for a person and owes nothing yet."""
    price = Terms.from_document(newest_terms(session, project_id).document).price
    return Statement(
        project_id=project_id,
        title=session.get_one(Project, project_id).title,
        currency=price.currency,
        exponent=price.exponent,
        owed_minor=0,
        paying_minor=0,
        paid_minor=0,
        pay_within_d=price.pay_within_d,
        lines=(),
    )


def _kept(session: Session, contributor_id: str) -> Mapping[str, int]:
    """Return what is reserved for a person's work, by project.

    A claim's reserve is its holder's, less what waits for the other person of a dialogue with two devices.
    """
    rows = session.execute(
        select(Task.project_id, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .join(Claim, Claim.id == LedgerEntry.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(Claim.contributor_id == contributor_id, LedgerEntry.account.like("reserved:%"))
        .where(LedgerTransaction.state == "posted")
        .group_by(Task.project_id)
    )
    kept = {project_id: int(minor) for project_id, minor in rows}
    for project_id, owner, minor in _beside(session, contributor_id):
        kept[project_id] = kept.get(project_id, 0) + (minor if owner == contributor_id else -minor)
    return {project_id: minor for project_id, minor in kept.items() if minor}


def _beside(session: Session, contributor_id: str) -> Sequence[tuple[str, str, int]]:
    """Return project, owner and price of open lines of items that their claim's holder did not record."""
    over = select(ClosedRefusal.segment_id).where(
        ClosedRefusal.segment_id == OutcomeRow.segment_id, ClosedRefusal.line == OutcomeRow.line
    )
    rows = session.execute(
        select(Task.project_id, Sitting.contributor_id, OutcomeRow.price_minor)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .join(Claim, Claim.id == Segment.claim_id)
        .join(Task, Task.id == Claim.task_id)
        .where(
            Sitting.contributor_id != Claim.contributor_id,
            or_(Sitting.contributor_id == contributor_id, Claim.contributor_id == contributor_id),
            OutcomeRow.state.in_(("pending", "refused")),
            ~over.exists(),
        )
    )
    return [(project_id, owner, minor) for project_id, owner, minor in rows]


def days_of(lines: Sequence[StatementLine], zone: tzinfo) -> tuple[DayLine, ...]:
    """Return the lines of each day together that are of one kind and stand alike, in the order they come."""
    groups: dict[tuple[date, str, str | None, str], list[int]] = {}
    for line in lines:
        key = (line.at.astimezone(zone).date(), line.kind, line.claim_id, line.where)
        groups.setdefault(key, []).append(line.amount_minor)
    return tuple(
        DayLine(
            day=day,
            kind=kind,
            claim_id=claim_id,
            count=len(amounts),
            each_minor=amounts[0] if len(set(amounts)) == 1 else None,
            amount_minor=sum(amounts),
            where=where,
        )
        for (day, kind, claim_id, where), amounts in groups.items()
    )


def _due(statement: Statement, zone: tzinfo) -> date | None:
    owed = [line.at for line in statement.lines if line.where == "owed"]
    return (min(owed) + timedelta(days=statement.pay_within_d)).astimezone(zone).date() if owed else None
