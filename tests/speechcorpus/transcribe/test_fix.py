"""What safe fixes promise, on hostile text."""

# ruff: noqa: RUF001 - hostile text looks alike on purpose

import unicodedata

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
HOSTILE = [
    *"我好𪜶𠢕〇，。？！、；：,.?!｡﹐﹖﹗．「」（）…—─～·-'%+/: \t\n\r\u3000\u00a0\u2003\u2028",
    *"\u200b\u200d\u200e\ufeff\u00ad\u0000\u202e\ufe0f\u3164\u115f\u1160\U000e0020",
    *"abOoâ\u0302\u0301\u030d\u0304\u0358\u0323ⁿ한\u1112\u1161\u11ab\u212b\u037e\u2329",
    *"0123９①Ⅳ½²٣们这发钟个床后类\uf967\uf98b\ufa0e\ufa6e\U0002f800\U0002f874\U0002f81b",
    *"\U0001f469\U0001f467\u2764○ㄧの\ue701\ufffd★",
]
texts = st.text(
    alphabet=st.one_of(st.sampled_from(HOSTILE), st.sampled_from("我好，。？！,.?! ")), max_size=24
)
profiles = st.sampled_from(
    [
        TranscriptProfile(variety="nan-TW"),
        TranscriptProfile(variety="nan-CN", script="Hans"),
        TranscriptProfile(variety="cmn-TW", marks="，。？！、；：", kind="spontaneous"),
        TranscriptProfile(variety="nan-TW", orthography="tailo"),
        TranscriptProfile(variety="nan-TW", orthography="hanlo"),
    ]
)


def han_after_the_published_tables(text, profile):
    """The Han sequence with only the one-to-one tables applied: compatibility copies, then script."""
    visible = "".join(unicodedata.normalize("NFC", char) for char in text)
    forms = {char: TABLES.traditional_forms(char, profile) for char in set(visible)}
    if profile.script == "Hant" and profile.has_han:
        visible = "".join(forms[char][0] if len(forms[char]) == 1 else char for char in visible)
    return regex.findall(r"\p{Han}", visible)


@settings(max_examples=1500, deadline=None)
@given(text=texts, profile=profiles)
def test_safe_fixes_repair_all_they_can_and_change_no_speech(text, profile):
    fixed = safe_fix(text, profile, TABLES)
    before, after = check(text, profile, TABLES), check(fixed.text, profile, TABLES)
    assert safe_fix(fixed.text, profile, TABLES).text == fixed.text  # idempotent
    assert not [v for v in after if v.fix == "safe"]  # done
    errors_before = {v.rule for v in before if v.severity == "error"}
    assert {v.rule for v in after if v.severity == "error"} <= errors_before  # no surprise
    assert regex.findall(r"\p{Han}", fixed.text) == han_after_the_published_tables(text, profile)  # speech
    if not [v for v in before if v.fix == "safe"]:
        assert fixed.text == text  # quiet
        assert fixed.edits == ()


@settings(max_examples=500, deadline=None)
@given(text=texts, profile=profiles)
def test_latin_letters_and_figures_survive_every_safe_fix(text, profile):
    def spoken(written):
        composed = unicodedata.normalize(
            "NFC", regex.sub(r"\p{Default_Ignorable_Code_Point}|[\0-\x08]", "", written)
        )
        return regex.findall(r"[[\p{Latin}\p{N}]--\p{Han}][\u0300-\u036f]*", composed, regex.V1)

    assert spoken(safe_fix(text, profile, TABLES).text) == spoken(text)


@settings(max_examples=500, deadline=None)
@given(text=texts, profile=profiles)
def test_replaying_the_edits_gives_the_fixed_text(text, profile):
    fixed = safe_fix(text, profile, TABLES)
    replayed = text
    for edit in fixed.edits:
        assert replayed[edit.start : edit.end] == edit.found
        replayed = replayed[: edit.start] + edit.replacement + replayed[edit.end :]
    assert replayed == fixed.text


@settings(max_examples=500, deadline=None)
@given(text=texts, profile=profiles)
def test_spans_name_what_was_found_also_for_a_browser(text, profile):
    in_utf16 = text.encode("utf-16-le")
    violations = check(text, profile, TABLES)
    for v in violations:
        assert text[v.start : v.end] == v.found
        assert in_utf16[2 * v.start_utf16 : 2 * v.end_utf16].decode("utf-16-le") == v.found
    assert list(violations) == sorted(violations, key=lambda v: (v.start, v.severity, v.rule))


def test_every_letter_that_composes_is_composed():
    profile = TranscriptProfile(variety="nan-TW")
    for char in map(chr, range(0x110000)):
        parts = unicodedata.normalize("NFD", char) if not "\ud800" <= char <= "\udfff" else char
        if parts != char and unicodedata.is_normalized("NFC", char):
            text = f"好{parts}好"
            assert safe_fix(text, profile, TABLES).text == f"好{char}好"


def test_fixing_line_by_line_is_fixing_the_list():
    profile = TranscriptProfile(variety="cmn-TW")
    lines = [" 我们,走。", "", "好？ ？", "，", "OK  yes"]
    whole = [safe_fix(line, profile, TABLES).text for line in lines]
    assert whole == ["我們，走。", "", "好？", "", "OK yes"]
    assert [safe_fix(line, profile, TABLES).text for line in reversed(lines)] == whole[::-1]
