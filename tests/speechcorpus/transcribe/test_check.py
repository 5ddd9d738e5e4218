"""How a check behaves as a whole: order, limits, time."""

import gc
import time

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.check import hits_on
from speechcorpus.transcribe.page import Page
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
TAIGI = TranscriptProfile(variety="nan-TW")
MANDARIN = TranscriptProfile(variety="cmn-TW")


def test_all_violations_are_reported_at_once_in_reading_order():
    found = [(v.start, v.rule) for v in check("我们有3个,「好」", MANDARIN, TABLES)]
    assert found == [
        (1, "HAN-SIMP"),
        (3, "NUM-DIGIT"),
        (4, "WRD-NAN"),
        (5, "PUN-HALF"),
        (6, "PUN-SET"),
        (8, "PUN-SET"),
    ]


def test_characters_outside_the_basic_plane_are_two_units_for_a_browser():
    (violation,) = check("𪜶𠢕,", TAIGI, TABLES)
    assert (violation.start, violation.end) == (2, 3)
    assert (violation.start_utf16, violation.end_utf16) == (4, 5)


def test_the_record_has_the_fields_of_the_contract_in_their_order():
    (violation,) = check("好,", TAIGI, TABLES)
    assert list(violation.to_json()) == [
        "rule", "severity", "start", "end", "start_utf16", "end_utf16", "found", "codepoints", "reason",
        "fix", "replacement", "candidates", "facts",
    ]  # fmt: skip
    assert violation.code == "transcript.pun-half"
    assert violation.reason == "The half-width mark , is written ， in Chinese text."


def test_half_a_character_is_refused():
    with pytest.raises(TranscriptError, match="half of a character stands at 1") as caught:
        check("好\ud83d", TAIGI, TABLES)
    assert caught.value.code == "transcript.surrogate"


def test_a_line_longer_than_a_segment_can_be_is_refused():
    assert {v.rule for v in check("好" * 20_000, TAIGI, TABLES)} == {"DUP-RUN", "LEN-MAX", "PUN-SPARSE"}
    for call in (check, safe_fix):
        with pytest.raises(TranscriptError, match="20001 characters are more than") as caught:
            call("好" * 20_001, TAIGI, TABLES)
        assert caught.value.facts == {"length": 20_001, "limit": 20_000}


def test_marks_that_a_project_permits_are_not_reported():
    profile = TranscriptProfile(variety="cmn-TW", marks="，。？！、")
    assert check("蘋果、香蕉。", profile, TABLES) == ()
    assert [v.rule for v in check("蘋果；香蕉。", profile, TABLES)] == ["PUN-SET"]


def seconds(text):
    """Processor time of all rules without the garbage collector, beyond the limit of `check`."""
    page = Page(text=text, profile=TAIGI, tables=TABLES, context=CheckContext())
    gc.disable()
    started = time.process_time()
    for hit in hits_on(page):
        page.place(hit)
    taken = time.process_time() - started
    gc.enable()
    return taken


PIECES = [
    *[
        "好",
        "，",
        ",",
        " ",
        "「",
        "1",
        "\u200b",
        "\u0301",
        "们",
        "a",
        "-",
        "\uf967",
        ".",
        "○",
        "ㄧ",
        "ㄧ ",
        "（",
    ],
    *["<", "<b", "&", "&a", "X", "*", "*a", "[a", "A:", "0:", "恩，", "嘸", "⼀", "\ue701", "e\u0301", "ä½"],
    "\U0001f469\u200d",
]


@pytest.mark.parametrize("piece", PIECES)
def test_ten_times_the_text_never_takes_a_hundred_times_as_long(piece):
    """Growth in proportion gives 10, backtracking 100; on a busy machine the best of five rounds counts."""
    text = "好" + piece * 30_000
    ratios = (seconds(text[:30_000]) / max(seconds(text[:3_000]), 0.0005) for _ in range(5))
    assert any(ratio <= 40 for ratio in ratios)


def test_a_warning_that_takes_the_place_of_an_error_is_an_error():
    (violation,) = check("ㄟ，我毋知。", TAIGI, TABLES)
    assert (violation.rule, violation.severity) == ("VRB-FILL", "error")
    (violation,) = check("恩，我毋知。", TAIGI, TABLES)
    assert (violation.rule, violation.severity) == ("VRB-FILL", "warning")


def test_what_nobody_spoke_is_reported_as_a_whole():
    for text, rules in {
        "好（ㄎㄚ,  2、！！）。": ["ANN-PAREN"],
        "<a href='x,y'>好": ["MRK-HTML"],
        "&#123;好": ["MRK-HTML"],
        "王○○來": ["ANN-MASK"],
        "甲： 00:12好": ["ANN-SPK"],
        "\uff2c\ue701": ["UNI-FULLW", "UNI-PUA"],
        "好（）": ["ANN-PAREN"],
    }.items():
        assert [v.rule for v in check(text, TAIGI, TABLES)] == rules, text


def test_a_segment_is_split_behind_the_mark_in_its_middle():
    (violation,) = check("好人" * 15 + "，好人。", TAIGI, TABLES, CheckContext(duration_s=31))
    assert violation.rule == "LEN-MAX"
    assert violation.facts == {"measured": "31.0 s", "limit": "30 s", "split_at": "31"}
