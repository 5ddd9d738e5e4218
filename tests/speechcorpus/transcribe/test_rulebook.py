"""Which rules speak of which texts: the published matrix, read cell by cell."""

import pytest

from speechcorpus.domain.finding_codes import RULES_E, RULES_W
from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe.fix import ORDER
from speechcorpus.transcribe.precedence import NOTES, PRECEDENCE, SILENT_IN_NOTES
from speechcorpus.transcribe.rule_scope import applies, rules_of
from speechcorpus.transcribe.rulebook import RULES, severity_of

COLUMNS = [(variety, script) for variety in ("nan-TW", "nan-CN", "cmn-TW") for script in ("Hant", "Hans")]
# The table of section 2 of the specification; "-" is silence.
CELLS = {
    "HAN-SIMP": "E - E - E -",
    "HAN-TRAD": "- E - E - E",
    "HAN-VAR": "W - - - W -",
    "HAN-MOE": "W W - - - -",
    "WRD-CMN": "W W W W - -",
    "WRD-NAN": "- - - - W W",
}
EVERYWHERE = ("PUN", "SPC", "UNI", "NUM", "MRK", "TAG", "ANN", "DUP", "LEN", "VRB", "RATE", "LAT")


@pytest.mark.parametrize("rule", CELLS)
def test_the_matrix_is_the_published_one(rule):
    for (variety, script), cell in zip(COLUMNS, CELLS[rule].split(), strict=True):
        profile = TranscriptProfile(variety=variety, script=script)
        assert applies(rule, profile) == (cell != "-")
        assert cell in ("-", RULES[rule].severity[0].upper())


def test_every_other_rule_speaks_of_every_variety_and_script():
    for variety, script in COLUMNS:
        profile = TranscriptProfile(variety=variety, script=script)
        rules = rules_of(profile)
        assert {rule for rule in RULES if rule.startswith(EVERYWHERE)} <= rules
        assert not {rule for rule in rules if rule.startswith("TL-")}


def test_rules_of_romanisation_speak_where_a_tier_is_romanised():
    of_latin = {rule for rule in RULES if rule.startswith("TL-")}
    for settings in (
        {"orthography": "tailo"},
        {"orthography": "poj"},
        {"orthography": "hanlo"},
        {"reading_tier": "optional"},
    ):
        assert of_latin <= rules_of(TranscriptProfile(variety="nan-TW", **settings))
    assert not of_latin & rules_of(TranscriptProfile(variety="cmn-TW", reading_tier="required"))


@pytest.mark.parametrize("orthography", ["tailo", "poj"])
def test_a_tier_in_latin_letters_knows_no_rule_of_characters_or_foreign_words(orthography):
    rules = rules_of(TranscriptProfile(variety="nan-TW", orthography=orthography))
    assert not {rule for rule in rules if rule.startswith(("HAN-", "WRD-", "LAT-"))}


def test_mixed_writing_may_hold_romanised_words():
    assert not applies("LAT-TL", TranscriptProfile(variety="nan-TW", orthography="hanlo"))
    assert applies("LAT-FORM", TranscriptProfile(variety="nan-TW", orthography="hanlo"))


def test_a_word_in_latin_letters_is_an_error_only_where_a_project_forbids_it():
    for latin, severity in (("allow", "warning"), ("forbid", "error")):
        assert severity_of("LAT-FORM", TranscriptProfile(variety="cmn-TW", latin=latin)) == severity


def test_every_rule_has_its_severity_in_the_published_list_of_findings():
    published = dict.fromkeys(RULES_E.split(), "error") | dict.fromkeys(RULES_W.split(), "warning")
    assert {rule.id: rule.severity for rule in RULES.values()} == published
    assert len(RULES) == 47


def test_the_tables_of_order_name_rules_that_exist():
    for names in (PRECEDENCE, SILENT_IN_NOTES, NOTES, *(step.rules for step in ORDER)):
        assert set(names) <= set(RULES)
    assert set(NOTES) <= set(PRECEDENCE)
