"""What the linter is told beside the text: the same by whoever asks."""

import json
from dataclasses import replace

from speechcorpus.domain.measurement import Measurement
from speechcorpus.domain.transcript import CheckContext, CodeSwitch, SpeakerRate
from speechcorpus.qc.facts import CopiedText, Facts, PromptFacts, check_context
from speechcorpus.transcribe.check import LONGEST_TEXT

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
    assert known == check_context("食飽未？", duration_s=31.5, voiced_s=20.0)
    assert (known.sentence_prompt, known.prompt_text) == (True, "食飽未？")
    assert (known.duration_s, known.voiced_s) == (31.5, 20.0)


def test_what_nobody_knows_is_absent():
    assert replace(FACTS, prompt=None).check_context(None) == CheckContext() == check_context(None)


def test_what_the_catalogue_knew_beside_a_text_travels_in_the_facts():
    rate = SpeakerRate(median=4.125, mad=0.333, clips=31)
    copied = CopiedText(id="s1", text="阮兜的後壁有一條溪。")
    facts = replace(FACTS, speaker_rate=rate, spoken_in="cmn-TW", unclear_syllables=4, copied=copied)
    known = Facts.from_document(facts.to_document()).check_context(None)
    assert known == facts.check_context(None)
    assert (known.speaker_rate, known.unclear_syllables) == (rate, 4)
    assert known.other_texts == {"s1": copied.text}
    assert known.code_switches == (CodeSwitch(start=0, end=LONGEST_TEXT, language="cmn-TW"),)


def test_facts_of_before_these_were_kept_are_still_read():
    document = json.loads(FACTS.to_document())
    for key in ("speaker_rate", "spoken_in", "unclear_syllables", "copied"):
        assert document.pop(key) is None
    assert Facts.from_document(json.dumps(document)) == FACTS
