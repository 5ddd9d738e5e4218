"""What safe fixes promise, on hostile text."""

# ruff: noqa: RUF001 - hostile text looks alike on purpose

import unicodedata

import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from speechcorpus.domain.transcript import CheckContext, SpeakerRate, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.check import FINDERS, REPAIRERS, hits_on
from speechcorpus.transcribe.fix import ORDER, Asked, check_and_fix
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.precedence import NOTES, PRECEDENCE
from speechcorpus.transcribe.rule_scope import rules_of
from speechcorpus.workflows.rule_tables import rule_tables
from tests.examples import many

TABLES = rule_tables()
HOSTILE = [
    *"我好𪜶𠢕〇，。？！、；：,.?!｡﹐﹖﹗．「」（）…—─～·-'%+/: \t\n\r\u3000\u00a0\u2003\u2028",
    *"\u200b\u200d\u200e\ufeff\u00ad\u0000\u202e\ufe0f\u3164\u115f\u1160\U000e0020",
    *"abOoâ\u0302\u0301\u030d\u0304\u0358\u0323ⁿ한\u1112\u1161\u11ab\u212b\u037e\u2329",
    *"0123９①Ⅳ½²٣们这发钟个床后类\uf967\uf98b\ufa0e\ufa6e\U0002f800\U0002f874\U0002f81b",
    *"\U0001f469\U0001f467\u2764○ㄧの\ue701\ufffd★\U0001f3fb\U0001f1f9\u20e3",
    *"\u2f00\u2fb1\u2e80\u2ea0\uf8ff\ue35cＡｂＸxXㄅㄚㄟー◯ハがО〸〹一二万八裏説嘸脣甲恩阿厚",
    *"<>＜＞;#*（）[]【】=≠\u0338^|`´ˊä½\u0088â€™…錕锟斤拷国觀",
]
NOTES_AND_WORDS = ["（笑）", "[noise]", "<b>", "</b>", "&amp;", "&ａmp;", "甲：", "00:12", "XX", "○○", "***"]
NOTES_AND_WORDS += [
    "（khá）",
    "代志",
    "沒有",
    "OK",
    "a.t.m",
    "tai5-uan5",
    "tâi－uân",
    "５０％",
    "https://a.tw/?x=1",
]
pieces = st.one_of(
    st.sampled_from(HOSTILE), st.sampled_from("我好，。？！,.?! "), st.sampled_from(NOTES_AND_WORDS)
)
texts = st.lists(pieces, max_size=16).map("".join)
profiles = st.sampled_from(
    [
        TranscriptProfile(variety="nan-TW"),
        TranscriptProfile(variety="nan-CN", script="Hans"),
        TranscriptProfile(variety="cmn-TW", marks="，。？！、；：", kind="spontaneous"),
        TranscriptProfile(variety="nan-TW", orthography="tailo"),
        TranscriptProfile(variety="nan-TW", orthography="hanlo"),
    ]
)


def script_form(char, profile):
    """A character after the one-to-one rows of the script tables and the variants, as far as they go."""
    applies = rules_of(profile)
    while True:
        forms = ()
        if "HAN-SIMP" in applies:
            forms = TABLES.traditional_forms(char, profile)
        elif "HAN-TRAD" in applies:
            forms = TABLES.simplified_forms(char, profile)
        if not forms and "HAN-VAR" in applies and char in TABLES.variants and TABLES.variants[char].safe:
            forms = (TABLES.variants[char].written,)
        if len(forms) != 1:
            return char
        char = forms[0]


def glyph_form(char):
    """A character after the one-to-one tables that look at no neighbour."""
    row = TABLES.radicals.get(char)
    char = TABLES.private_use.get(char, row.written if row and row.safe else char)
    return unicodedata.normalize("NFC", char) if "\uf900" <= char <= "\U0002fa1f" else char


def han_after_the_published_tables(text, profile, violations):
    """The Han sequence after K, the published tables: within a note only the script changes."""
    in_note = {i for v in violations if v.rule in NOTES for i in range(v.start, v.end)}
    alike = {v.start: v.replacement for v in violations if v.rule == "UNI-CONFUS" and v.fix == "safe"}
    kept = []
    for index, char in enumerate(text):
        glyph = alike.get(index) or glyph_form(char)
        written = script_form(glyph, profile)
        kept.append(char if index in in_note and written == glyph else written)
    return regex.findall(r"\p{Han}", "".join(kept))


@settings(max_examples=many(2500), deadline=None)
@given(text=texts, profile=profiles)
def test_safe_fixes_repair_all_they_can_and_change_no_speech(text, profile):
    fixed = safe_fix(text, profile, TABLES)
    before, after = check(text, profile, TABLES), check(fixed.text, profile, TABLES)
    assert safe_fix(fixed.text, profile, TABLES).text == fixed.text  # idempotent
    assert not [v for v in after if v.fix == "safe"]  # done
    errors_before = {v.rule for v in before if v.severity == "error"}
    assert {v.rule for v in after if v.severity == "error"} <= errors_before  # no surprise
    kept = han_after_the_published_tables(text, profile, before)
    assert regex.findall(r"\p{Han}", fixed.text) == kept  # speech
    if not [v for v in before if v.fix == "safe"]:
        assert fixed.text == text  # quiet
        assert fixed.edits == ()


