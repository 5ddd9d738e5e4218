"""One place, one rule: every pair of ranked rules, and what a note silences."""

from itertools import combinations

import pytest

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.page import Hit, Page
from speechcorpus.transcribe.precedence import NOTES, PRECEDENCE, SILENT_IN_NOTES, settled, severity
from speechcorpus.transcribe.rulebook import RULES
from speechcorpus.transcribe.tables import Tables
from speechcorpus.workflows.rule_tables import rule_tables

PAGE = Page(
    text="一二三四五六七八",
    profile=TranscriptProfile(variety="nan-TW"),
    tables=Tables(version="", to_traditional={}, to_simplified={}, simplified_exempt={}),
    context=CheckContext(),
)


def hit(rule, start=2, end=4):
    return Hit(rule=rule, start=start, end=end, fix="none")


def test_the_order_is_the_published_one():
    published = "MRK-HTML > TAG-INLINE > ANN-MASK > ANN-SPK > ANN-PAREN > UNI-PUA > UNI-COMPAT > UNI-RADICAL"
    published += " > VRB-FILL > UNI-CONFUS > UNI-SCRIPT > NUM-DIGIT > NUM-SYM > PUN-HALF > PUN-SET"
    assert " > ".join(rule for rule in PRECEDENCE if rule in published.split(" > ")) == published


@pytest.mark.parametrize(("first", "second"), list(combinations(PRECEDENCE, 2)))
def test_of_two_rules_that_share_a_character_the_first_of_the_order_speaks(first, second):
    for one, other in ((hit(first), hit(second, 3, 6)), (hit(second), hit(first, 3, 6))):
        (left,) = settled(PAGE, [one, other])
        assert left.rule == first
        assert severity(PAGE, left) == min(RULES[first].severity, RULES[second].severity)  # error first


def test_rules_that_touch_both_speak():
    assert len(settled(PAGE, [hit("PUN-SET", 0, 2), hit("PUN-HALF", 2, 3)])) == 2


@pytest.mark.parametrize("rule", sorted(set(RULES) - set(PRECEDENCE)))
def test_a_note_silences_what_has_nothing_to_say_within_it(rule):
    for note in NOTES:
        kept = [found.rule for found in settled(PAGE, [hit(rule, 3, 4), hit(note)])]
        silent = rule in SILENT_IN_NOTES or (note == "UNI-MOJI" and rule.startswith("HAN-"))
        assert kept == ([note] if silent else [rule, note])
    assert len(settled(PAGE, [hit(rule), hit("UNI-SCRIPT")])) == 2


def test_garbled_text_keeps_its_form():
    taigi = TranscriptProfile(variety="nan-TW")
    assert {v.rule for v in check("锟斤拷", taigi, rule_tables())} == {"UNI-MOJI"}
    assert safe_fix("锟斤拷", taigi, rule_tables()).text == "锟斤拷"
