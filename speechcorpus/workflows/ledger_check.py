"""The ledger looked at row by row: what was posted still stands, balances and agrees with decisions."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from speechcorpus.domain.errors import LedgerError
from speechcorpus.store.models import (
    Claim,
    LedgerAccount,
    LedgerEntry,
    LedgerTransaction,
    OutcomeRow,
    Payout,
    PayoutLine,
    Segment,
    Sitting,
    Take,
)
from speechcorpus.work.ledger import GENESIS, Facts, Posting, chained
from speechcorpus.workflows.claim_money import open_minor, project_of
from speechcorpus.workflows.ledger import entry_of, reserved
from speechcorpus.workflows.payouts import batch_bytes
from speechcorpus.workflows.review_fees import DECIDED, fees_of_decisions

UNDER_WAY = ("approved", "sent")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyFault:
    """One row of the ledger, or of what it must agree with, that breaks a rule."""

    rule: str
    object: str  # as kind:id


def check_ledger(session: Session) -> Iterator[MoneyFault]:
    """Yield every fault: `rule` says what does not hold, `object` names the row.

    Rules: `ledger.draft`, `ledger.unbalanced`, `ledger.currency` and `ledger.chain` of a transaction,
    `ledger.balance` of an account, `ledger.owed` of a line and its entry, `ledger.reserve` of a claim,
    `ledger.fee` of a decision of staff, `ledger.paying` of a person, `payout.changed` of a batch.
    """
    yield from _transactions(session)
    yield from _balances(session)
    yield from _lines(session)
    yield from _claims(session)
    yield from _fees(session)
    yield from _payouts(session)
    yield from _paying(session)


def _transactions(session: Session) -> Iterator[MoneyFault]:
    heads: dict[str, str] = {}
    entries = _entries(session)
    for row in session.scalars(select(LedgerTransaction).order_by(LedgerTransaction.id)):
        for rule in _broken(row, entries.get(row.id, []), heads):
            yield MoneyFault(rule=rule, object=f"ledger:{row.id}")
        heads[row.project_id] = row.sha256
    known = select(LedgerTransaction.id)
    stray = select(LedgerEntry.id).where(LedgerEntry.transaction_id.not_in(known))
    for number in session.scalars(stray):
        yield MoneyFault(rule="ledger.unbalanced", object=f"ledger-entry:{number}")


def _broken(row: LedgerTransaction, entries: list[LedgerEntry], heads: Mapping[str, str]) -> Iterator[str]:
    if row.state != "posted":
        yield "ledger.draft"
    if any(entry.currency != row.currency for entry in entries):
        yield "ledger.currency"
    told = tuple(entry_of(each) for each in entries)
    try:
        posting = Posting(
            kind=row.kind,  # type: ignore[arg-type]  # whatever stands there is told, and hashed
            project=row.project_id,
            entries=told,
            item=row.item,
            line=row.line,
        )
    except LedgerError:
        yield "ledger.unbalanced"
        return
    facts = Facts(currency=row.currency, at=row.at, reference=row.reference, reverses=row.reverses_id)
    if chained(heads.get(row.project_id, GENESIS), posting, facts) != row.sha256:
        yield "ledger.chain"


def _entries(session: Session) -> Mapping[int, list[LedgerEntry]]:
    found: dict[int, list[LedgerEntry]] = {}
    for entry in session.scalars(select(LedgerEntry).order_by(LedgerEntry.id)):
        found.setdefault(entry.transaction_id, []).append(entry)
    return found


def _balances(session: Session) -> Iterator[MoneyFault]:
    sums = (
        select(LedgerTransaction.project_id, LedgerEntry.account, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.state == "posted")
        .group_by(LedgerTransaction.project_id, LedgerEntry.account)
    )
    booked = {(project, account): int(minor) for project, account, minor in session.execute(sums)}
    held = {(row.project_id, row.name): row.balance_minor for row in session.scalars(select(LedgerAccount))}
    for project, account in sorted(booked.keys() | held.keys()):
        minor = booked.get((project, account), 0)
        below = minor < 0 and not account.startswith("funding:")
        if below or held.get((project, account), 0) != minor:
            yield MoneyFault(rule="ledger.balance", object=f"account:{project}/{account}")


def _lines(session: Session) -> Iterator[MoneyFault]:
    """Every accepted line is owed once, to whose item it is, as its row says; nothing else is owed."""
    owed = _owed(session)
    accepted = (
        select(OutcomeRow, Sitting.contributor_id)
        .join(Segment, Segment.id == OutcomeRow.segment_id)
        .join(Take, Take.id == Segment.take_id)
        .join(Sitting, Sitting.id == Take.sitting_id)
        .where(OutcomeRow.state == "accepted")
        .order_by(OutcomeRow.segment_id, OutcomeRow.line)
    )
    for row, person in session.execute(accepted):
        right = [(f"owed:{person}", row.price_minor)] if row.price_minor else []
        if [(account, minor) for account, minor, _ in owed.pop((row.segment_id, row.line), [])] != right:
            yield MoneyFault(rule="ledger.owed", object=f"outcome:{row.segment_id}/{row.line}")
    for entries in owed.values():
        for _, _, transaction in entries:
            yield MoneyFault(rule="ledger.owed", object=f"ledger:{transaction}")


def _owed(session: Session) -> dict[tuple[str, str], list[tuple[str, int, int]]]:
    """Return account, amount and transaction of what is owed for each line of an item, reversals left out."""
    back = select(LedgerTransaction.reverses_id).where(LedgerTransaction.reverses_id.is_not(None))
    rows = (
        select(LedgerEntry)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.kind == "accrue", LedgerEntry.account.like("owed:%"))
        .where(LedgerEntry.claim_id.is_not(None), LedgerTransaction.id.not_in(back))
        .order_by(LedgerEntry.id)
    )
    found: dict[tuple[str, str], list[tuple[str, int, int]]] = {}
    for entry in session.scalars(rows):
        key = (entry.item or "", entry.line or "")
        found.setdefault(key, []).append((entry.account, entry.amount_minor, entry.transaction_id))
    return found


def _claims(session: Session) -> Iterator[MoneyFault]:
    """A claim holds what its lines can still come to; one that is over holds nothing more."""
    named = select(LedgerEntry.claim_id).where(LedgerEntry.claim_id.is_not(None)).distinct()
    for claim in session.scalars(select(Claim).where(Claim.id.in_(named)).order_by(Claim.id)):
        held = reserved(session, project_of(session, claim), claim_id=claim.id)
        needed = open_minor(session, claim)
        if held < needed or (claim.state != "active" and held > needed):
            yield MoneyFault(rule="ledger.reserve", object=f"claim:{claim.id}")


def _fees(session: Session) -> Iterator[MoneyFault]:
    """Every decision is owed its fee once, whatever was decided; what is over has nothing set aside."""
    owed = _booked(session, "owed:%")
    aside = _booked(session, "reserved:%")
    for fee, state in fees_of_decisions(session):
        key = (fee.decided, f"{fee.decided}:{fee.key}")
        due = fee.amount if state == "decided" else 0
        if owed.pop(key, 0) != due or (state != "open" and aside.get(key, 0)):
            yield MoneyFault(rule="ledger.fee", object=f"{fee.decided}:{fee.key}")
    for (_, item), minor in owed.items():
        if minor:
            yield MoneyFault(rule="ledger.fee", object=item)


def _booked(session: Session, accounts: str) -> dict[tuple[str, str], int]:
    """Return what was booked for each decision on these accounts."""
    rows = (
        select(LedgerEntry.line, LedgerEntry.item, func.sum(LedgerEntry.amount_minor))
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerEntry.line.in_(DECIDED), LedgerEntry.claim_id.is_(None))
        .where(LedgerEntry.account.like(accounts), LedgerTransaction.state == "posted")
        .group_by(LedgerEntry.line, LedgerEntry.item)
    )
    return {(line or "", item or ""): int(minor) for line, item, minor in session.execute(rows)}


def _payouts(session: Session) -> Iterator[MoneyFault]:
    for payout in session.scalars(select(Payout).order_by(Payout.id)):
        try:
            batch_bytes(session, payout)
        except LedgerError:
            yield MoneyFault(rule="payout.changed", object=f"payout:{payout.id}")


def _paying(session: Session) -> Iterator[MoneyFault]:
    """What is on its way is what approved batches name and no bank has answered."""
    waiting = (
        select(Payout.project_id, PayoutLine.contributor_id, func.sum(PayoutLine.amount_minor))
        .join(Payout, Payout.id == PayoutLine.payout_id)
        .where(Payout.state.in_(UNDER_WAY), PayoutLine.state == "pending")
        .group_by(Payout.project_id, PayoutLine.contributor_id)
    )
    named = {(project, f"paying:{person}"): int(minor) for project, person, minor in session.execute(waiting)}
    accounts = select(LedgerAccount).where(LedgerAccount.name.like("paying:%"))
    held = {(row.project_id, row.name): row.balance_minor for row in session.scalars(accounts)}
    for project, account in sorted(named.keys() | held.keys()):
        if held.get((project, account), 0) != named.get((project, account), 0):
            yield MoneyFault(rule="ledger.paying", object=f"account:{project}/{account}")
