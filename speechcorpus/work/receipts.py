"""Receipts: what we promised, kept or decided, signed so that nobody needs us to check it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from speechcorpus.domain.canonical import parse_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.plain import PlainFault, from_plain
from speechcorpus.work.signed import FaultClass, signature_fault, with_signature

# The prefix keeps a receipt from passing as another kind of signed document.
PREFIX = b"speechcorpus-receipt/1\n"

ReceiptKind = Literal["upload", "claim", "draw", "submission", "decision", "payment", "withdrawal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptItem:
    """One item and price line of a receipt; null where it does not apply."""

    item: str
    line: str | None
    blob_sha256: str | None
    start_sample: int | None
    end_sample: int | None
    rate_hz: int | None
    outcome: str | None
    findings: tuple[object, ...]
    amount_minor: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditHead:
    """The end of the audit chain when the receipt was given: holders together show if history was cut."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The fields of every receipt; one that does not apply is null, never left out."""

    schema: Literal["speechcorpus-receipt/1"]
    receipt_id: str
    kind: ReceiptKind
    issued_at: str  # UTC, seconds, Z
    project: str | None
    subject: str  # pseudonym in this project
    claim: str | None
    terms_sha256: str | None
    evaluator: str | None
    consent_sha256: str | None
    items: tuple[ReceiptItem, ...]
    amount_minor: int | None
    currency: str | None
    exponent: int | None
    ledger_transaction: str | None
    pay_due: str | None
    audit_head: AuditHead | None
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptCheck:
    """Whether a receipt is true; if not, the first class of fields that differs, and why."""

    fault: FaultClass | None
    why: str | None

    @property
    def valid(self) -> bool:
        """True if schema, key, signature and sums all hold."""
        return self.fault is None


def issue_receipt(fields: Mapping[str, Any], private_key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return the signed receipt of these fields; `key_id` and `signature` are added.

    Call it in the transaction of the event, hand the receipt out after its commit.

    Raises
    ------
    SpeechCorpusError : `receipt.fields` for a field that is missing, unknown or of the wrong kind,
        `receipt.arithmetic` for sums that are not the items', `canonical.*`
    """
    document = with_signature(PREFIX, fields, private_key)
    try:
        receipt = from_plain(Receipt, document)
    except PlainFault as fault:
        raise SpeechCorpusError("receipt.fields", f"no such receipt: {fault}") from fault
    wrong = _wrong_sum(receipt)
    if wrong:
        raise SpeechCorpusError("receipt.arithmetic", wrong)
    return document


def verify_receipt(document: str | bytes, public_keys: Iterable[Ed25519PublicKey]) -> ReceiptCheck:
    """Return whether a receipt is true for one of the keys that the caller trusts.

    A key inside a receipt proves nothing, so only these count.

    Raises
    ------
    SpeechCorpusError : `canonical.*`, if it cannot be read in one way only
    """
    value = parse_json(document)
    try:
        receipt = from_plain(Receipt, value)
    except PlainFault as unlike:
        return ReceiptCheck(fault="schema", why=str(unlike))
    fault = signature_fault(PREFIX, cast("dict[str, Any]", value), public_keys)
    if fault is not None:
        return ReceiptCheck(fault=fault[0], why=fault[1])
    wrong = _wrong_sum(receipt)
    return ReceiptCheck(fault="arithmetic" if wrong else None, why=wrong)


def _wrong_sum(receipt: Receipt) -> str | None:
    amounts = [item.amount_minor for item in receipt.items if item.amount_minor is not None]
    total = sum(amounts) if amounts else None
    if receipt.amount_minor != total:
        return f"amount_minor is {receipt.amount_minor}, its items come to {total}"
    if total is not None and (receipt.currency is None or receipt.exponent is None):
        return "an amount needs its currency and exponent"
    return None
