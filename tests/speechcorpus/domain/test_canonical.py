import json
import unicodedata
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.canonical import canonical_json, decimal_of, decimal_text, parse_json, sha256_of
from speechcorpus.domain.errors import SpeechCorpusError

TEXTS = st.text(st.characters(exclude_categories=["Cs"])).map(lambda t: unicodedata.normalize("NFC", t))
KEYS = st.text(st.characters(max_codepoint=127))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(value=VALUES)
def test_every_value_has_the_bytes_of_rfc_8785(value):
    assert canonical_json(value) == rfc8785.dumps(value)


@given(value=VALUES)
def test_reading_the_bytes_back_gives_the_value(value):
    assert parse_json(canonical_json(value)) == value


@given(items=st.dictionaries(KEYS, st.integers(0, 9), min_size=2, max_size=6))
def test_the_order_of_keys_does_not_change_the_hash(items):
    assert sha256_of(items) == sha256_of(dict(reversed(items.items())))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (1.0, "canonical.float"),
        ([float("nan")], "canonical.float"),
        ({"鍵": 1}, "canonical.key"),
        ({1: 1}, "canonical.key"),
        (2**53, "canonical.integer"),
        (-(2**53), "canonical.integer"),
        ("e\u0301", "canonical.not-nfc"),
        ("a" + "\u0316" * 33, "canonical.marks"),
        ("\ud800", "canonical.surrogate"),
        (Decimal("1"), "canonical.type"),
        (b"x", "canonical.type"),
        ({1, 2}, "canonical.type"),
    ],
)
def test_a_value_that_two_languages_could_print_differently_is_refused(value, code):
    with pytest.raises(SpeechCorpusError) as refused:
        canonical_json(value)
    assert refused.value.code == code


def test_a_refusal_says_where():
    with pytest.raises(SpeechCorpusError, match=r"\$\.items\[1\]\.limit is a float") as refused:
        canonical_json({"items": [{}, {"limit": 0.5}]})
    assert refused.value.facts == {"at": "$.items[1].limit"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "canonical.duplicate-key"),
        ('{"a": {"b": 1, "b": 1}}', "canonical.duplicate-key"),
        ("1.5", "canonical.float"),
        ("NaN", "canonical.float"),
        ("{", "canonical.unreadable"),
        ("[" * 100_000, "canonical.unreadable"),
        (b"\xff", "canonical.unreadable"),
        (json.dumps("e\u0301"), "canonical.not-nfc"),
    ],
)
def test_a_document_that_could_be_read_in_two_ways_is_refused(text, code):
    with pytest.raises(SpeechCorpusError) as refused:
        parse_json(text)
    assert refused.value.code == code


@given(
    number=st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9)
)
def test_a_decimal_string_is_the_same_number_in_its_shortest_form(number):
    text = decimal_text(number)
    assert Decimal(text) == number
    assert "E" not in text
    assert text != "-0"
    assert not ("." in text and text.endswith("0"))


@given(number=st.floats(-1e9, 1e9))
def test_a_float_becomes_the_decimal_it_prints_as(number):
    assert float(decimal_of(number)) == number


def test_a_number_that_is_none_is_refused():
    with pytest.raises(SpeechCorpusError, match="NaN is no number"):
        decimal_text(Decimal("NaN"))
