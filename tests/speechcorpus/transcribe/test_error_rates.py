"""Error rates: equal to jiwer where jiwer is right, undefined where it guesses."""

# ruff: noqa: RUF001 - this file names signs that look alike

import random
from unicodedata import normalize

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import safe_fix
from speechcorpus.transcribe.alignment import Counts, align, count
from speechcorpus.transcribe.error_rates import (
    cer,
    cer_symmetric,
    corpus_score,
    mixed_er,
    punctuation,
    punctuation_f1,
    ser,
    ser_toneless,
)
from speechcorpus.transcribe.romanisation import TONE_SIGNS
from speechcorpus.transcribe.scoring_tokens import characters, words
from speechcorpus.workflows.fold_tables import fold_for
from speechcorpus.workflows.rule_tables import rule_tables
from tests.speechcorpus.transcribe.scoring_texts import HAN, hostile, texts

FOLD, TABLES = fold_for(), rule_tables()
ROMANISED = TranscriptProfile(variety="nan-TW", orthography="tailo")
TONED = ("tái", "kà", "tsi̍t", "ho̍k", "sńg", "hó", "hòo", "tâi")
SIGNED = [
    (written, normalize("NFC", normalize("NFD", written).replace(mark, sign)))
    for sign, mark in TONE_SIGNS.items()
    for written in TONED
    if mark in normalize("NFD", written)
    and (sign.isalpha() or not normalize("NFD", written).endswith(mark))  # else a quotation mark
]


def random_pairs(alphabet):
    rng = random.Random(7)
    for _ in range(1000):
        yield tuple("".join(rng.choices(alphabet, k=rng.randint(1, 30))) for _ in range(2))


def counts_of(output):
    return Counts(
        hits=output.hits,
        substitutions=output.substitutions,
        deletions=output.deletions,
        insertions=output.insertions,
    )


def test_cer_equals_jiwer_on_a_thousand_random_pairs():
    for reference, hypothesis in random_pairs(HAN + "abc，"):
        folded = [FOLD(text).replace(" ", "") for text in (reference, hypothesis)]
        score = cer(reference, hypothesis, FOLD)
        assert score.raw == counts_of(jiwer.process_characters(reference, hypothesis))
        assert score.raw.rate == jiwer.cer(reference, hypothesis)
        if folded[0]:
            assert score.folded == counts_of(jiwer.process_characters(*folded))


def test_mixed_er_equals_the_word_error_rate_of_jiwer_over_tokens_joined_by_blanks():
    for reference, hypothesis in random_pairs(HAN + "abc   "):
        joined = [" ".join(words(FOLD(text))) for text in (reference, hypothesis)]
        if joined[0]:
            score = mixed_er(reference, hypothesis, FOLD)
            assert score.folded == counts_of(jiwer.process_words(*joined))
            assert score.folded.rate == jiwer.wer(*joined)


def test_a_corpus_sum_equals_jiwer_over_the_whole_list():
    pairs = [pair for pair in random_pairs(HAN) if all(map(FOLD, pair))][:200]
    total = corpus_score("cer", [cer(*pair, FOLD) for pair in pairs])
    folded = [list(map(FOLD, side)) for side in zip(*pairs, strict=True)]
    assert total.folded.rate == pytest.approx(jiwer.cer(*folded))


@given(hostile, hostile)
def test_counts_add_up_to_both_lengths(reference, hypothesis):
    score = cer(reference, hypothesis, FOLD)
    assert [left for left, _ in score.columns if left is not None] == list(characters(FOLD(reference)))
    assert score.folded.reference_length == sum(left is not None for left, _ in score.columns)
    assert score.folded.hypothesis_length == sum(right is not None for _, right in score.columns)


@given(texts, texts)
def test_no_shorter_alignment_exists(first, second):
    assert count(align(first, second)).errors == edits(first, second)


def edits(first, second):
    row = list(range(len(second) + 1))
    for i, left in enumerate(first, start=1):
        before, row[0] = row[0], i
        for j, right in enumerate(second, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (left != right))
    return row[-1]


@given(hostile)
def test_a_text_against_itself_has_no_error(text):
    for metric in (cer, ser, ser_toneless, mixed_er):
        assert metric(text, text, FOLD).folded.errors == 0


@pytest.mark.parametrize("metric", [cer, ser, mixed_er])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tsi̍t pn̄g á", "tsi̍t pn̄g á"),
        ("臺語", "台語"),
        ("\uff2f\uff2b", "OK"),
        ("好，我！", "好,我!"),
        ("我 是", "我是"),
    ],
)
def test_twins_of_encoding_width_and_marks_score_0(metric, one, other):
    assert metric(one, other, FOLD).folded.rate == 0


