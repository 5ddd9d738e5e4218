"""What the linter is told beside the text: the same by whoever asks."""

from dataclasses import replace

from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.transcript import CheckContext
from speechcorpus.qc.facts import Facts, PromptFacts, check_context

ROW = Measurement(
    path="x",
    status="ok",
    analyser="a",
    analyser_version="1",
    settings_sha256="0",
    duration_s=31.5,
    speech_s=20.0,
)
FACTS = Facts(style="read", band="low", prompt=PromptFacts(id="p", text="食飽未？"))


def test_downloaded_facts_tell_the_linter_what_the_prompt_and_the_row_tell_it():
    known = Facts.from_document(FACTS.to_document()).check_context(ROW)
    assert known == check_context("食飽未？", ROW)
    assert (known.sentence_prompt, known.prompt_text) == (True, "食飽未？")
    assert (known.duration_s, known.voiced_s) == (31.5, 20.0)


def test_what_nobody_knows_is_absent():
    assert replace(FACTS, prompt=None).check_context(None) == CheckContext() == check_context(None)
