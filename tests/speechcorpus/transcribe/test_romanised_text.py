"""What safe fixes and checks promise on hostile romanised text, in every orthography."""

# ruff: noqa: RUF001 - hostile text looks alike on purpose

import csv
import subprocess
import sys
import unicodedata
from dataclasses import replace

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.transcribe.digits import TONE_FIGURE
from speechcorpus.transcribe.precedence import PRECEDENCE
from speechcorpus.transcribe.reading_tier import check_reading
from speechcorpus.transcribe.romanisation import TONE_SIGNS
from speechcorpus.transcribe.scoring_tokens import syllables
from speechcorpus.workflows.rule_tables import rule_tables
from tests.examples import many

TABLES = rule_tables()
WRITTEN = """
    tai5 uan5 tsi̍t tit kap8 kap5 tái gua2 góa goá choa̍h chhia CHHIA5 ho͘ hō͘ oo hoo7 iann iⁿ tsiâⁿ ts ng m̄ m7
    n̂g hm Tâi A1 A5 seng5 séng eng oe ue ek ik hehⁿ a e i o u OK ok atm Facebook boat chip café MP3 xyz beh
    kap tsi't tsiˈt khaˊ lòoˋ ta'i5 don't ｔａｉ５ Ｏ a.t.m O.K. a-t-m e-mail XX
"""
SIGNS = "- -- --- ‐ ‑ – — ― － ' ’ ˈ ˊ ˋ . , ? ！ 。 ， % ％ $ ℃ ＋ & @ / # 1 5 9 ５ ⑤ ² ( ) * : ："
SYLLABLES = [*WRITTEN.split(), "-", " "]
PIECES = [
    *SYLLABLES,
    *(unicodedata.normalize("NFD", written) for written in ("tâi", "tsi̍t", "hō͘", "chăn", "ế")),
    *SIGNS.split(),
    *["我.", "。，", "（khá）", "[noise]", "<b>", "&amp;", "甲：", "○○", "ㄟ", "\ue701", "\u2f00", "â\u0080"],
    *"abghiknopstuONXⁿᴺﬁßſK",
    *"\u0301\u0302\u030d\u0304\u0306\u030b\u0358\u0323\u200b\ufe0f\u00ad \u3000\t",
    *"我好五十一们发のㄧ○\u0431",
]
texts = st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(SYLLABLES)), max_size=9).map("".join)
profiles = st.sampled_from(
    [
        TranscriptProfile(variety="nan-TW", orthography=orthography, latin=latin)
        for orthography in ("tailo", "poj", "hanlo", "hanji")
        for latin in ("allow", "forbid")
    ]
    + [TranscriptProfile(variety="cmn-TW", script="Hans"), TranscriptProfile(variety="cmn-TW")]
)


def read_aloud(text, violations):
    """The syllables of a text, each sign that was typed for a tone mark read as that mark."""
    chars = list(text)
    for v in violations:
        if v.rule == "TL-MARK":
            for index in range(v.start, v.end):
                chars[index] = TONE_SIGNS.get(chars[index], chars[index])
    visible = regex.sub(
        r"[\p{Default_Ignorable_Code_Point}\p{Cc}--[\t\n]]", "", "".join(chars), flags=regex.V1
    )
    narrow = regex.sub("[Ａ-Ｚａ-ｚ０-９]", lambda found: chr(ord(found[0]) - 0xFEE0), visible)
    latin = regex.findall(
        rf"\p{{Latin}}[\p{{Latin}}\p{{M}}]*(?:{TONE_FIGURE})?", unicodedata.normalize("NFC", narrow)
    )
    return [syllable for word in latin for syllable in syllables(word.lower().replace("hⁿ", "ⁿh"))]


TAILO = TranscriptProfile(variety="nan-TW", orthography="tailo")
MIXED = TranscriptProfile(variety="nan-TW", orthography="hanlo")


@settings(max_examples=many(1500), deadline=None)
@given(text=texts, profile=profiles)
@example(text="chhia1ˈ", profile=TAILO)
@example(text="tai1'x", profile=TAILO)
@example(text="â1\u0301", profile=TAILO)
@example(text="ta't-chat", profile=MIXED)
@example(text="我.a.t.m", profile=TranscriptProfile(variety="nan-TW"))
@example(text="a-t-muan5", profile=replace(MIXED, latin="forbid"))
@example(text="oo‐ts", profile=replace(MIXED, latin="forbid"))
@example(text="A‐O‐M", profile=replace(MIXED, latin="forbid"))
@example(text="a―—t", profile=replace(MIXED, latin="forbid"))
def test_safe_fixes_repair_all_they_can_and_keep_every_syllable(text, profile):
    before, fixed = check(text, profile, TABLES), safe_fix(text, profile, TABLES)
    after = check(fixed.text, profile, TABLES)
    assert safe_fix(fixed.text, profile, TABLES).text == fixed.text  # idempotent
    assert not [v for v in after if v.fix == "safe"]  # done
    errors_before = {v.rule for v in before if v.severity == "error"}
    assert {v.rule for v in after if v.severity == "error"} <= errors_before  # no surprise
    assert read_aloud(fixed.text, ()) == read_aloud(text, before)  # syllables
    assert len(regex.findall(r"\p{Han}", fixed.text)) >= len(regex.findall(r"\p{Han}", text))  # speech
    if not [v for v in before if v.fix == "safe"]:
        assert fixed.text == text  # quiet


