"""The words proposed for a sign are words that the rules let stand."""

import pytest

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.characters import NUMBER_SIGNS
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
TAIGI = TranscriptProfile(variety="nan-TW")
PROFILES = [
    TranscriptProfile(variety=variety, script=script, orthography=orthography)
    for variety, orthography in (
        ("nan-TW", "hanji"),
        ("nan-TW", "hanlo"),
        ("nan-CN", "hanji"),
        ("cmn-TW", "hanji"),
    )
    for script in ("Hant", "Hans")
]


@pytest.mark.parametrize("profile", PROFILES, ids=lambda p: f"{p.variety} {p.script} {p.orthography}")
@pytest.mark.parametrize("sign", NUMBER_SIGNS)
def test_what_is_proposed_for_a_sign_raises_nothing(sign, profile):
    for before, after in (("有五十", "人"), ("有", "五十人"), ("人", "人")):
        found = [v for v in check(before + sign + after, profile, TABLES) if v.rule == "NUM-SYM"]
        assert len(found) == 1, (before, sign, after)
        for words in found[0].candidates:
            text = before + sign + after
            written = text[: found[0].start] + words + text[found[0].end :]
            assert check(written, profile, TABLES) == (), written


def test_a_sign_before_figures_is_left_to_the_listener():
    found = {v.rule: v.candidates for v in check("$50", PROFILES[0], TABLES)}
    assert found["NUM-SYM"] == ()


def test_in_latin_letters_no_words_are_proposed():
    profile = TranscriptProfile(variety="nan-TW", orthography="tailo")
    assert [(v.rule, v.candidates) for v in check("tsi̍t % lâng", profile, TABLES)] == [("NUM-SYM", ())]


def test_a_look_alike_beside_a_sign_is_not_taken_for_its_number():
    text = "錕裏〸 %"
    before = {v.rule for v in check(text, TAIGI, TABLES) if v.severity == "error"}
    fixed = safe_fix(text, TAIGI, TABLES).text
    assert {v.rule for v in check(fixed, TAIGI, TABLES) if v.severity == "error"} <= before
