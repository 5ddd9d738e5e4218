"""The units of a prompt are those of its own reading; a guess is asked for only where there is none."""

import csv
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import StoreError
from speechcorpus.transcribe import scoring_tokens
from speechcorpus.transcribe.romanisation import syllable
from speechcorpus.workflows import prompt_units
from speechcorpus.workflows.prompt_units import spoken_units, syllables, taibun_estimate

INITIALS = "p ph m b t th n l k kh ng g ts tsh s j h"
FINALS = """
    a ah ap at ak ann annh am an ang e eh enn i ih ip it ik inn im in ing o oh oo ooh ok om ong onn u uh ut un
    ai ainn au auh ia iah iap iat iak iam ian iang iann io ioh iok iong iu iunn ua uah uat uan uann ue ueh
    ui uinn iau uai uainn m ng er ir
"""
SYLLABLES = st.tuples(
    st.sampled_from(["", *INITIALS.split()]), st.sampled_from(FINALS.split()), st.sampled_from("123456789")
).map(lambda parts: syllable("".join(parts)))


@given(st.lists(SYLLABLES.filter(bool), min_size=1, max_size=6), st.sampled_from([" ", "-", "--", ", "]))
def test_no_syllable_is_lost_and_every_way_to_write_it_is_one_unit(spoken, joint):
    units = tuple(normalize("NFC", one.tailo) for one in spoken)
    ways = [
        [one.written("tailo") for one in spoken],
        [one.written("poj") for one in spoken],
        [normalize("NFD", one.written("poj").capitalize()) for one in spoken],
        [one.letters + one.figure for one in spoken],
    ]
    for way in ways:
        assert syllables(joint.join(way)) == units
        assert syllables(joint.join(way)) == scoring_tokens.syllables(" ".join(way))


@pytest.mark.parametrize(
    ("reading", "units"),
    [
        ("Góa beh khì saⁿ keng chhù", "guá beh khì sann king tshù"),
        ("ho͘ er ir", "hoo er ir"),
        ("tsaí", "tsái"),
        ("lâng3", ""),
        ("tai5oan5lang5", "tâi uân lâng"),
        ("tsi't tai\u02ca don't", "tsi̍t tái"),
    ],
)
def test_poj_and_slips_of_the_pen_give_the_units_that_are_spoken(reading, units):
    assert syllables(reading) == tuple(units.split())


@pytest.mark.parametrize(
    ("digits", "marks"),
    [
        ("tai5-uan5", "tâi uân"),
        ("tsiok4 hoo2", "tsiok hóo"),
        ("kiu2 tui3 sng2 m7 hng5", "kiú tuì sńg m̄ hn̂g"),
        ("tsit8 lang5", "tsi̍t lâng"),
    ],
)
def test_a_tone_digit_and_a_tone_mark_are_one_unit(digits, marks):
    assert syllables(digits) == syllables(marks) == tuple(marks.split())


def test_case_hyphens_and_marks_do_not_make_other_units():
    assert syllables("Tsia̍h-pá--buē？") == syllables("tsia̍h pá buē")
    assert syllables("Facebook, 3 ê") == ("ê",)


def test_a_reading_that_says_only_part_counts_as_none():
    assert spoken_units("nan-TW", "伊巧", "伊 khá") is None
    guessed = spoken_units("nan-TW", "伊巧", "伊 khá", lambda text: "i khá")
    assert (guessed.units, guessed.estimated) == (("i", "khá"), True)


def test_a_whole_reading_is_never_guessed():
    def refuse(text):
        raise AssertionError(text)

    assert not spoken_units("nan-TW", "伊巧", "i khá", refuse).estimated
    assert spoken_units("cmn-TW", "好，𪜶！", None, refuse).units == ("好", "𪜶")


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(prompt_units.importlib.util, "find_spec", lambda name: None)
    taibun_estimate.cache_clear()
    with pytest.raises(StoreError, match=r"pip install 'speechcorpus\[prompts\]'"):
        taibun_estimate()


def test_the_estimate_of_taibun_is_as_wrong_as_was_measured(shared):
    """6.8 % by the specification; counted here by place, over sentences of equal length."""
    pytest.importorskip("taibun")
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    estimate = taibun_estimate()
    wrong = total = 0
    with path.open(encoding="utf-8", newline="") as file:
        for row in list(csv.DictReader(file))[::8]:
            said, guessed = syllables(row["例句標音"]), syllables(estimate(row["例句"]))
            if len(said) == len(guessed):
                wrong += sum(one != other for one, other in zip(said, guessed, strict=True))
                total += len(said)
    assert total > 10_000
    assert 0.05 < wrong / total < 0.09
