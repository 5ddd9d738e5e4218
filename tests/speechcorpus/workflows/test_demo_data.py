"""The demo's prompts are right by our own rules, and their readings fit."""

import csv
from importlib.resources import files

import pytest
import regex

from speechcorpus.domain.transcript import CheckContext, TranscriptProfile
from speechcorpus.transcribe import check
from speechcorpus.workflows.rule_tables import rule_tables

FOLDER = files("speechcorpus.workflows") / "demo_data"


def prompts(variety):
    lines = (FOLDER / f"prompts_{variety}.tsv").read_text(encoding="utf-8").splitlines()
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def syllables(reading):
    return regex.findall(r"[\p{Latin}\p{M}]+", reading.casefold())


@pytest.mark.parametrize("variety", ["nan-TW", "cmn-TW"])
def test_the_prompts_have_ids_in_order_and_a_length_for_one_breath(variety):
    rows = prompts(variety)
    assert len(rows) >= 30
    assert [row["id"] for row in rows] == [f"{variety[:3]}-{n:03d}" for n in range(1, len(rows) + 1)]
    assert len({row["text"] for row in rows}) == len(rows)
    assert {row["id"] for row in rows if not 8 <= len(row["text"]) <= 25} == set()


@pytest.mark.parametrize("variety", ["nan-TW", "cmn-TW"])
def test_no_rule_objects_to_a_prompt(variety):
    whole = CheckContext(sentence_prompt=True)
    for row in prompts(variety):
        assert check(row["text"], TranscriptProfile(variety=variety), rule_tables(), whole) == ()
        assert regex.fullmatch(r"[\p{Han}，。？！]+", row["text"])


def test_a_taigi_reading_has_a_syllable_for_each_character_and_the_same_marks():
    profile = TranscriptProfile(variety="nan-TW", orthography="tailo")
    for row in prompts("nan-TW"):
        assert len(syllables(row["reading"])) == len(regex.findall(r"\p{Han}", row["text"])), row["id"]
        assert regex.findall("[，。？！]", row["reading"]) == regex.findall("[，。？！]", row["text"])
        assert check(row["reading"], profile, rule_tables(), CheckContext(sentence_prompt=True)) == ()


def test_every_reading_is_one_that_the_dictionary_gives_that_character(shared):
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    known, published = set(), set()
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            published.add(row["例句"])
            han, reading = regex.findall(r"\p{Han}", row["例句"]), syllables(row["例句標音"])
            if len(han) == len(reading):
                known |= set(zip(han, reading, strict=True))
    for row in prompts("nan-TW"):
        pairs = zip(regex.findall(r"\p{Han}", row["text"]), syllables(row["reading"]), strict=True)
        assert set(pairs) <= known, row["id"]
        assert row["text"] not in published