def test_an_empty_reference_is_undefined_and_its_insertions_are_counted_apart():
    silent = cer("，", "我", FOLD)
    assert (silent.folded.rate, silent.folded.insertions) == (None, 1)
    assert cer("", "", FOLD).folded.rate is None
    total = corpus_score("cer", [silent, cer("我", "你", FOLD)])
    assert total.folded == Counts(substitutions=1)
    assert (total.empty_references, total.insertions_without_reference) == (1, 1)


def test_a_corpus_without_pairs_has_no_rate():
    assert corpus_score("cer", []).folded.rate is None


@pytest.mark.parametrize(
    ("metric", "reference", "hypothesis", "expected"),
    [
        (cer, "我是台灣人", "我食台灣", (3, 1, 1, 0)),
        (cer, "𪜶去", "𪜶無去", (2, 0, 0, 1)),
        (cer, "o̍", "o", (0, 1, 0, 0)),
        (ser, "Guá sī Tâi-uân-lâng.", "góa tai5oan7 lang5", (3, 1, 1, 0)),
        (ser, "chia̍h-pn̄g", "tsiah8 png7", (2, 0, 0, 0)),
        (ser_toneless, "chia̍h-pn̄g", "tsiah png", (2, 0, 0, 0)),
        (ser, "tsiáh", "tsia̍h", (0, 1, 0, 0)),
        (ser, "hó--ah", "hó\u2011ah", (2, 0, 0, 0)),
        (ser, "tái tsi̍t kà", "taiˊ tsi't kaˋ", (3, 0, 0, 0)),
        (ser, "tái tsi̍t", "TAIˊ-chiˈt", (2, 0, 0, 0)),
        (ser, "tâi tsit", "taiˊ tsi’t", (0, 2, 0, 0)),
        (ser_toneless, "tâi tsit", "taiˊ tsi’t", (2, 0, 0, 0)),
        (ser, "don't", "don t", (2, 0, 1, 0)),
        (ser, "'tái'", "tái", (1, 0, 2, 0)),
        (ser, "xaˊ", "xa", (1, 0, 1, 0)),
        (mixed_er, "我用 facebook live", "我用 facebook", (3, 0, 1, 0)),
        (mixed_er, "OK，bye", "ok bye", (2, 0, 0, 0)),
    ],
)
def test_hand_counted_pairs(metric, reference, hypothesis, expected):
    counts = metric(reference, hypothesis, FOLD).folded
    assert (counts.hits, counts.substitutions, counts.deletions, counts.insertions) == expected


def test_a_sign_typed_for_a_tone_mark_is_no_token_of_its_own_as_written_either():
    counts = ser("tái tsi̍t", "taiˊ tsi't", FOLD).raw
    assert (counts.substitutions, counts.insertions) == (2, 0)
    assert ser_toneless("tái tsi̍t", "taiˊ tsi't", FOLD).raw.errors == 0


@given(st.lists(st.sampled_from(SIGNED), min_size=1, max_size=5))
def test_the_metrics_read_a_sign_as_the_repair_of_the_rules_does(pairs):
    right, signed = (" ".join(side) for side in zip(*pairs, strict=True))
    assert safe_fix(signed, ROMANISED, TABLES).text == right
    assert ser(right, signed, FOLD).folded.errors == 0


@given(hostile, hostile)
def test_the_symmetric_rate_is_symmetric_and_at_most_2(first, second):
    rate = cer_symmetric(first, second, FOLD)
    assert rate == cer_symmetric(second, first, FOLD)
    assert rate is None or 0 <= rate <= 2


@given(texts, texts)
def test_the_marks_of_two_transcribers_agree_in_either_order(first, second):
    assert punctuation_f1(first, second, FOLD) == punctuation_f1(second, first, FOLD)


@given(texts)
def test_the_marks_of_a_text_agree_with_themselves(text):
    assert punctuation_f1(text, text, FOLD) in (None, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("好，我去。", "好,我去｡", (2, 2, 2)),
        ("好，我去。", "好我去。", (1, 2, 1)),
        ("好，我去。", "好，我去？", (1, 2, 2)),
        ("我去了。", "我去。", (1, 1, 1)),
        ("我去，好", "我，去好", (0, 1, 1)),
        ("臺灣，好", "台灣，好", (1, 1, 1)),
        ("a.t.m，好", "atm，好", (1, 1, 1)),
        ("真的？！", "真的？", (1, 2, 1)),
        ("好", "好", (0, 0, 0)),
    ],
)
def test_hand_counted_marks(first, second, expected):
    counts = punctuation(first, second, FOLD)
    assert (counts.matched, counts.first, counts.second) == expected


def test_marks_on_one_side_only_do_not_agree_and_marks_on_none_say_nothing():
    assert punctuation_f1("好。", "好", FOLD) == 0
    assert punctuation_f1("好", "好", FOLD) is None
