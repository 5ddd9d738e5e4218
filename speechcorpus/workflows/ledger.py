"""The ledger: money moves here and nowhere else, in the transaction of what it is moved for.

Every posting holds the row of its project until the transaction ends, so that of many who reserve at once
each sees what is left. Post before `append_audit`: writers of the log wait for each other too.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from unicodedata import normalize

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import LedgerError, SittingError
from speechcorpus.domain.terms import Terms
from speechcorpus.store.models import (
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    Project,
    TermsVersion,
)
from speechcorpus.store.models.base import table_of
from speechcorpus.work import ledger as book
from speechcorpus.work.ledger import Entry, Facts, Posting, chained
from speechcorpus.workflows.access import not_found

# Made once: every claim and every accepted line asks them.
_BALANCE = select(LedgerAccount.balance_minor).where(
    LedgerAccount.project_id == bindparam("project"), LedgerAccount.name == bindparam("account")
)
_NEWEST = (
    select(LedgerTransaction.currency, LedgerTransaction.sha256)
    .where(LedgerTransaction.project_id == bindparam("project"))
    .order_by(LedgerTransaction.id.desc())
    .limit(1)
)
_DRAFT = insert(table_of(LedgerTransaction)).returning(LedgerTransaction.id)
_ENTRIES = insert(table_of(LedgerEntry))
_FINAL = (
    update(table_of(LedgerTransaction))
    .where(LedgerTransaction.id == bindparam("number"))
    .values(state="posted")
)


def post(session: Session, posting: Posting, *, now: datetime, reference: str | None = None) -> int:
    """Write a posting and make it final; return the number of its transaction.

    Raises
    ------
    IntegrityError : from the database, if it does not balance, was posted before, or an account were below 0
    """
    return _post(session, posting, now=now, reference=reference, reverses=None)


def reverse(session: Session, transaction_id: int, *, now: datetime) -> int:
    """Take a posted transaction back by its mirror image, once; return the number of the new one.

    Raises
    ------
    LedgerError : `ledger.reversed` for one that was taken back before, or is a reversal itself
    """
    found = session.get(LedgerTransaction, transaction_id)
    if found is None or found.state != "posted":
        raise not_found("transaction")
    lock_ledger(session, found.project_id)
    mirror = select(LedgerTransaction.id).where(LedgerTransaction.reverses_id == transaction_id)
    if found.kind == "reverse" or session.scalar(mirror) is not None:
        why = f"transaction {transaction_id} cannot be taken back"
        raise LedgerError("ledger.reversed", why, transaction=transaction_id)
    posting = book.mirrored(found.project_id, entries_of(session, transaction_id))
    return _post(session, posting, now=now, reference=None, reverses=transaction_id)


def entries_of(session: Session, transaction_id: int) -> list[Entry]:
    """Return the entries of a transaction in the order they were written."""
    rows = select(LedgerEntry).where(LedgerEntry.transaction_id == transaction_id).order_by(LedgerEntry.id)
    return [entry_of(row) for row in session.scalars(rows)]


def entry_of(row: LedgerEntry) -> Entry:
    """Return the entry that a row keeps."""
    return Entry(
        account=row.account, minor=row.amount_minor, claim=row.claim_id, item=row.item, line=row.line
    )


def fund(session: Session, project_id: str, minor: int, *, reference: str, now: datetime) -> int:
    """Put outside money into the budget of a project; return the number of the transaction.

    Parameters
    ----------
    reference : of the bank or the contract; each one counts once

    Raises
    ------
    LedgerError : `ledger.amount`, or `ledger.funded` for a reference that was used before
    """
    lock_ledger(session, project_id)
    posting = book.fund(project_id, minor, reference=normalize("NFC", reference))
    if is_posted(session, posting):
        raise LedgerError("ledger.funded", f"{reference} was booked before", reference=reference)
    return post(session, posting, now=now, reference=reference)


def fund_as_promised(session: Session, terms: Terms, *, now: datetime) -> None:
    """Put in what published terms promise and earlier ones did not: together up to their budget.

    Raises
    ------
    LedgerError : `ledger.currency` for terms in another currency than the project's
    """
    project_id, reference = terms.project.id, f"terms {terms.sha256}"
    lock_ledger(session, project_id)
    currency, _ = _newest(session, project_id)
    if currency != terms.price.currency:
        why = f"the project's money is {currency}, the terms name {terms.price.currency}"
        raise LedgerError("ledger.currency", why, project=project_id)
    missing = terms.price.budget_minor + balance(session, project_id, f"funding:{project_id}")
    posting = book.fund(project_id, max(missing, 1), reference=reference)
    if missing > 0 and not is_posted(session, posting):
        post(session, posting, now=now, reference=reference)


def reserve(
    session: Session,
    project_id: str,
    minor: int,
    *,
    claim_id: str | None,
    item: str | None = None,
    line: str | None = None,
    now: datetime,
) -> int:
    """Set money of the budget aside and return the number of the transaction.

    Raises
    ------
    SittingError : `budget.short`; the work is not begun, so nobody works for nothing
    """
    lock_ledger(session, project_id)
    if balance(session, project_id, f"project_budget:{project_id}") < minor:
        raise SittingError("budget.short", "the project has no money left for this", project=project_id)
    return post(session, book.reserve(project_id, minor, claim=claim_id, item=item, line=line), now=now)


def reserved(session: Session, project_id: str, *, claim_id: str | None, item: str | None = None) -> int:
    """Return what is still set aside for a claim, or for a single item without one."""
    whose = LedgerEntry.claim_id == claim_id if claim_id else LedgerEntry.claim_id.is_(None)
    held = select(func.coalesce(func.sum(LedgerEntry.amount_minor), 0)).where(
        whose, LedgerEntry.account == f"reserved:{project_id}"
    )
    return int(session.scalar(held if claim_id else held.where(LedgerEntry.item == item)) or 0)


def accrued(session: Session, segment_ids: Collection[str]) -> Mapping[tuple[str, str], int]:
    """Return what is owed, or was paid, for the lines of these items."""
    rows = select(LedgerEntry.item, LedgerEntry.line, func.sum(LedgerEntry.amount_minor)).where(
        LedgerEntry.item.in_(segment_ids), LedgerEntry.account.like("owed:%")
    )
    return {
        (item, line): int(minor)
        for item, line, minor in session.execute(rows.group_by(LedgerEntry.item, LedgerEntry.line))
        if item is not None and line is not None
    }


def balance(session: Session, project_id: str, account: str) -> int:
    """Return what an account of a project holds."""
    return int(session.scalar(_BALANCE, {"project": project_id, "account": account}) or 0)


def currency_of(session: Session, project_id: str) -> str:
    """Return the currency that the newest terms of a project name; its ledger keeps to that of the first."""
    newest = (
        select(TermsVersion.document)
        .where(TermsVersion.project_id == project_id, TermsVersion.state == "published")
        .order_by(TermsVersion.published_at.desc())
    )
    document = session.scalars(newest).first()
    if document is None:
        raise not_found("project")
    return str(Terms.from_document(document).price.currency)


def lock_ledger(session: Session, project_id: str) -> None:
    """Let one transaction at a time move the money of a project; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True))


