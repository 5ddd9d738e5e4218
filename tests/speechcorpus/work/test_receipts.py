import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.work.keys import key_id, parse_public_key, public_pem, to_base64url
from speechcorpus.work.receipts import PREFIX, issue_receipt, verify_receipt

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
ITEM = {
    "item": "seg-1",
    "line": "record",
    "blob_sha256": "a" * 64,
    "start_sample": 0,
    "end_sample": 44100,
    "rate_hz": 44100,
    "outcome": "accepted",
    "findings": [{"code": "audio.too-loud", "measured": "-12.3", "limit": "-14", "unit": "dBFS"}],
    "amount_minor": 1500,
}
FIELDS = {
    "schema": "speechcorpus-receipt/1",
    "receipt_id": "7c3f8a52-7e0e-4a7e-9a52-3a2c6f9f7b10",
    "kind": "decision",
    "issued_at": "2026-11-22T23:00:00Z",
    "project": "taigi-noise",
    "subject": "講者-0042",
    "claim": "claim-1",
    "terms_sha256": "b" * 64,
    "evaluator": "speechcorpus@1.0.0+0123",
    "consent_sha256": "c" * 64,
    "items": [ITEM, {**ITEM, "line": "transcribe", "amount_minor": 1000}],
    "amount_minor": 2500,
    "currency": "TWD",
    "exponent": 2,
    "ledger_transaction": None,
    "pay_due": "2026-11-29",
    "audit_head": {"seq": 7, "hash": "d" * 64},
}
RECEIPT = issue_receipt(FIELDS, KEY)
BYTES = canonical_json(RECEIPT)


def resigned(**changes):
    """A receipt whose signer lied: the signature fits, the content may not."""
    unsigned = {**FIELDS, "key_id": key_id(PUBLIC), **changes}
    return canonical_json(
        {**unsigned, "signature": to_base64url(KEY.sign(PREFIX + canonical_json(unsigned)))}
    )


def test_a_receipt_verifies_with_the_public_key_alone():
    assert verify_receipt(BYTES, [parse_public_key(public_pem(PUBLIC))]).valid


def test_a_receipt_may_be_printed_with_blanks_and_another_order():
    pretty = json.dumps(dict(reversed(RECEIPT.items())), ensure_ascii=False, indent=2)
    assert verify_receipt(pretty, [PUBLIC]).valid


@given(at=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_makes_a_receipt_false_or_unreadable(at, byte):
    changed = BYTES[:at] + bytes([byte]) + BYTES[at + 1 :]
    if changed == BYTES:
        return
    try:
        verified = verify_receipt(changed, [PUBLIC]).valid
    except SpeechCorpusError:
        verified = False
    assert not verified


def test_the_last_letter_of_the_signature_has_no_bits_to_spare():
    last = RECEIPT["signature"][-1]
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        changed = {**RECEIPT, "signature": RECEIPT["signature"][:-1] + letter}
        assert verify_receipt(canonical_json(changed), [PUBLIC]).valid == (letter == last)


@pytest.mark.parametrize("field", [name for name in FIELDS if name != "schema"])
def test_each_field_is_covered_by_the_signature(field):
    other = {"items": [], "audit_head": None, "kind": "claim", "exponent": 0, "amount_minor": 1}.get(
        field, "x"
    )
    assert verify_receipt(canonical_json({**RECEIPT, field: other}), [PUBLIC]).fault == "signature"


def test_a_receipt_of_an_unknown_key_is_false():
    stranger = Ed25519PrivateKey.generate().public_key()
    assert verify_receipt(BYTES, [stranger]).fault == "key unknown"
    assert verify_receipt(BYTES, []).fault == "key unknown"


@pytest.mark.parametrize(
    "document",
    [
        {**RECEIPT, "extra": 1},
        {name: value for name, value in RECEIPT.items() if name != "pay_due"},
        {**RECEIPT, "schema": "speechcorpus-certificate/1"},
        {**RECEIPT, "kind": "gift"},
        {**RECEIPT, "amount_minor": "2500"},
        {**RECEIPT, "items": [{**ITEM, "extra": 1}]},
        [],
    ],
)
def test_a_field_that_does_not_belong_is_named_as_schema(document):
    assert verify_receipt(canonical_json(document), [PUBLIC]).fault == "schema"


@pytest.mark.parametrize(
    "changes", [{"amount_minor": 2501}, {"items": [ITEM]}, {"currency": None}, {"items": []}]
)
def test_a_signed_sum_that_is_not_the_items_is_false(changes):
    assert verify_receipt(resigned(**changes), [PUBLIC]).fault == "arithmetic"


def test_a_signature_over_the_same_bytes_for_another_purpose_does_not_pass():
    unsigned = {**FIELDS, "key_id": key_id(PUBLIC)}
    other = KEY.sign(b"speechcorpus-certificate/1\n" + canonical_json(unsigned))
    document = canonical_json({**unsigned, "signature": to_base64url(other)})
    assert verify_receipt(document, [PUBLIC]).fault == "signature"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BYTES[:-1] + b',"kind":"decision"}', "canonical.duplicate-key"),
        (BYTES.replace(b'"exponent":2', b'"exponent":2.0'), "canonical.float"),
        (BYTES.replace("講者".encode(), b"e\xcc\x81"), "canonical.not-nfc"),
        (b"", "canonical.unreadable"),
    ],
)
def test_a_receipt_that_could_be_read_in_two_ways_is_unreadable(text, code):
    with pytest.raises(SpeechCorpusError) as refused:
        verify_receipt(text, [PUBLIC])
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "gift"}, "receipt.fields"),
        ({"extra": None}, "receipt.fields"),
        ({"amount_minor": 1}, "receipt.arithmetic"),
        ({"amount_minor": 25.0}, "canonical.float"),
    ],
)
def test_a_wrong_receipt_is_never_signed(changes, code):
    with pytest.raises(SpeechCorpusError) as refused:
        issue_receipt({**FIELDS, **changes}, KEY)
    assert refused.value.code == code


def test_a_key_of_another_kind_is_refused():
    pem = (
        generate_private_key(SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    with pytest.raises(SpeechCorpusError, match="no Ed25519 public key"):
        parse_public_key(pem)
    with pytest.raises(SpeechCorpusError, match="no public key"):
        parse_public_key("not a key")
