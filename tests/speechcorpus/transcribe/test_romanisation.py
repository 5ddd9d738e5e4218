"""Which syllables can exist, and that each spelling leads to the other and back."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.transcribe.romanisation import MARK_OF_FIGURE, syllable

INITIALS = ["p", "ph", "m", "b", "t", "th", "n", "l", "k", "kh", "ng", "g", "ts", "tsh", "s", "j", "h", ""]
FINALS = """
    a ah ap at ak ann annh am an ang e eh enn i ih ip it ik inn im in ing o oh oo ooh ok om ong onn u uh ut un
    ai ainn au auh ia iah iap iat iak iam ian iang iann io ioh iok iong iu iunn ua uah uat uan uann ue ueh
    ui uinn iau uai uainn m ng
"""
toneless = st.tuples(st.sampled_from(INITIALS), st.sampled_from(FINALS.split())).map("".join)
figures = st.sampled_from("123456789")


def is_checked(letters):
    return letters[-1] in "ptkh"


@given(letters=toneless, figure=figures)
def test_a_final_stop_takes_tones_4_and_8_and_nothing_else_does(letters, figure):
    assert (syllable(letters + figure) is not None) == (is_checked(letters) == (figure in "48"))


@given(letters=toneless, figure=figures, spelling=st.sampled_from(["tailo", "poj"]))
def test_a_syllable_comes_back_from_the_other_spelling_with_its_letters_and_tone(letters, figure, spelling):
    found = syllable(letters + figure)
    if found is None:
        return
    other = "poj" if spelling == "tailo" else "tailo"
    there = syllable(found.written(other))
    assert (there.tailo, there.poj) == (found.tailo, found.poj)
    assert found.written(spelling) == syllable(found.written(spelling)).written(spelling)
    assert there.mark in (MARK_OF_FIGURE[figure], "\u0306" if figure == "9" else "")


@given(letters=toneless, figure=figures)
def test_what_is_written_is_right_in_every_form_of_storage_and_case(letters, figure):
    found = syllable(letters + figure)
    if found is None:
        return
    written = found.written("tailo")
    for stored in (written, unicodedata.normalize("NFD", written)):
        assert syllable(stored).written("tailo") == written
    assert syllable(written.capitalize()).written("tailo") == unicodedata.normalize(
        "NFC", written.capitalize()
    )


@pytest.mark.parametrize(
    "impossible",
    [
        "",
        "x",
        "tsóg",
        "ts",
        "tai0",
        "tâi5",
        "tâí",
        "ta\u0323",
        "tai55",
        "\u0301a",
        "\u017fai",
        "A4",
        "a" * 999,
    ],
)
def test_what_no_mouth_can_say_is_no_syllable(impossible):
    assert syllable(impossible) is None


@pytest.mark.parametrize(
    ("given_form", "tailo", "poj"),
    [
        ("chhiⁿ", "tshinn", "chhiⁿ"),
        ("hō͘", "hōo", "hō͘"),
        ("goá", "guá", "góa"),
        ("hehⁿ", "hennh", "hehⁿ"),
        ("O͘5", "Ôo", "Ô͘"),
        ("MNG5", "MN̂G", "MN̂G"),
        ("ta9", "ta̋", "tă"),
        ("seng5", "sêng", "sêng"),
        ("hòonn", "hòonn", "hòⁿ"),
    ],
)
def test_each_spelling_writes_a_syllable_in_its_own_letters(given_form, tailo, poj):
    found = syllable(given_form)
    expected = tuple(unicodedata.normalize("NFC", form) for form in (tailo, poj))
    assert (found.written("tailo"), found.written("poj")) == expected
