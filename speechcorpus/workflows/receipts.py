"""Receipts: signed in the transaction of the event they are about, handed out after its commit."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.audit import AuditHead
from speechcorpus.store.models import Claim, Contributor, Receipt, Sitting, Take, Task
from speechcorpus.store.store import Store
from speechcorpus.work.receipts import issue_receipt
from speechcorpus.workflows.projects import terms_by_hash


def upload_receipt(
    session: Session, store: Store, take: Take, sitting: Sitting, *, head: AuditHead, now: datetime
) -> Mapping[str, Any]:
    """Sign and keep the receipt of a stored take; `items[0].blob_sha256` is its `take_sha256`."""
    claim = session.get(Claim, sitting.claim_id) if sitting.claim_id else None
    person = session.get_one(Contributor, sitting.contributor_id)
    receipt_id = str(uuid4())
    fields = {
        "schema": "speechcorpus-receipt/1",
        "receipt_id": receipt_id,
        "kind": "upload",
        "issued_at": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "subject": person.pseudonym,
        **_frozen(session, claim),
        "items": _items(take),
        "amount_minor": None,
        "currency": None,
        "exponent": None,
        "ledger_transaction": None,
        "pay_due": None,
        "audit_head": {"seq": head.seq, "hash": head.hash},
    }
    document = issue_receipt(fields, store.receipt_key())
    session.add(
        Receipt(
            id=receipt_id,
            kind="upload",
            subject_id=take.id,
            contributor_id=person.id,
            document=canonical_json(document).decode(),
            created_at=now,
        )
    )
    return document


def _frozen(session: Session, claim: Claim | None) -> dict[str, object]:
    """Return the facts frozen with the claim; null for a sound check without one, never left out."""
    if claim is None:
        keys = ("project", "claim", "terms_sha256", "evaluator", "consent_sha256")
        return dict.fromkeys(keys)
    terms = terms_by_hash(session, claim.terms_sha256)
    return {
        "project": session.get_one(Task, claim.task_id).project_id,
        "claim": claim.id,
        "terms_sha256": claim.terms_sha256,
        "evaluator": claim.evaluator,
        "consent_sha256": terms.consent.sha256,
    }


def _items(take: Take) -> Sequence[Mapping[str, object]]:
    whole: dict[str, object] = {
        "item": take.id,
        "line": None,
        "blob_sha256": take.master_sha256,
        "start_sample": 0,
        "end_sample": take.frames,
        "rate_hz": take.rate_hz,
        "outcome": None,
        "findings": [],
        "amount_minor": None,
    }
    return [whole]


def kept_receipt(session: Session, kind: str, subject_id: str) -> Mapping[str, Any] | None:
    """Return the receipt given for this event, always the same one."""
    document = session.scalar(
        select(Receipt.document).where(Receipt.kind == kind, Receipt.subject_id == subject_id)
    )
    return None if document is None else cast(Mapping[str, Any], json.loads(document))