@settings(max_examples=many(700), deadline=None)
@given(text=texts, profile=profiles)
def test_spans_and_edits_agree_with_the_text(text, profile):
    replayed = text
    for edit in safe_fix(text, profile, TABLES).edits:
        assert replayed[edit.start : edit.end] == edit.found
        replayed = replayed[: edit.start] + edit.replacement + replayed[edit.end :]
    assert replayed == safe_fix(text, profile, TABLES).text
    in_utf16, places = text.encode("utf-16-le"), []
    for v in check(text, profile, TABLES):
        assert text[v.start : v.end] == v.found
        assert in_utf16[2 * v.start_utf16 : 2 * v.end_utf16].decode("utf-16-le") == v.found
        places += range(v.start, v.end) if v.rule in PRECEDENCE else ()
    assert len(places) == len(set(places))  # one place, one rule


@example(text="tai5goá²²")
@settings(max_examples=many(500), deadline=None)
@given(text=texts)
def test_no_figure_behind_a_letter_is_overlooked(text):
    for orthography in ("tailo", "poj", "hanlo"):
        profile = TranscriptProfile(variety="nan-TW", orthography=orthography)
        claimed = {i for v in check(text, profile, TABLES) for i in range(v.start, v.end)}
        assert {found.start() for found in regex.finditer("[0-9０-９⑤²]", text)} <= claimed


@pytest.mark.parametrize("orthography", ["tailo", "poj", "hanlo", "hanji"])
def test_a_text_as_long_as_a_transcript_can_be_is_checked_without_trouble(orthography):
    profile = TranscriptProfile(variety="nan-TW", orthography=orthography)
    for piece in (
        "a",
        "a5",
        "a-",
        "-",
        "a'",
        "aˊ",
        "‐",
        "a\u0301",
        "tai5-",
        "a.",
        "%",
        "五",
        "5%",
        "ch",
        "ｔ",
    ):
        text = (piece * 20_000)[:20_000]
        assert safe_fix(text, profile, TABLES).text or orthography


def rules(text, **settings):
    return [v.rule for v in check(text, TranscriptProfile(variety="nan-TW", **settings), TABLES)]


def test_a_word_that_shows_no_tone_may_be_foreign():
    assert rules("坐boat", orthography="hanlo") == []
    assert rules("ta't-boat", orthography="hanlo") == ["TL-MARK", "TL-POJ"]
    assert rules("Joe ū ATM", orthography="tailo") == []
    assert rules("joe ū atm", orthography="tailo") == ["TL-POJ", "TL-SYL"]
    assert rules("Joe ū ATM", orthography="tailo", latin="forbid") == ["TL-POJ", "TL-SYL"]
    assert rules("我boat tâi", orthography="hanlo", latin="forbid") == []  # boat is a syllable of POJ
    assert rules("我Facebook", orthography="hanlo", latin="forbid") == ["LAT-FORM"]


def test_stops_within_an_initialism_are_one_question():
    found = [
        (v.rule, v.severity, v.found)
        for v in check("去a.t.m，a-t-m。", TranscriptProfile(variety="cmn-TW"), TABLES)
    ]
    assert found == [("LAT-FORM", "error", "a.t.m"), ("LAT-FORM", "warning", "a-t-m")]


def test_text_without_latin_letters_never_loads_the_converter():
    script = (
        "import sys; from speechcorpus.transcribe import check\n"
        "from speechcorpus.domain.transcript import TranscriptProfile\n"
        "from speechcorpus.workflows.rule_tables import rule_tables\n"
        "for kind in ('hanji', 'tailo'):\n"
        "    check('𪜶來，五十%。', TranscriptProfile(variety='nan-TW', orthography=kind), rule_tables())\n"
        "sys.exit('kesi' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_the_reading_of_a_text_is_judged_by_its_spelling_alone():
    profile = TranscriptProfile(variety="nan-TW", script="Hant", reading_tier="optional")
    (violation,) = check_reading("Guá  hùe, (lâi). ", profile, TABLES)
    assert (violation.rule, violation.found, violation.replacement) == ("TL-MARK", "hùe", "huè")
    assert check_reading("天 hùe 矣", profile, TABLES) == ()
    assert check_reading("hùe", TranscriptProfile(variety="cmn-TW"), TABLES) == ()


def test_a_text_beside_its_reading_is_not_read_as_romanised():
    profile = TranscriptProfile(variety="nan-TW", reading_tier="required")
    assert [v.rule for v in check("我hùe", profile, TABLES, CheckContext(reading="Guá huè"))] == ["LAT-TL"]


@pytest.fixture(scope="module")
def readings(shared):
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        return [(row["例句"], row["例句標音"]) for row in csv.DictReader(file)]


def test_of_the_published_readings_only_the_four_slips_are_found(readings):
    profile = TranscriptProfile(variety="nan-TW")
    found = [(v.rule, v.found) for _, reading in readings for v in check_reading(reading, profile, TABLES)]
    assert sorted(found) == [("TL-MARK", "hoō"), ("TL-MARK", "hùe"), ("TL-SYL", "ts"), ("TL-SYL", "tsóg")]


def test_published_texts_are_as_long_as_their_readings(readings):
    profile = TranscriptProfile(variety="nan-TW", reading_tier="required")
    unaligned = [
        text
        for text, reading in readings
        if "TL-ALIGN" in {v.rule for v in check(text, profile, TABLES, CheckContext(reading=reading))}
    ]
    assert 1 <= len(unaligned) <= 0.0017 * len(readings)


def test_tone_digits_of_published_news_become_marks(shared):
    path = shared / "text_real" / "icorpus_every32.tsv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    profile = TranscriptProfile(variety="nan-TW", orthography="tailo")
    lines = [line.split("\t")[3] for line in path.read_text(encoding="utf-8").splitlines()[1:501]]
    for line in lines:
        fixed = safe_fix(line, profile, TABLES).text
        assert not [v for v in check(fixed, profile, TABLES) if v.rule == "TL-NUM"]
        assert syllables(fixed) == syllables(line)
