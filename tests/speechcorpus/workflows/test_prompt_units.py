"""The units of a prompt are those of its own reading; a guess is asked for only where there is none."""

import csv

import pytest

from speechcorpus.domain.errors import StoreError
from speechcorpus.workflows import prompt_units
from speechcorpus.workflows.prompt_units import spoken_units, syllables, taibun_estimate


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
