"""The tables as a process reads them, with an operator's copy of the dictionary's variants or without."""

import shutil

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import TranscriptProfile
from speechcorpus.transcribe import check
from speechcorpus.workflows.rule_tables import rule_tables

TAIGI = TranscriptProfile(variety="nan-TW")


def test_a_copy_of_the_dictionary_adds_its_variants_to_the_questions(shared, tmp_path, monkeypatch):
    names = {"moe_twblg_variants.json": "x-異用字.json", "moe_twblg_headwords.csv": "詞目總檔.csv"}
    for ours, published in names.items():
        if not (shared / "text_real" / ours).is_file():
            pytest.skip(f"{ours} is not at hand")
        shutil.copy(shared / "text_real" / ours, tmp_path / published)
    tables = rule_tables(tmp_path)
    (violation,) = check("彼个儂。", TAIGI, tables)
    assert (violation.rule, violation.fix, violation.found) == ("HAN-MOE", "ask", "儂")
    assert "人" in violation.candidates
    assert check("彼个儂。", TAIGI, rule_tables()) == ()
    assert tables.version != rule_tables().version  # another rule book
    monkeypatch.setenv("SPEECHCORPUS_MOE_VARIANTS", str(tmp_path))
    assert rule_tables().version == tables.version


def test_a_copy_that_is_not_there_is_named(tmp_path):
    with pytest.raises(TranscriptError, match=r"the copy in .* cannot be read") as caught:
        rule_tables(tmp_path / "nowhere")
    assert caught.value.code == "transcript.tables"
