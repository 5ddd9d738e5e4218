"""Reading prompt files: every line is a prompt, a repeat or a fault; what it was stays known."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError
from speechcorpus.record.prompt_import import read_prompts, require_usable_licence
from speechcorpus.record.prompt_readings import split_readings


def faults(data, form="text"):
    return [(one.number, one.why) for one in read_prompts(data, form).faults]


def test_common_voice_brackets_become_the_reading_tier():
    line = "  𬦰（peh）起來，伊足巧（kha\u0301）\r\n"
    (one,) = read_prompts(line.encode(), "common-voice").lines
    assert (one.text, one.reading) == ("𬦰起來，伊足巧", "peh 起 來 伊 足 khá")
    assert one.line == line.rstrip("\r\n")
    assert [change.kind for change in one.changes] == ["edge-blank", "nfc", "bracket"]
    assert one.changes[0].before == one.line
    assert one.changes[-1].after == one.text


@pytest.mark.parametrize(
    ("text", "bare", "tier"),
    [
        ("跤兜（kha-tau）", "跤兜", "kha tau"),
        ("𪜶(in)兜", "𪜶兜", "in 兜"),
        ("巧（khiáu）巧（khiáu）。", "巧巧。", "khiáu khiáu"),
        ("我有ATM卡（khah）", "我有ATM卡", "我 有 ATM khah"),
        ("無括號。", "無括號。", None),
    ],
)
def test_a_bracket_reads_as_many_characters_as_it_has_syllables(text, bare, tier):
    assert split_readings(text) == (bare, tier)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("巧（笑）", "without a reading in Latin letters"),
        ("巧（）", "without a reading"),
        ("（khá）巧", "syllables in a bracket after fewer characters"),
        ("真，巧（tsin khá）", "2 syllables in a bracket after fewer characters"),
        ("巧（khá", "not closed"),
        ("巧khá）", "not opened"),
    ],
)
def test_a_bracket_that_is_no_reading_is_a_fault_with_its_line(text, why):
    found = faults(f"好。\n{text}\n".encode(), "common-voice")
    assert [number for number, _ in found] == [2]
    assert why in found[0][1]


def test_the_published_table_of_common_voice_is_read_by_its_column():
    table = "sentence_id\tsentence\tsource\n9f\t巧（khá）\tme\n"
    (one,) = read_prompts(table.encode(), "common-voice").lines
    assert (one.number, one.text, one.line) == (2, "巧", "9f\t巧（khá）\tme")


def test_the_same_text_has_the_same_id_and_is_taken_once():
    found = read_prompts("好。\n\n 好。\n毋好。\n".encode(), "text", id_prefix="cv")
    assert [one.text for one in found.lines] == ["好。", "毋好。"]
    assert [(one.number, one.first) for one in found.repeats] == [(3, 1)]
    assert read_prompts("好。".encode(), "text", id_prefix="cv").lines[0].id == found.lines[0].id


def test_plain_text_keeps_its_brackets():
    (one,) = read_prompts("巧（khá）".encode(), "text").lines
    assert (one.text, one.reading) == ("巧（khá）", None)


def test_a_table_needs_its_columns_and_every_bad_row_is_named():
    assert "see name" in faults(b"id\ttext\tname\n", "tsv")[0][1]
    table = "id\ttext\treading\na1\t好。\t\n\t好。\t\na2\t\t\na3\t好。\tx\ty\na1\t毋好。\t\n"
    assert faults(table.encode(), "tsv") == [
        (3, "has no id"),
        (4, "has no text"),
        (5, "has 4 columns, the head has 3"),
        (6, "id a1 stands for another text in line 2"),
    ]


def test_quotation_marks_belong_to_the_sentence():
    (one,) = read_prompts('id\ttext\na1\t"好"\n'.encode(), "tsv").lines
    assert (one.text, one.reading) == ('"好"', None)


def test_bytes_that_are_no_text_are_named_by_line_and_byte():
    found = read_prompts("\ufeff好。\n".encode() + b"ab\xff\n" + "毋\0\n".encode() + b"a" * 20_001, "text")
    assert [one.number for one in found.faults] == [2, 3, 4]
    assert found.faults[0].why == "is not UTF-8 (byte 3)"
    assert [(one.kind, one.after) for one in found.lines[0].changes] == [("byte-order-mark", "")]


@given(st.text(alphabet="巧𬦰（）()kháa\u0301 -，\n\t\r\0", max_size=60))
def test_every_line_is_a_prompt_a_repeat_a_fault_or_blank_and_what_is_left_is_composed(text):
    found = read_prompts(text.encode(), "common-voice")
    numbers = [one.number for one in (*found.lines, *found.repeats, *found.faults)]
    full = [n for n, line in enumerate(text.split("\n"), start=1) if line.strip()]
    assert sorted(numbers) == full
    assert all(unicodedata.is_normalized("NFC", one.text) for one in found.lines)
    assert all(not set("（）()") & set(one.text) for one in found.lines)


@pytest.mark.parametrize(
    "licence", ["CC-BY-ND-3.0", "CC BY-ND 3.0 TW", "cc_by_nd", "CC BY-NC-ND 4.0", "no derivatives"]
)
def test_texts_that_allow_no_changes_can_be_no_prompts(licence):
    with pytest.raises(SittingError) as refused:
        require_usable_licence(licence)
    assert (refused.value.code, refused.value.facts["field"]) == ("prompt.form", "licence")


@pytest.mark.parametrize("licence", ["CC0-1.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Brand text by Linda"])
def test_other_licences_are_taken(licence):
    require_usable_licence(licence)
