"""Payments: the batch that was approved is sent as it is, and each payment ends with the bank's reference."""

from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SittingError
from speechcorpus.store.audit import append_audit
from speechcorpus.store.models import LedgerEntry, LedgerTransaction, Payout, PayoutLine
from speechcorpus.store.store import Store
from speechcorpus.work import ledger as book
from speechcorpus.work.edges import PAYMENT, PAYOUT
from speechcorpus.workflows.access import not_found, require_staff
from speechcorpus.workflows.ledger import balance, post
from speechcorpus.workflows.payouts import audit_payout, batch_bytes, batch_of, lines_of, locked_payout
from speechcorpus.workflows.receipts import PaidLine, payment_receipt

PaymentEvent = Literal["settle", "fail"]
LONGEST_REFERENCE = 120


def send_payout(store: Store, actor: Actor, payout_id: str, *, now: datetime) -> bytes:
    """Return the batch to hand to a bank and note that it was sent; asked again the same bytes.

    After a crash the batch is asked for once more: its id and attempt keep a bank from paying it twice.

    Raises
    ------
    AccessError : `not-found` for anybody but payers
    SittingError : `payout.edge` for one that is not approved
    LedgerError : `payout.changed` if its rows are not what was approved
    """
    with store.catalogue.write() as session:
        require_staff(session, actor, "payer")
        payout = locked_payout(session, payout_id)
        document = batch_bytes(session, payout)
        if payout.state != "sent":
            payout.state, payout.sent_at = PAYOUT.after(payout.state, "send"), now
            session.flush()
            audit_payout(session, actor, "payout.sent", payout, now)
        return document


def sent_batch(store: Store, actor: Actor, payout_id: str) -> bytes:
    """Return the batch of a payout that was sent, for whoever looks for it again.

    Raises
    ------
    As `send_payout`
    """
    with store.catalogue.read() as session:
        require_staff(session, actor, "payer")
        payout = session.get(Payout, payout_id)
        if payout is None or payout.sent_at is None:
            raise not_found("payout")
        return batch_bytes(session, payout)


def end_payments(
    store: Store,
    actor: Actor,
    payout_id: str,
    event: PaymentEvent,
    *,
    reference: str,
    contributor_id: str | None = None,
    now: datetime,
) -> int:
    """End the payments of a sent batch that are under way; return how many.

    What arrived is paid and has its receipt; what did not is owed again and in the next proposal.

    Parameters
    ----------
    reference : the bank's, for a payment that arrived or for the notice that it did not
    contributor_id : only of this person; None for all that are under way

    Raises
    ------
    AccessError : `not-found` for anybody but payers, or a person who is not in the batch
    SittingError : `request.field` without a reference, `payout.edge` before it was sent,
        `payment.edge` for a payment that has ended
    """
    if not 0 < len(reference) <= LONGEST_REFERENCE:
        raise SittingError("request.field", "a payment has a reference of the bank", field="reference")
    with store.catalogue.write() as session:
        require_staff(session, actor, "payer")
        payout = locked_payout(session, payout_id)
        PAYOUT.after(payout.state, event)
        ending = [line for line in lines_of(session, payout_id) if _is_meant(line, contributor_id)]
        if not ending:
            raise not_found("payment")
        posted = {line.contributor_id: _end(session, payout, line, event, reference, now) for line in ending}
        _close(session, payout, now)
        session.flush()
        _audit(session, actor, payout, event, reference, list(posted), now)
        if event == "settle":
            for line in ending:
                _give_receipt(session, store, payout, line, posted[line.contributor_id], now)
        return len(ending)


def _is_meant(line: PayoutLine, contributor_id: str | None) -> bool:
    return line.state == "pending" if contributor_id is None else line.contributor_id == contributor_id


def _end(
    session: Session, payout: Payout, line: PayoutLine, event: PaymentEvent, reference: str, now: datetime
) -> int:
    line.state, line.reference, line.ended_at = PAYMENT.after(line.state, event), reference, now
    move = book.settle if event == "settle" else book.fail
    posting = move(payout.project_id, line.contributor_id, line.amount_minor, batch=batch_of(payout))
    return post(session, posting, reference=reference, now=now)


def _close(session: Session, payout: Payout, now: datetime) -> None:
    """End the batch with its last payment: it failed only if no payment of it arrived."""
    states = {line.state for line in lines_of(session, payout.id)}
    if "pending" not in states:
        payout.state = PAYOUT.after(payout.state, "settle" if "settled" in states else "fail")
        payout.ended_at = now


def _audit(
    session: Session,
    actor: Actor,
    payout: Payout,
    event: PaymentEvent,
    reference: str,
    people: list[str],
    now: datetime,
) -> None:
    append_audit(
        session,
        actor=actor,
        action="payout.settled" if event == "settle" else "payout.failed",
        object=f"payout:{payout.id}",
        detail={"reference": reference, "contributors": people, "state": payout.state},
        now=now,
    )


def _give_receipt(
    session: Session, store: Store, payout: Payout, line: PayoutLine, transaction: int, now: datetime
) -> None:
    payment_receipt(
        session,
        store,
        contributor_id=line.contributor_id,
        project_id=payout.project_id,
        payout_id=payout.id,
        transaction_id=str(transaction),
        paid=_paid_lines(session, payout, line),
        currency=payout.currency,
        exponent=payout.exponent,
        now=now,
    )


def _paid_lines(session: Session, payout: Payout, line: PayoutLine) -> list[PaidLine]:
    """Return what a payment paid for: the oldest lines that no earlier one had paid."""
    project_id, person = payout.project_id, line.contributor_id
    owed = (
        select(LedgerEntry.item, LedgerEntry.line, LedgerEntry.claim_id, LedgerEntry.amount_minor)
        .join(LedgerTransaction, LedgerTransaction.id == LedgerEntry.transaction_id)
        .where(LedgerTransaction.project_id == project_id, LedgerEntry.account == f"owed:{person}")
        .where(LedgerTransaction.kind.in_(("accrue", "assign")))
        .order_by(LedgerEntry.id)
    )
    before = balance(session, project_id, f"paid:{person}") - line.amount_minor
    paid: list[PaidLine] = []
    left = line.amount_minor
    for item, name, claim_id, minor in session.execute(owed):
        skipped = min(before, minor)
        before -= skipped
        part = min(left, minor - skipped)
        left -= part
        if part:
            paid.append(PaidLine(item=item or "", line=name if claim_id else None, amount_minor=part))
    return paid