@settings(max_examples=many(1000), deadline=None)
@given(text=texts, profile=profiles)
def test_a_look_alike_is_read_only_as_its_row_says(text, profile):
    for v in check(text, profile, TABLES):
        if v.rule == "UNI-CONFUS":
            char = unicodedata.normalize("NFKC", v.found) if "Ａ" <= v.found <= "ｚ" else v.found
            assert v.replacement == TABLES.look_alikes[char].written
            assert v.fix == "ask" or TABLES.look_alikes[char].safe


@settings(max_examples=many(1000), deadline=None)
@given(text=texts, profile=profiles)
def test_two_ranked_rules_never_speak_of_one_place(text, profile):
    places = [i for v in check(text, profile, TABLES) if v.rule in PRECEDENCE for i in range(v.start, v.end)]
    assert len(places) == len(set(places))


def test_no_code_point_becomes_an_error_that_it_was_not():
    """Every code point that NFC or a table changes, beside a Han character and alone."""
    changed = [char for char in map(chr, range(0x110000)) if unicodedata.normalize("NFC", char) != char]
    marked = [f"{char}{mark}" for char in "<>=≤∈がハO1，" for mark in "\u0338\u3099\u0301"]
    for profile in (TranscriptProfile(variety="nan-TW"), TranscriptProfile(variety="nan-TW", script="Hans")):
        for text in [*changed, *marked, *TABLES.radicals, *TABLES.private_use, *TABLES.look_alikes]:
            before = {v.rule for v in check(f"好{text}", profile, TABLES) if v.severity == "error"}
            fixed = safe_fix(f"好{text}", profile, TABLES).text
            after = {v.rule for v in check(fixed, profile, TABLES) if v.severity == "error"}
            assert after <= before, (text, before, after)


@settings(max_examples=many(500), deadline=None)
@given(text=texts, profile=profiles.filter(lambda profile: profile.orthography == "hanji"))
def test_latin_letters_and_figures_survive_every_safe_fix(text, profile):
    def spoken(written):
        visible = regex.sub(r"\p{Default_Ignorable_Code_Point}|[\0-\x08\x80-\x84\x86-\x9f]", "", written)
        narrow = regex.sub("[Ａ-Ｚａ-ｚ]", lambda found: chr(ord(found[0]) - 0xFEE0), visible)
        composed = unicodedata.normalize("NFC", narrow)
        return regex.findall(r"[[\p{Latin}\p{N}]--\p{Han}][\u0300-\u036f]*", composed, regex.V1)

    assert spoken(safe_fix(text, profile, TABLES).text) == spoken(text)


@settings(max_examples=many(500), deadline=None)
@given(text=texts, profile=profiles)
def test_replaying_the_edits_gives_the_fixed_text(text, profile):
    fixed = safe_fix(text, profile, TABLES)
    replayed = text
    for edit in fixed.edits:
        assert replayed[edit.start : edit.end] == edit.found
        replayed = replayed[: edit.start] + edit.replacement + replayed[edit.end :]
    assert replayed == fixed.text


@settings(max_examples=many(500), deadline=None)
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


KNOWING = CheckContext(
    sentence_prompt=True,
    prompt_text="我好",
    duration_s=40.0,
    voiced_s=61.0,
    speaker_rate=SpeakerRate(median=4.0, mad=0.1, clips=30),
    other_texts={"a": "我好我好"},
)


@settings(max_examples=many(1000), deadline=None)
@given(text=texts, profile=profiles)
def test_one_reading_says_what_checking_and_fixing_say(text, profile):
    both = check_and_fix(text, profile, TABLES, KNOWING)
    assert both == (check(text, profile, TABLES, KNOWING), safe_fix(text, profile, TABLES))


@settings(max_examples=many(1000), deadline=None)
@given(text=texts, profile=profiles)
def test_rules_that_only_remark_mend_nothing_and_claim_no_place(text, profile):
    page = Page(text=text, profile=profile, tables=TABLES, context=KNOWING)
    remarks = [hit for find in FINDERS if find not in REPAIRERS for hit in find(page)]
    assert all(hit.fix != "safe" and hit.rule not in PRECEDENCE for hit in remarks)


@settings(max_examples=many(2500), deadline=None)
@given(text=texts, profile=profiles)
def test_a_step_learns_from_those_it_asks_what_all_would_say(text, profile):
    page = Page(text=text, profile=profile, tables=TABLES, context=CheckContext())
    everything, asked = hits_on(page), Asked(page)
    for step in ORDER:
        wanted = [places(hit) for hit in everything if hit.rule in step.rules and hit.fix == "safe"]
        assert [places(hit) for hit in asked.safe(step.finders) if hit.rule in step.rules] == wanted


def places(hit):
    """All of a hit that a repair reads: how serious it is may depend on rules that a step does not ask."""
    return hit.rule, hit.start, hit.end, hit.in_text, hit.candidates
