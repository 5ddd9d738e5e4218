"""Money as people see it: what a contributor is owed and was paid for, and where a project's budget is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    FindingRow,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Project,
    Segment,
    VerdictRow,
)
from speechcorpus.workflows.access import not_found
from speechcorpus.workflows.projects import newest_terms

WherePaid = Literal["owed", "paying", "paid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementLine:
    """One line of an item, or one flat fee, that is owed or was paid; newest first in a statement."""

    at: datetime
    kind: str  # record | transcribe | audition | second …
    segment_id: str | None  # None for a flat fee
    prompt_id: str | None
    claim_id: str | None
    amount_minor: int
    where: WherePaid  # a part that is on its way counts as `paying`, one that is not yet as `owed`
    findings: tuple[str, ...]  # codes of the verdict it was decided with


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What a project owes a contributor, has on its way and has paid, in minor units, with every line."""

    project_id: str
    title: str
    currency: str
    exponent: int
    owed_minor: int
    paying_minor: int
    paid_minor: int
    pay_within_d: int
    lines: Sequence[StatementLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetView:
    """Where the money of a project is, in minor units; together it is what was put in."""

    currency: str
    exponent: int
    funded_minor: int
    budget_minor: int  # free: can be reserved by claims still to come
    reserved_minor: int
    owed_minor: int
    paying_minor: int
    paid_minor: int


def statements_of(session: Session, contributor_id: str) -> Sequence[Statement]:
    """Return the statements of a contributor, one a project, in the order of the projects' ids."""
    theirs = [f"{where}:{contributor_id}" for where in ("owed", "paying", "paid")]
    projects = select(LedgerAccount.project_id).where(LedgerAccount.name.in_(theirs)).distinct()
    return [
        _statement(session, project_id, contributor_id)
        for project_id in session.scalars(projects.order_by(LedgerAccount.project_id))
    ]


def budget_of(session: Session, project_id: str) -> BudgetView:
    """Return where a project's money is."""
    if session.get(Project, project_id) is None:
        raise not_found("project")
    price = Terms.from_document(newest_terms(session, project_id).document).price
    held = _by_kind(session, project_id)
    return BudgetView(
        currency=price.currency,
        exponent=price.exponent,
        funded_minor=-held.get("funding", 0),
        budget_minor=held.get("project_budget", 0),
        reserved_minor=held.get("reserved", 0),
        owed_minor=held.get("owed", 0),
        paying_minor=held.get("paying", 0),
        paid_minor=held.get("paid", 0),
    )


def _by_kind(session: Session, project_id: str) -> Mapping[str, int]:
    rows = select(LedgerAccount.name, LedgerAccount.balance_minor).where(
        LedgerAccount.project_id == project_id
    )
    sums: dict[str, int] = {}
    for name, minor in session.execute(rows):
        kind = name.partition(":")[0]
        sums[kind] = sums.get(kind, 0) + int(minor)
    return sums


def _statement(session: Session, project_id: str, contributor_id: str) -> Statement:
    price = Terms.from_document(newest_terms(session, project_id).document).price
    held = {
        where: _balance(session, project_id, f"{where}:{contributor_id}")
        for where in ("owed", "paying", "paid")
    }
    return Statement(
        project_id=project_id,
        title=session.get_one(Project, project_id).title,
        currency=price.currency,
        exponent=price.exponent,
        owed_minor=held["owed"],
        paying_minor=held["paying"],
        paid_minor=held["paid"],
        pay_within_d=price.pay_within_d,
        lines=_lines(session, project_id, contributor_id, held),
    )


def _balance(session: Session, project_id: str, account: str) -> int:
    held = session.get(LedgerAccount, (project_id, account))
    return 0 if held is None else held.balance_minor


def _lines(
    session: Session, project_id: str, contributor_id: str, held: Mapping[str, int]
) -> Sequence[StatementLine]:
    """Return all that was owed, newest first; payments settle the oldest ones first."""
    accruals = (
        select(LedgerEntry, LedgerTransaction.at, Segment.prompt_id)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .outerjoin(Segment, Segment.id == LedgerEntry.item)
        .where(LedgerTransaction.project_id == project_id, LedgerTransaction.kind.in_(("accrue", "assign")))
        .where(LedgerEntry.account == f"owed:{contributor_id}")
        .order_by(LedgerEntry.id)
    )
    rows = session.execute(accruals).all()
    codes = _codes(session, [entry.item for entry, _, _ in rows if entry.claim_id and entry.item])
    lines, reached = [], 0
    for entry, at, prompt_id in rows:
        reached += entry.amount_minor
        lines.append(
            StatementLine(
                at=at,
                kind=entry.line or "",
                segment_id=entry.item if entry.claim_id else None,
                prompt_id=prompt_id,
                claim_id=entry.claim_id,
                amount_minor=entry.amount_minor,
                where=_where(reached, held),
                findings=codes.get(entry.item or "", ()),
            )
        )
    return lines[::-1]


def _where(reached: int, held: Mapping[str, int]) -> WherePaid:
    if reached <= held["paid"]:
        return "paid"
    return "paying" if reached <= held["paid"] + held["paying"] else "owed"


def _codes(session: Session, segment_ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    newest = (
        select(VerdictRow.segment_id, func.max(VerdictRow.sequence).label("sequence"))
        .where(VerdictRow.segment_id.in_(segment_ids))
        .group_by(VerdictRow.segment_id)
        .subquery()
    )
    found = (
        select(VerdictRow.segment_id, FindingRow.code)
        .join(FindingRow, FindingRow.verdict_id == VerdictRow.id)
        .join(
            newest,
            (newest.c.segment_id == VerdictRow.segment_id) & (newest.c.sequence == VerdictRow.sequence),
        )
        .order_by(FindingRow.id)
    )
    codes: dict[str, tuple[str, ...]] = {}
    for segment_id, code in session.execute(found):
        if code not in codes.get(segment_id, ()):
            codes[segment_id] = (*codes.get(segment_id, ()), code)
    return codes
