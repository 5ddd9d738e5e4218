"""Receipts: signed in the transaction of the event they are about, handed out after its commit.

Each function is called last, after `append_audit` of the event: the receipt names the head of the log then.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.audit import audit_head
from speechcorpus.store.models import Claim, Contributor, Receipt, Sitting, Take, Task
from speechcorpus.store.models.base import table_of
from speechcorpus.store.store import Store
from speechcorpus.work.receipts import ReceiptKind, issue_receipt
from speechcorpus.workflows.item_owner import owners_of
from speechcorpus.workflows.projects import terms_by_hash
from speechcorpus.workflows.receipt_items import (
    Row,
    decided_rows,
    handed_in_rows,
    promised_rows,
    row_of,
    take_row,
)

Document = Mapping[str, Any]
# made once: every claim, hand-in and decision asks them
_LAST = select(func.max(Receipt.number)).where(
    Receipt.kind == bindparam("of_kind"), Receipt.subject_id == bindparam("about")
)
_KEEP = insert(table_of(Receipt))
UNSAID: Mapping[str, object] = dict.fromkeys(
    (
        "project",
        "claim",
        "terms_sha256",
        "evaluator",
        "consent_sha256",
        "amount_minor",
        "currency",
        "exponent",
        "ledger_transaction",
        "pay_due",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidLine:
    """One accrual that a payment settles; `line` is None for a flat fee."""

    item: str
    line: str | None
    amount_minor: int


def upload_receipt(
    session: Session, store: Store, take: Take, sitting: Sitting, *, now: datetime
) -> Document:
    """Sign and keep the receipt of a stored take; `items[0].blob_sha256` is its `take_sha256`."""
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    frozen = {} if claim is None else _frozen(session, claim)
    subject = _Subject(kind="upload", id=take.id, contributor_id=sitting.contributor_id)
    return _give(session, store, subject, [take_row(take)], frozen, now)


def claim_receipt(session: Session, store: Store, claim: Claim, *, now: datetime) -> Document:
    """Sign and keep what a claim froze: terms, evaluator, consent, and what each line is paid."""
    terms = terms_by_hash(session, claim.terms_sha256)
    rows = promised_rows(session, claim, terms)
    return _give(session, store, _about("claim", claim), rows, _frozen(session, claim), now)


def draw_receipt(
    session: Session,
    store: Store,
    *,
    contributor_id: str,
    project_id: str,
    terms_sha256: str | None,
    round_id: str,
    entry_id: str,
    ticket: str,
    now: datetime,
) -> Document:
    """Sign and keep that a ticket is in a draw; the ticket is found again in the published roll."""
    rows = [row_of(f"round:{round_id}"), row_of(f"ticket:{ticket}", outcome="entered")]
    facts = {"project": project_id, "terms_sha256": terms_sha256}
    subject = _Subject(kind="draw", id=entry_id, contributor_id=contributor_id)
    return _give(session, store, subject, rows, facts, now)


def submission_receipt(
    session: Session, store: Store, claim: Claim, segment_ids: Sequence[str], *, now: datetime
) -> tuple[Document, ...]:
    """Sign and keep which items were handed in: one receipt for each person whose items are among them."""
    session.flush()
    return tuple(
        _give(session, store, _about("submission", claim, person), rows, _frozen(session, claim), now)
        for person, rows in _by_owner(session, claim, handed_in_rows(session, segment_ids))
    )


def decision_receipt(session: Session, store: Store, claim: Claim, *, now: datetime) -> tuple[Document, ...]:
    """Sign and keep every outcome of a claim that no receipt has told yet: one receipt a person.

    Call it after whatever may have closed a line: a hand-in, a review, a lapse, an appeal.
    """
    session.flush()
    return tuple(
        _decision(session, store, claim, person, rows, now)
        for person, rows in _by_owner(session, claim, decided_rows(session, claim))
    )


def _decision(
    session: Session, store: Store, claim: Claim, person: str, rows: Sequence[Row], now: datetime
) -> Document:
    due = now.astimezone(UTC) + timedelta(days=terms_by_hash(session, claim.terms_sha256).price.pay_within_d)
    paid = any(row["outcome"] == "accepted" for row in rows)
    facts = {**_frozen(session, claim), "pay_due": due.date().isoformat() if paid else None}
    return _give(session, store, _about("decision", claim, person), rows, facts, now)


def _by_owner(session: Session, claim: Claim, rows: Sequence[Row]) -> Sequence[tuple[str, Sequence[Row]]]:
    """Return the rows of each person whose items they are, the holder of the claim first."""
    owners = owners_of(session, {str(row["item"]) for row in rows})
    people = sorted(set(owners.values()), key=lambda person: (person != claim.contributor_id, person))
    return [(person, [row for row in rows if owners[str(row["item"])] == person]) for person in people]


def payment_receipt(
    session: Session,
    store: Store,
    *,
    contributor_id: str,
    project_id: str,
    payout_id: str,
    transaction_id: str,
    paid: Sequence[PaidLine],
    currency: str,
    exponent: int,
    now: datetime,
) -> Document:
    """Sign and keep what was paid out, line by line; its sum is the amount that was sent."""
    rows = [
        row_of(each.item, line=each.line, outcome="paid", amount_minor=each.amount_minor) for each in paid
    ]
    facts = {"project": project_id, "ledger_transaction": transaction_id}
    money = {"currency": currency, "exponent": exponent}
    subject = _Subject(kind="payment", id=payout_id, contributor_id=contributor_id)
    return _give(session, store, subject, rows, {**facts, **money}, now)


def withdrawal_receipt(
    session: Session,
    store: Store,
    *,
    contributor_id: str,
    withdrawal_id: str,
    project_id: str | None,
    consent_sha256: str | None,
    withdrawn: Sequence[str],
    now: datetime,
) -> Document:
    """Sign and keep what was withdrawn.

    Parameters
    ----------
    withdrawn : ids of items, or `purpose:` and its name, or `all`
    """
    rows = [row_of(each, outcome="withdrawn") for each in withdrawn]
    facts = {"project": project_id, "consent_sha256": consent_sha256}
    subject = _Subject(kind="withdrawal", id=withdrawal_id, contributor_id=contributor_id)
    return _give(session, store, subject, rows, facts, now)


def kept_receipt(session: Session, kind: ReceiptKind, subject_id: str) -> Document | None:
    """Return the receipt given for this event, the newest where there are several."""
    document = session.scalar(
        select(Receipt.document)
        .where(Receipt.kind == kind, Receipt.subject_id == subject_id)
        .order_by(Receipt.number.desc())
        .limit(1)
    )
    return None if document is None else cast(Document, json.loads(document))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    kind: ReceiptKind
    id: str
    contributor_id: str


def _about(kind: ReceiptKind, claim: Claim, person: str | None = None) -> _Subject:
    return _Subject(kind=kind, id=claim.id, contributor_id=person or claim.contributor_id)


def _frozen(session: Session, claim: Claim) -> Mapping[str, object]:
    """Return the facts frozen with the claim."""
    terms = terms_by_hash(session, claim.terms_sha256)
    return {
        "project": session.get_one(Task, claim.task_id).project_id,
        "claim": claim.id,
        "terms_sha256": claim.terms_sha256,
        "evaluator": claim.evaluator,
        "consent_sha256": terms.consent.sha256,
        "currency": terms.price.currency,
        "exponent": terms.price.exponent,
    }


def _give(
    session: Session,
    store: Store,
    subject: _Subject,
    rows: Sequence[Row],
    facts: Mapping[str, object],
    now: datetime,
) -> Document:
    """Sign the receipt, keep it under its number, and return it."""
    receipt_id, head = str(uuid4()), audit_head(session)
    fields = {
        "schema": "speechcorpus-receipt/1",
        "receipt_id": receipt_id,
        "kind": subject.kind,
        "issued_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": session.get_one(Contributor, subject.contributor_id).pseudonym,
        "items": rows,
        **UNSAID,
        **facts,
        **_sum(rows, facts),
        "audit_head": {"seq": head.seq, "hash": head.hash},
    }
    document = issue_receipt(fields, store.receipt_key())
    kept = {
        "id": receipt_id,
        "kind": subject.kind,
        "subject_id": subject.id,
        "number": _next_number(session, subject),
        "contributor_id": subject.contributor_id,
        "document": canonical_json(document).decode(),
        "created_at": now,
    }
    session.flush()  # what it tells stands before it
    session.execute(_KEEP, kept)
    return document


def _sum(rows: Sequence[Row], facts: Mapping[str, object]) -> Mapping[str, object]:
    """Return what the rows come to, in the currency of the facts; without amounts none of it applies."""
    amounts = [amount for row in rows if isinstance(amount := row["amount_minor"], int)]
    if not amounts:
        return dict.fromkeys(("amount_minor", "currency", "exponent"))
    return {
        "amount_minor": sum(amounts),
        "currency": facts.get("currency"),
        "exponent": facts.get("exponent"),
    }


def _next_number(session: Session, subject: _Subject) -> int:
    return (session.scalar(_LAST, {"of_kind": subject.kind, "about": subject.id}) or 0) + 1
