"""Two texts that differ in nothing heard are one text to the metrics."""

import sys
import unicodedata

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.transcribe.scoring_fold import parse_fold_tables
from speechcorpus.workflows.fold_tables import fold_for, fold_tables
from tests.speechcorpus.transcribe.scoring_texts import hostile

FOLD, HANS = fold_for(), fold_for("Hans")


@given(hostile, st.sampled_from([FOLD, HANS]))
def test_folding_what_is_folded_changes_nothing(text, fold):
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("fold", [FOLD, HANS])
def test_folding_every_character_twice_changes_none_of_them(fold):
    text = regex.findall(r"[\p{Han}\p{Latin}\p{M}]", "".join(map(chr, range(sys.maxunicode + 1))))
    once = [fold(char) for char in text]
    assert [fold(char) for char in once] == once


@given(hostile)
def test_composed_and_decomposed_letters_are_one(text):
    assert FOLD(unicodedata.normalize("NFD", text)) == FOLD(unicodedata.normalize("NFC", text))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("臺灣", "台灣"),
        ("二〇二六", "二零二六"),
        ("說裡", "説裏"),
        ("𥑮", "𥑮\u200b"),
        ("\uff2f\uff2b", "ok"),
        ("好，我去。", "好,我去｡"),
        ("好 我去", "好我去"),
        ("好\u3000OK 我", "好OK我"),
        ("OK，Facebook", "ok facebook"),
        ("\ufeff好", "好"),
        ("金", "\uf90a"),
    ],
)
def test_what_is_no_difference_is_folded_away(one, other):
    assert FOLD(one) == FOLD(other)


@pytest.mark.parametrize(
    ("one", "other"), [("脣", "唇"), ("污", "汙"), ("个", "個"), ("發", "髮"), ("食", "吃"), ("a b", "ab")]
)
def test_what_is_a_difference_stays(one, other):
    assert FOLD(one) != FOLD(other)


def test_in_script_hans_both_scripts_are_one():
    assert HANS("裏麪說話，餘") == HANS("里面说话，余")
    assert FOLD("說話") != FOLD("说话")


def test_half_a_character_is_named_by_its_place():
    with pytest.raises(TranscriptError, match="half of a character stands at 1") as raised:
        FOLD("好\ud83d")
    assert raised.value.code == "transcript.surrogate"


def test_a_table_without_its_column_is_refused():
    with pytest.raises(TranscriptError, match="no column"):
        parse_fold_tables({"variants_extra.tsv": "char\n説", "traditional_chars.tsv": "char\n"}, str)


def test_forms_to_be_kept_survive_the_conversion_beside_converted_ones():
    assert fold_tables().to_taiwan("裏脣污") == "裡唇汙"
    assert FOLD("裏脣污") == "裡脣污"
