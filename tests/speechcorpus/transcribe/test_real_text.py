"""The rules on published text: silent on what is right, loud on what is not."""

import csv
import time
import unicodedata

import pytest
import regex

from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check, safe_fix
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
CLEAN = regex.compile(r"[\p{Han}，。？！]+")
# Words in Latin letters may have been spoken: a project that wants none forbids them (decision 0055).
ONLY_LATIN_IS_ODD = regex.compile(r"[\p{Han}，。？！\p{Latin}\p{M}\-]+")
WARNINGS = 0.002


@pytest.fixture(scope="module")
def sentences(shared):
    path = shared / "text_real" / "moe_twblg_example_sentences.csv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def news(shared):
    path = shared / "text_real" / "icorpus_every32.tsv"
    if not path.is_file():
        pytest.skip(f"{path.name} is not at hand")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def split(rows, column):
    texts = [row[column] for row in rows if row[column]]
    clean = [text for text in texts if CLEAN.fullmatch(text) and unicodedata.is_normalized("NFC", text)]
    return clean, sorted(set(texts) - set(clean))


def errors(text, profile):
    return [v for v in check(text, profile, TABLES) if v.severity == "error"]


@pytest.mark.parametrize(
    ("column", "variety", "count"), [("例句", "nan-TW", 15_946), ("華語翻譯", "cmn-TW", 12_884)]
)
def test_right_sentences_raise_no_error_and_hardly_a_warning(sentences, column, variety, count):
    profile = TranscriptProfile(variety=variety)
    clean, _ = split(sentences, column)
    assert len(clean) == count
    wrong = [text for text in clean if errors(text, profile)]
    assert [text[-2:] for text in wrong] == (["。。"] if variety == "cmn-TW" else [])
    warned = [text for text in clean if text not in wrong and check(text, profile, TABLES)]
    assert len(warned) <= WARNINGS * count
    untouched = set(clean) - set(wrong) - set(warned)
    assert all(safe_fix(text, profile, TABLES).text == text for text in untouched)


@pytest.mark.parametrize(("column", "variety"), [("例句", "nan-TW"), ("華語翻譯", "cmn-TW")])
def test_dirty_sentences_are_flagged(sentences, column, variety):
    _, dirty = split(sentences, column)
    allowing = TranscriptProfile(variety=variety)
    silent = [text for text in dirty if not errors(text, allowing)]
    assert all(ONLY_LATIN_IS_ODD.fullmatch(text) for text in silent)
    assert len(silent) == 3
    forbidding = TranscriptProfile(variety=variety, latin="forbid")
    assert all(errors(text, forbidding) for text in dirty)


def test_compatibility_ideographs_of_the_dictionary_are_named_so(sentences):
    profile = TranscriptProfile(variety="cmn-TW")
    found = {
        v.found
        for row in sentences
        for text in (row["例句"], row["華語翻譯"])
        if regex.search(r"[\uf900-\ufaff]", text)
        for v in check(text, profile, TABLES)
        if v.rule == "UNI-COMPAT"
    }
    assert found == {"\uf967", "\uf98a", "\uf98b", "\uf9ca"}


def test_safe_fixes_keep_their_promises_on_every_line(sentences, news):
    for column, variety in (("例句", "nan-TW"), ("華語翻譯", "cmn-TW")):
        _, dirty = split(sentences, column)
        keep_their_promises(dirty, TranscriptProfile(variety=variety))
    for column, variety in (("taigi_hanji_spaced", "nan-TW"), ("mandarin", "cmn-TW")):
        for script in ("Hant", "Hans"):
            keep_their_promises(
                [row[column] for row in news], TranscriptProfile(variety=variety, script=script)
            )


def keep_their_promises(texts, profile):
    for text in texts:
        fixed = safe_fix(text, profile, TABLES).text
        after = check(fixed, profile, TABLES)
        assert safe_fix(fixed, profile, TABLES).text == fixed
        assert not [v for v in after if v.fix == "safe"]
        assert {v.rule for v in after if v.severity == "error"} <= {v.rule for v in errors(text, profile)}


def test_a_check_costs_at_most_sixty_times_a_look_at_the_characters(sentences):
    texts = split(sentences, "例句")[0][:4000]
    profile, han = TranscriptProfile(variety="nan-TW"), regex.compile(r"\p{Han}")

    def once(work):
        started = time.process_time()
        for text in texts:
            work(text)
        return time.process_time() - started

    look = min(once(lambda text: (unicodedata.normalize("NFC", text), han.findall(text))) for _ in range(3))
    ours = min(once(lambda text: check(text, profile, TABLES)) for _ in range(3))
    assert ours <= 60 * look
