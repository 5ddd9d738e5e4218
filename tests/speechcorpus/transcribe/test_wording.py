"""Mandarin wording in Taigi transcripts: a warning in a sentence, a decision over ten."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.transcript import CheckContext, CodeSwitch, TranscriptProfile
from speechcorpus.transcribe import check
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.wording import block_decisions, blocks, mandarin_wording, taigi_characters
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
TAIGI, MANDARIN = TranscriptProfile(variety="nan-TW"), TranscriptProfile(variety="cmn-TW")


def found(find, text, profile, **context):
    page = Page(text=text, profile=profile, tables=TABLES, context=CheckContext(**context))
    return [(hit.facts.get("word") or hit.facts["char"]) for hit in find(page)]


def test_wording_of_tier_a_counts_alone_and_of_tier_b_only_in_company():
    assert found(mandarin_wording, "伊很好。", TAIGI) == ["很"]
    assert found(mandarin_wording, "你好嗎？", TAIGI) == []
    assert found(mandarin_wording, "你很好嗎？", TAIGI) == ["很", "嗎"]


def test_a_piece_inside_a_right_word_does_not_count():
    assert found(mandarin_wording, "貨予人沒收矣。", TAIGI) == []
    assert found(mandarin_wording, "我沒看著。", TAIGI) == ["沒"]


def test_a_stretch_marked_as_another_language_is_left_out_of_both():
    switch = CodeSwitch(start=2, end=6, language="cmn")
    assert found(mandarin_wording, "伊講「很好」。", TAIGI) == ["很"]
    assert found(mandarin_wording, "伊講「很好」。", TAIGI, code_switches=(switch,)) == []
    taigi = CodeSwitch(start=0, end=1, language="nan")
    assert found(taigi_characters, "袂說。", MANDARIN) == ["袂"]
    assert found(taigi_characters, "袂說。", MANDARIN, code_switches=(taigi,)) == []


def test_simplified_text_is_read_in_one_script():
    hans = TranscriptProfile(variety="nan-TW", script="Hans")
    assert found(mandarin_wording, "我们没来。", hans) == ["我们", "没"]
    assert found(taigi_characters, "联袂演出。", TranscriptProfile(variety="cmn-TW", script="Hans")) == []


@pytest.mark.parametrize("text", ["聯袂演出。", "分袂之後。", "偌大的房子。", "他咧嘴一笑。", "而已矣。"])
def test_mandarin_words_that_hold_a_character_of_taigi_are_right(text):
    assert found(taigi_characters, text, MANDARIN) == []


def test_each_rule_is_silent_in_its_own_language():
    assert found(mandarin_wording, "他很好。", MANDARIN) == []
    assert found(taigi_characters, "伊袂來。", TAIGI) == []


def test_in_simplified_characters_no_word_is_its_own_way_out_and_no_way_out_is_traditional():
    hans = TranscriptProfile(variety="nan-TW", script="Hans")
    rows = TABLES.wording_lexicon("Hans")[1]
    listed = [(row.mandarin, row.taigi) for row in rows.values()] + list(TABLES.folk_forms("Hans").items())
    for word, ways in listed:
        assert ways
        assert word not in ways
        assert not [v for way in ways for v in check(way, hans, TABLES) if v.rule == "HAN-TRAD"], word
    mandarin = TranscriptProfile(variety="cmn-TW", script="Hans")
    for char in TABLES.not_mandarin:
        for violation in check(f"他{char}来。", mandarin, TABLES):
            if violation.rule == "WRD-NAN":
                assert not [
                    v
                    for way in violation.candidates
                    for v in check(way, mandarin, TABLES)
                    if v.rule == "HAN-TRAD"
                ]


def test_right_taigi_in_simplified_characters_is_no_translation():
    hans = TranscriptProfile(variety="nan-TW", script="Hans")
    (block,) = block_decisions(["这个丑时出世的人有几个囝？", *["好。"] * 9], hans, TABLES)
    assert (block.score, block.translated) == (0, False)


@given(count=st.integers(0, 200))
def test_blocks_follow_one_another_and_only_the_last_may_be_short(count):
    edges = blocks(count)
    assert all(end - start == 10 for start, end in edges[:-1])
    assert all(5 <= end - start <= 10 for start, end in edges)
    assert count - (edges[-1][1] if edges else 0) < 5 or not edges
    assert [start for start, _ in edges] == list(range(0, 10 * len(edges), 10))


def test_three_pieces_in_ten_sentences_decide_and_two_do_not():
    plain = ["伊真好。"] * 8
    (two,) = block_decisions([*plain, "伊很好。", "你好嗎？"], TAIGI, TABLES)
    assert (two.score, two.translated) == (1, False)  # tier B counts only beside tier A in its sentence
    (three,) = block_decisions([*plain, "伊很好嗎？", "伊沒來。"], TAIGI, TABLES)
    assert (three.score, three.translated) == (3, True)
    assert three.evidence == ((8, ("很", "嗎")), (9, ("沒",)))


@pytest.fixture(scope="module")
def sentences(shared):
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("half", [0, 1])
def test_translated_blocks_are_recognised_on_each_half_and_no_taigi_is_accused(sentences, half):
    def decided(column):
        texts = [row[column] for row in sentences if row[column] and row[column][-1] in "。？！"]
        found = block_decisions(texts[half * len(texts) // 2 :][: len(texts) // 2], TAIGI, TABLES)
        return sum(block.translated for block in found) / len(found)

    assert decided("華語翻譯") >= 0.95
    assert decided("例句") == 0
