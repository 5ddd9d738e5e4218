import json
from decimal import Decimal

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.work.certificate import (
    COMPACT_BYTES,
    PREFIX,
    CertificateRow,
    compact_statement,
    issue_certificate,
    verify_certificate,
)
from speechcorpus.work.certificate_seal import PDF, sealed, verify_sealed
from speechcorpus.work.keys import key_id, to_base64url
from tests.examples import many

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = KEY.public_key()
PLAIN = dict.fromkeys(("name", "acceptance_pct", "amount_minor", "currency", "exponent"))
FIELDS = {
    "certificate_id": "7c3f8a52-7e0e-4a7e-9a52-3a2c6f9f7b10",
    "issued_at": "2026-11-26T08:00:00Z",
    "issuer": "台語語音資料庫",
    "period_from": "2026-09",
    "period_to": "2026-11",
    **PLAIN,
}
ROWS = (
    CertificateRow(type="recording", variety="nan-TW", band="low", items=58, audio_min=Decimal("9.5"),
                   worked_h=Decimal("2.25")),
    CertificateRow(type="transcription", variety="nan-TW", band=None, items=57, audio_min=Decimal("9.5"),
                   worked_h=Decimal("3.75")),
)  # fmt: skip
DOCUMENT = issue_certificate({**FIELDS, "name": "陳怡君"}, ROWS, KEY)
BYTES, COMPACT = canonical_json(DOCUMENT), compact_statement(DOCUMENT)
SEALED = sealed(PDF + b"1.7\nstream\n" + BYTES + b"\nendstream\n%%EOF\n", KEY)

rows = st.builds(
    CertificateRow,
    type=st.sampled_from(["recording", "transcription", "review", "audition", "dialogue"]),
    variety=st.sampled_from([None, "nan-TW", "cmn-TW"]),
    band=st.sampled_from([None, "low", "high"]),
    items=st.integers(0, 10**6),
    audio_min=st.decimals(0, 10**5, places=1),
    worked_h=st.decimals(0, 10**4, places=2),
)


def fails(verify, changed):
    try:
        return not verify(changed, [PUBLIC]).valid
    except SpeechCorpusError:
        return True


@settings(max_examples=many(200))
@given(listed=st.lists(rows, max_size=5), name=st.none() | st.text("陳怡君 Ô", max_size=8))
def test_the_compact_statement_is_the_same_document_under_the_same_signature(listed, name):
    document = issue_certificate({**FIELDS, "name": name}, listed, KEY)
    whole = verify_certificate(canonical_json(document), [PUBLIC])
    compact = verify_certificate(compact_statement(document), [PUBLIC])
    assert whole.valid
    assert compact == whole


@settings(max_examples=many(200))
@given(at=st.integers(0, len(BYTES) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_of_the_document_fails(at, byte):
    changed = BYTES[:at] + bytes([byte]) + BYTES[at + 1 :]
    assert changed == BYTES or fails(verify_certificate, changed)


@settings(max_examples=many(200))
@given(at=st.integers(0, len(COMPACT.encode()) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_of_the_compact_statement_fails(at, byte):
    said = COMPACT.encode()
    changed = said[:at] + bytes([byte]) + said[at + 1 :]
    assert changed == said or fails(verify_certificate, changed)


@settings(max_examples=many(200))
@given(at=st.integers(0, len(SEALED) - 1), byte=st.integers(0, 255))
def test_any_changed_byte_of_the_sealed_file_fails(at, byte):
    changed = SEALED[:at] + bytes([byte]) + SEALED[at + 1 :]
    assert changed == SEALED or fails(verify_sealed, changed)


def test_a_sealed_file_is_true_and_one_with_more_or_less_behind_it_is_not():
    assert verify_sealed(SEALED, [PUBLIC]).valid
    assert fails(verify_sealed, SEALED + b"\n")
    assert fails(verify_sealed, SEALED[:-1])


def test_a_true_document_in_another_file_is_told_from_a_false_document():
    other = verify_sealed(SEALED.replace(b"1.7", b"1.6"), [PUBLIC])
    assert (other.fault, other.why) == (
        "signature",
        "the document inside is true, but the file around it was changed",
    )


def test_a_file_without_seal_or_document_is_unreadable():
    for file in (PDF + b"1.7\n%%EOF\n", sealed(PDF + b"1.7\n%%EOF\n", KEY)):
        with pytest.raises(SpeechCorpusError) as refused:
            verify_sealed(file, [PUBLIC])
        assert refused.value.code == "certificate.unreadable"


def test_a_stranger_s_key_proves_nothing():
    stranger = Ed25519PrivateKey.generate().public_key()
    for document in (BYTES, COMPACT):
        assert verify_certificate(document, [stranger]).fault == "key unknown"
    assert verify_sealed(SEALED, [stranger]).fault == "key unknown"


def test_a_receipt_s_signature_over_the_same_bytes_does_not_pass():
    unsigned = {name: value for name, value in DOCUMENT.items() if name != "signature"}
    other = to_base64url(KEY.sign(b"speechcorpus-receipt/1\n" + canonical_json(unsigned)))
    assert verify_certificate(canonical_json({**unsigned, "signature": other}), [PUBLIC]).fault == "signature"


@pytest.mark.parametrize(
    "changes",
    [{"extra": 1}, {"schema": "speechcorpus-receipt/1"}, {"rows": {}}, {"name": 3}, {"period_to": None}],
)
def test_a_field_that_does_not_belong_is_named_as_schema(changes):
    assert verify_certificate(canonical_json({**DOCUMENT, **changes}), [PUBLIC]).fault == "schema"


@pytest.mark.parametrize("values", ["[]", '["a"]', json.dumps(json.loads(COMPACT)[:-1])])
def test_a_statement_with_too_few_values_is_named_as_schema(values):
    assert verify_certificate(values, [PUBLIC]).fault == "schema"


@pytest.mark.parametrize(
    "changes",
    [
        {"totals": {"items": 116, "audio_min": "19", "worked_h": "6"}},
        {"totals": {"items": 115, "audio_min": "19.1", "worked_h": "6"}},
        {"amount_minor": 100},
        {"currency": "TWD", "exponent": 2},
    ],
)
def test_a_signer_who_cannot_add_is_found_out(changes):
    unsigned = {**{name: value for name, value in DOCUMENT.items() if name != "signature"}, **changes}
    lie = {**unsigned, "signature": to_base64url(KEY.sign(PREFIX + canonical_json(unsigned)))}
    assert lie["key_id"] == key_id(PUBLIC)
    assert verify_certificate(canonical_json(lie), [PUBLIC]).fault == "arithmetic"


def test_what_does_not_fit_the_code_is_not_signed():
    fits = issue_certificate(FIELDS, ROWS * 5, KEY)
    assert len(compact_statement(fits).encode()) <= COMPACT_BYTES
    with pytest.raises(SpeechCorpusError) as refused:
        issue_certificate(FIELDS, ROWS * 20, KEY)
    assert refused.value.code == "certificate.too-long"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"extra": None}, "certificate.fields"),
        ({"issuer": None}, "certificate.fields"),
        ({"amount_minor": 1}, "certificate.arithmetic"),
        ({"name": "e\u0301"}, "canonical.not-nfc"),
    ],
)
def test_a_wrong_certificate_is_never_signed(changes, code):
    with pytest.raises(SpeechCorpusError) as refused:
        issue_certificate({**FIELDS, **changes}, ROWS, KEY)
    assert refused.value.code == code
