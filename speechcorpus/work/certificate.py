"""The certificate of digital work hours: months, kinds of work, items, minutes, hours; signed.

It names nobody unless its holder asked for it, and stays true whatever happens to the work later.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Literal, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from speechcorpus.domain.canonical import canonical_json, parse_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.domain.plain import PlainFault, from_plain, to_plain
from speechcorpus.domain.terms import BandName
from speechcorpus.domain.transcript import Variety
from speechcorpus.work.signed import FaultClass, signature_fault, with_signature

SCHEMA: Final = "speechcorpus-certificate/1"
PREFIX = f"{SCHEMA}\n".encode()
COMPACT_BYTES = 900  # version 25-M of ISO/IEC 18004 holds 997
LONGEST_NAME = 40
WorkType = Literal["recording", "transcription", "review", "audition", "dialogue"]
_ROW = ("type", "variety", "band", "items", "audio_min", "worked_h")
_LETTERS: Mapping[str, WorkType] = {  # of the kinds of work in a compact statement
    "r": "recording",
    "t": "transcription",
    "v": "review",
    "a": "audition",
    "d": "dialogue",
}
_LETTER_OF = {work: letter for letter, work in _LETTERS.items()}
_HEAD = ("schema", "certificate_id", "issued_at", "issuer", "period_from", "period_to")
_CHOSEN = ("name", "acceptance_pct", "amount_minor", "currency", "exponent")
_SIGNED = ("key_id", "signature")
_TOTALS = ("items", "audio_min", "worked_h")


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One kind of work; `variety` and `band` are None unless the holder asked for them."""

    type: WorkType
    variety: Variety | None
    band: BandName | None
    items: int
    audio_min: Decimal  # accepted
    worked_h: Decimal  # active time


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What the rows come to."""

    items: int
    audio_min: Decimal
    worked_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Every field there can be; what the holder did not tick is None."""

    schema: Literal["speechcorpus-certificate/1"]
    certificate_id: str
    issued_at: str  # UTC, seconds, Z
    issuer: str
    period_from: str  # first and last month, YYYY-MM
    period_to: str
    rows: tuple[CertificateRow, ...]
    totals: Totals
    name: str | None
    acceptance_pct: Decimal | None
    amount_minor: int | None
    currency: str | None
    exponent: int | None
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCheck:
    """Whether a certificate is true; if not, the first class of fields that differs, and why."""

    certificate: Certificate | None
    fault: FaultClass | None = None
    why: str | None = None

    @property
    def valid(self) -> bool:
        """True if schema, key, signature and sums all hold."""
        return self.fault is None


def totals_of(rows: Iterable[CertificateRow]) -> Totals:
    """Return the sums of the rows.

    Examples
    --------
    >>> row = CertificateRow(type="recording", variety=None, band=None, items=2, audio_min=Decimal("0.5"),
    ...                      worked_h=Decimal("0.25"))
    >>> totals_of([row, row])
    Totals(items=4, audio_min=Decimal('1.0'), worked_h=Decimal('0.50'))
    """
    listed = list(rows)
    return Totals(
        items=sum(row.items for row in listed),
        audio_min=sum((row.audio_min for row in listed), Decimal(0)),
        worked_h=sum((row.worked_h for row in listed), Decimal(0)),
    )


def issue_certificate(
    fields: Mapping[str, Any], rows: Sequence[CertificateRow], private_key: Ed25519PrivateKey
) -> dict[str, Any]:
    """Return the signed certificate of these fields and rows as plain values.

    Raises
    ------
    SpeechCorpusError : `certificate.fields` for a field that is missing, unknown or of the wrong kind,
        `certificate.arithmetic` for an amount without its currency, `certificate.too-long` if its compact
        statement does not fit the QR code, `canonical.*`
    """
    said = {"schema": SCHEMA, **fields, "rows": to_plain(tuple(rows)), "totals": to_plain(totals_of(rows))}
    document = with_signature(PREFIX, said, private_key)
    try:
        wrong = _wrong_sum(from_plain(Certificate, document))
    except PlainFault as fault:
        raise SpeechCorpusError("certificate.fields", f"no such certificate: {fault}") from fault
    if wrong:
        raise SpeechCorpusError("certificate.arithmetic", wrong)
    length = len(compact_statement(document).encode())
    if length > COMPACT_BYTES:
        why = f"the statement has {length} bytes, its code holds {COMPACT_BYTES}"
        raise SpeechCorpusError("certificate.too-long", why, bytes=length, most=COMPACT_BYTES)
    return document


def compact_statement(document: Mapping[str, Any]) -> str:
    """Return the same statement without names of fields and without sums: what the QR code holds.

    Its signature is the certificate's own: whoever reads it back has the whole document.
    """
    rows = [[_LETTER_OF[row["type"]], *(row[name] for name in _ROW[1:])] for row in document["rows"]]
    head, rest = [document[name] for name in _HEAD], [document[name] for name in (*_CHOSEN, *_SIGNED)]
    return canonical_json([*head, rows, *rest]).decode()


def verify_certificate(document: str | bytes, public_keys: Sequence[Ed25519PublicKey]) -> CertificateCheck:
    """Return whether a certificate, or its compact statement, is true for one of the trusted keys.

    Raises
    ------
    SpeechCorpusError : `canonical.*`, if it cannot be read in one way only
    """
    value = parse_json(document)
    try:
        whole = _whole(value) if isinstance(value, list) else value
        certificate = from_plain(Certificate, whole)
    except PlainFault as unlike:
        return CertificateCheck(certificate=None, fault="schema", why=str(unlike))
    fault = signature_fault(PREFIX, cast("dict[str, Any]", whole), public_keys)
    if fault is not None:
        return CertificateCheck(certificate=certificate, fault=fault[0], why=fault[1])
    wrong = _wrong_sum(certificate)
    return CertificateCheck(certificate=certificate, fault="arithmetic" if wrong else None, why=wrong)


def _whole(values: Sequence[object]) -> Mapping[str, object]:
    """Return the document that a compact statement stands for."""
    names = (*_HEAD, "rows", *_CHOSEN, *_SIGNED)
    if len(values) != len(names):
        raise PlainFault(("statement",), f"{len(values)} values instead of {len(names)}")
    document = dict(zip(names, values, strict=True))
    rows = [_named_row(row, at) for at, row in enumerate(_list(document["rows"], "rows"))]
    read = [from_plain(CertificateRow, row, ("rows", str(at))) for at, row in enumerate(rows)]
    return {**document, "rows": rows, "totals": to_plain(totals_of(read))}


def _named_row(row: object, at: int) -> Mapping[str, object]:
    values = _list(row, f"rows.{at}")
    if len(values) != len(_ROW):
        raise PlainFault(("rows", str(at)), f"{len(values)} values instead of {len(_ROW)}")
    letter, *rest = values
    return dict(zip(_ROW, (_LETTERS.get(str(letter), letter), *rest), strict=True))


def _list(value: object, name: str) -> Sequence[object]:
    if not isinstance(value, list):
        raise PlainFault((name,), f"{value!r} is no list")
    return value


def _wrong_sum(certificate: Certificate) -> str | None:
    sums = totals_of(certificate.rows)
    wrong = [name for name in _TOTALS if getattr(certificate.totals, name) != getattr(sums, name)]
    if wrong:
        name = wrong[0]
        return f"totals.{name} is {getattr(certificate.totals, name)}, its rows come to {getattr(sums, name)}"
    money = (certificate.amount_minor, certificate.currency, certificate.exponent)
    if len({part is None for part in money}) > 1:
        return "an amount needs its currency and exponent, and they an amount"
    return None
