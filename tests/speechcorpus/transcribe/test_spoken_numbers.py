"""Numbers as people say them: quantities can be read back, figures keep their syllables."""

import csv
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check
from speechcorpus.transcribe.number_words import cardinal
from speechcorpus.transcribe.spoken_numbers import MOST_CANDIDATES, spoken_numbers
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
MANDARIN, TAIGI = TranscriptProfile(variety="cmn-TW"), TranscriptProfile(variety="nan-TW")
FOLDER = Path(__file__).parents[2] / "golden" / "numbers"
ROUND = sorted(
    {n for k in range(16) for n in (10**k - 1, 10**k, 10**k + 1, 2 * 10**k, 15 * 10**k)} - {15 * 10**15}
)
VALUES = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"兩": 2, "二": 2, "空": 0}


def number_of(words):
    """Read a cardinal back: an independent reading, by units, that needs no zeros."""
    total = section = digit = 0
    for char in words:
        if char in VALUES:
            digit = VALUES[char]
        elif char in "十百千":
            section += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
        else:
            total += (section + digit) * {"萬": 10**4, "億": 10**8, "兆": 10**12}[char]
            section = digit = 0
    return total + section + digit


@pytest.mark.parametrize("profile", [MANDARIN, TAIGI], ids=lambda profile: profile.variety)
def test_a_quantity_can_be_read_back_and_figures_keep_their_syllables(profile):
    for number in [*range(10_001), *ROUND]:
        candidates = spoken_numbers(str(number), "", "", profile)
        kinds = {candidate.reading for candidate in candidates}
        assert "cardinal" in kinds, number
        assert len({c.text for c in candidates}) == len(candidates) <= MOST_CANDIDATES
        for candidate in candidates:
            if candidate.reading == "cardinal":
                assert number_of(candidate.text) == number
            if candidate.reading == "digits":
                assert len(candidate.text) == len(str(number))


@given(number=st.integers(0, 10**16 - 1))
def test_every_number_below_ten_quadrillion_has_a_name_of_its_own(number):
    assert number_of(cardinal(number)) == number
    assert not cardinal(number).startswith("一十")
    assert "零零" not in cardinal(number)


@pytest.mark.parametrize("profile", [MANDARIN, TAIGI], ids=lambda profile: profile.variety)
def test_spoken_numbers_agree_with_the_hand_written_table(profile):
    with (FOLDER / f"{profile.variety}.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(rows) >= 60
    for row in rows:
        texts = [c.text for c in spoken_numbers(row["token"], row["left"], row["right"], profile)]
        assert texts[0] == row["first"], row
        assert set(row["also"].split()) <= set(texts), row


@pytest.mark.parametrize("token", ["105", "1050", "1005", "100", "10500000", "1500000"])
def test_only_a_last_figure_directly_below_another_drops_its_unit(token):
    for profile in (MANDARIN, TAIGI):
        assert "colloquial" not in {c.reading for c in spoken_numbers(token, "", "", profile)}


@pytest.mark.parametrize(
    "token",
    [
        *["", "Ⅳ", "①", "½", "1.2.3", "25:00", "3:60", "1,00", "00:", "13/1", "0/5", "٣", "1" * 41],
        *["+", "++1", "+-1", "+3:30", "+2026/3/5", "+13/1", "1+1", "+" + "1" * 41],
    ],
)
def test_a_form_we_cannot_read_has_no_candidate(token):
    assert spoken_numbers(token, "", "", MANDARIN) == ()


@given(
    token=st.one_of(
        st.integers(0, 10**17).map(str),
        st.from_regex(r"[0-9]{1,4}(\.[0-9]{1,2})?%?", fullmatch=True),
        st.sampled_from(["1,200", "7/40", "0912345678"]),
    ),
    right=st.sampled_from(["", "个", "年", "樓", "點", "萬"]),
    profile=st.sampled_from([MANDARIN, TAIGI]),
    plus=st.sampled_from("+＋"),
)
def test_a_plus_is_said_before_every_way_of_speaking_the_number(token, right, profile, plus):
    without = spoken_numbers(token, "", right, profile)
    assert [(f"加{c.text}", c.reading) for c in without] == [
        (c.text, c.reading) for c in spoken_numbers(plus + token, "第", right, profile)
    ]
    assert without or "%" in token or "." in token


def test_a_number_too_long_for_a_name_is_read_figure_by_figure():
    readings = {c.reading for c in spoken_numbers("1" * 17, "", "", MANDARIN)}
    assert readings == {"digits"}
    assert spoken_numbers("1,000,000,000,000,000,000", "", "", MANDARIN) == ()


def test_contracted_twenties_are_taigi_only():
    assert "廿八" in {c.text for c in spoken_numbers("28", "", "", TAIGI)}
    assert not {"廿八", "卅"} & {c.text for n in (28, 30) for c in spoken_numbers(str(n), "", "", MANDARIN)}


def test_a_tier_in_latin_letters_gets_no_characters():
    assert spoken_numbers("3", "", "", TranscriptProfile(variety="nan-TW", orthography="tailo")) == ()


@example(token="100000000", right="", variety="cmn-TW", script="Hant")
@given(
    token=st.one_of(
        st.integers(0, 10**17).map(str),
        st.from_regex(r"[0-9]{1,4}[.:/][0-9]{1,3}", fullmatch=True),
        st.from_regex(r"[0-9]{1,3}(\.[0-9])?%", fullmatch=True),
        st.from_regex(r"[+＋][0-9]{1,6}((\.[0-9])?%|/[2-9])?", fullmatch=True),
    ),
    right=st.sampled_from(["", "个", "年", "樓", "點", "萬"]),
    variety=st.sampled_from(["nan-TW", "cmn-TW"]),
    script=st.sampled_from(["Hant", "Hans"]),
)
def test_every_candidate_is_a_transcript_without_violation(token, right, variety, script):
    profile = TranscriptProfile(variety=variety, script=script)
    violations = [v for v in check("有" + token + right, profile, TABLES) if v.rule == "NUM-DIGIT"]
    for candidate in violations[0].candidates:
        # seven zeros, read one by one, are a row that DUP-RUN asks to hear again
        assert {v.rule for v in check(candidate, profile, TABLES)} <= {"DUP-RUN"}
        assert script == "Hant" or not set(candidate) & set("兩萬億點號")
