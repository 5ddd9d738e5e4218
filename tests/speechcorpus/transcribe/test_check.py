"""How a check behaves as a whole: order, limits, time."""

import gc
import time

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.check import FINDERS
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
    assert check("好" * 20_000, TAIGI, TABLES)[0].rule == "PUN-SPARSE"
    for call in (check, safe_fix):
        with pytest.raises(TranscriptError, match="20001 characters are more than") as caught:
            call("好" * 20_001, TAIGI, TABLES)
        assert caught.value.facts == {"length": 20_001, "limit": 20_000}


def test_marks_that_a_project_permits_are_not_reported():
    profile = TranscriptProfile(variety="cmn-TW", marks="，。？！、")
    assert check("蘋果、香蕉。", profile, TABLES) == ()
    assert [v.rule for v in check("蘋果；香蕉。", profile, TABLES)] == ["PUN-SET"]


def seconds(length, char):
    """Processor time of all rules without the garbage collector, beyond the limit of `check`."""
    page = Page(text="好" + char * length, profile=TAIGI, tables=TABLES, context=CheckContext())
    gc.disable()
    started = time.process_time()
    for find in FINDERS:
        for hit in find(page):
            page.place(hit)
    taken = time.process_time() - started
    gc.enable()
    return taken


@pytest.mark.parametrize(
    "char", ["好", "，", ",", " ", "「", "1", "\u200b", "\u0301", "们", "a", "-", "\uf967", "."]
)
def test_ten_times_the_text_takes_at_most_twelve_times_as_long(char):
    rounds = [(seconds(100_000, char), seconds(10_000, char)) for _ in range(4)]
    longer, shorter = (min(taken) for taken in zip(*rounds, strict=True))
    assert longer <= 12 * shorter + 0.005