def is_posted(session: Session, posting: Posting) -> bool:
    """Say whether what may happen once has happened: a posting of this kind, item and line."""
    once = (
        LedgerTransaction.kind == posting.kind,
        LedgerTransaction.item == posting.item,
        LedgerTransaction.line == posting.line,
    )
    return session.scalar(select(LedgerTransaction.id).where(*once)) is not None


def _post(
    session: Session, posting: Posting, *, now: datetime, reference: str | None, reverses: int | None
) -> int:
    session.flush()  # what the money is for stands before it moves
    lock_ledger(session, posting.project)
    reference = None if reference is None else normalize("NFC", reference)
    currency, head = _newest(session, posting.project)
    facts = Facts(currency=currency, at=now, reference=reference, reverses=reverses)
    draft = {
        "project_id": posting.project,
        "kind": posting.kind,
        "state": "draft",
        "currency": currency,
        "item": posting.item,
        "line": posting.line,
        "reference": reference,
        "reverses_id": reverses,
        "at": now,
        "sha256": chained(head, posting, facts),
    }
    number = session.execute(_DRAFT, draft).scalar_one()
    session.execute(
        _ENTRIES,
        [
            {
                "transaction_id": number,
                "account": entry.account,
                "amount_minor": entry.minor,
                "currency": currency,
                "claim_id": entry.claim,
                "item": entry.item,
                "line": entry.line,
            }
            for entry in posting.entries
        ],
    )
    session.execute(_FINAL, {"number": number})
    return int(number)


def _newest(session: Session, project_id: str) -> tuple[str, str]:
    """Return currency and hash of a project's newest transaction; before the first what it begins with."""
    row = session.execute(_NEWEST, {"project": project_id}).first()
    return (row.currency, row.sha256) if row else (currency_of(session, project_id), book.GENESIS)
