"""Typed Tâi-lô finds what texts with a reading write for it, and nothing they do not."""

import csv
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.transcribe.han_candidates import ReadText, index_of, written_for
from speechcorpus.transcribe.reading_alignment import aligned
from speechcorpus.transcribe.scoring_tokens import syllables as tailo

PAIRS = {"台": "tâi", "臺": "tâi", "語": "gí", "我": "guá", "的": "ê", "𪜶": "in", "食": "tsia̍h", "呆": "tai"}
SENTENCES = st.lists(st.sampled_from([*PAIRS, "，"]), min_size=1, max_size=8).map("".join)
CORPUS = st.lists(SENTENCES, min_size=1, max_size=6, unique=True)


def read(text: str, source: str = "prompt", count: int = 1) -> ReadText:
    said = " ".join("" if mark == "，" else PAIRS[mark] for mark in text)
    return ReadText(text=text, reading=said, source=source, count=count)


def found(index, typed: str) -> dict[str, int]:
    whole = written_for(index, typed, most=99)[0]
    return {one.han: one.prompts for one in whole.candidates if one.match == "exact"}


@given(corpus=CORPUS, data=st.data())
def test_whatever_was_read_is_found_as_often_as_it_was_written(corpus, data):
    index = index_of(map(read, corpus))
    clauses = [clause for text in corpus for clause in text.split("，") if clause]
    if not clauses:
        return
    clause = data.draw(st.sampled_from(clauses))
    first = data.draw(st.integers(0, len(clause) - 1))
    word = clause[first : data.draw(st.integers(first + 1, len(clause)))]
    spoken = [PAIRS[mark] for mark in word]
    times = sum(
        [PAIRS[mark] for mark in each[at : at + len(word)]] == spoken and each[at : at + len(word)] == word
        for each in clauses
        for at in range(len(each))
    )
    answer = found(index, "-".join(spoken))
    assert answer[word] == times
    assert all([PAIRS[mark] for mark in han] == spoken for han in answer)


@given(corpus=CORPUS)
def test_the_best_candidate_is_the_one_that_was_written_most(corpus):
    for word in written_for(index_of(map(read, corpus)), "tâi guá-ê tsia̍h"):
        often = [(one.match != "exact", -one.prompts - one.accepted) for one in word.candidates]
        assert often == sorted(often)


@pytest.mark.parametrize(
    "typed", ["guá ê", "góa ê", "GUÁ-Ê", "gua2 e5", "goa2-e5", "gua2e5", normalize("NFD", "guá--ê")]
)
def test_spelling_hyphens_and_digits_do_not_matter(typed):
    whole, *syllables = written_for(index_of([read("我的台語")]), typed)
    assert (whole.syllables, [one.han for one in whole.candidates]) == (("guá", "ê"), ["我的"])
    assert [[one.han for one in word.candidates] for word in syllables] == [["我"], ["的"]]
    for word in (whole, *syllables):
        assert tailo(normalize("NFC", typed[word.start : word.end])) == word.syllables


def test_a_missing_tone_may_be_any_and_comes_after_the_same_one():
    index = index_of([read("台語"), read("台語我"), read("呆")])
    single = written_for(index, "tai")[0].candidates
    assert [(one.han, one.match, one.reading) for one in single] == [
        ("呆", "exact", "tai"),
        ("台", "toneless", "tâi"),
    ]
    assert [one.match for one in written_for(index, "tai-gí")[0].candidates] == ["toneless"]
    assert written_for(index, "tái")[0].candidates == ()


def test_an_unknown_word_is_offered_by_its_longest_known_stretches():
    index = index_of([read("台語"), read("我的")])
    words = [
        (word.syllables, [one.han for one in word.candidates]) for word in written_for(index, "tâi-gí guá-ê")
    ]
    assert words[:3] == [(("tâi", "gí", "guá", "ê"), []), (("tâi", "gí"), ["台語"]), (("guá", "ê"), ["我的"])]
    assert [syllables for syllables, _ in words[3:]] == [("tâi",), ("gí",), ("guá",), ("ê",)]


def test_a_mark_between_two_characters_keeps_them_apart():
    index = index_of([read("台，語")])
    assert written_for(index, "tâi-gí")[0].candidates == ()
    assert [word.syllables for word in written_for(index, "tâi，gí")] == [("tâi",), ("gí",)]


@pytest.mark.parametrize(
    ("text", "reading"),
    [("毋知", "m̄ tsai iánn"), ("台語", "tâi"), ("用ATM", "iōng OK"), ("天光", "光 天"), ("台語", "")],
)
def test_a_reading_that_does_not_fit_says_nothing_at_all(text, reading):
    assert aligned(text, reading) == ()


def test_characters_nobody_read_aloud_and_latin_words_are_passed_over():
    assert aligned("用ATM提錢", "iōng ATM the̍h-tsînn") == (
        (("用", "iōng"),),
        (("提", "the̍h"), ("錢", "tsînn")),
    )
    assert aligned("天光矣。", "天 kng 矣") == ((("光", "kng"),),)


def test_prompts_and_accepted_transcripts_are_counted_apart():
    index = index_of([read("台語"), read("台語", "accepted", 3), read("臺語", count=2)])
    best, second = written_for(index, "tâi-gí")[0].candidates
    assert (best.han, best.prompts, best.accepted) == ("台語", 1, 3)
    assert (second.han, second.prompts, second.accepted) == ("臺語", 2, 0)


@pytest.mark.parametrize("typed", ["", "，。", "台語", "123", " - "])
def test_where_no_syllable_was_typed_there_is_no_word(typed):
    assert written_for(index_of([read("台語")]), typed) == ()


def test_sentences_left_out_of_the_index_are_written_with_it(shared):
    # one in fifty of 16,054; measured: 84.7 % of their running syllables come first
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.exists():
        pytest.skip("no real text")
    with path.open(encoding="utf-8") as file:
        rows = [(row["例句"], row["例句標音"]) for row in csv.DictReader(file)]
    assert sum(not aligned(text, reading) for text, reading in rows) <= 10
    index = index_of(
        ReadText(text=text, reading=said, source="prompt") for text, said in rows if hash_of(text)
    )
    left_out = [
        pair for text, said in rows if not hash_of(text) for run in aligned(text, said) for pair in run
    ]
    offered = [[one.han for one in index.candidates((said,))] for _, said in left_out]
    first = sum(each[:1] == [han] for each, (han, _) in zip(offered, left_out, strict=True))
    among = sum(han in each for each, (han, _) in zip(offered, left_out, strict=True))
    assert first / len(left_out) > 0.82
    assert among / len(left_out) > 0.98


def hash_of(text: str) -> int:
    return sum(map(ord, text)) % 50
