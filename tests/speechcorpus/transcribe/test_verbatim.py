"""Pace, copies and tidied speech: what sends a transcript to a listener."""

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.transcript import CheckContext, SittingEdits, SpeakerRate, TranscriptProfile
from speechcorpus.transcribe.common_run import SuffixAutomaton
from speechcorpus.transcribe.page import Page
from speechcorpus.transcribe.verbatim import (
    copied_text,
    copy_on,
    is_too_perfect,
    rate_of,
    speaking_rate,
    syllables,
    tidied_speech,
)
from speechcorpus.workflows.rule_tables import rule_tables

TABLES = rule_tables()
READ = TranscriptProfile(variety="nan-TW")
FREE = TranscriptProfile(variety="nan-TW", kind="spontaneous")


def hits(find, text, profile=READ, **context):
    page = Page(text=text, profile=profile, tables=TABLES, context=CheckContext(**context))
    return [(hit.rule, hit.severity) for hit in find(page)]


@pytest.mark.parametrize(
    ("voiced_s", "expected"),
    [
        (10.1, [("RATE-LO", "error")]),
        (9.9, [("RATE-LO", "warning")]),
        (4.1, [("RATE-LO", "warning")]),
        (3.9, []),
        (1.3, []),
        (1.2, [("RATE-HI", "warning")]),
        (1.0, [("RATE-HI", "warning")]),
    ],
)
def test_ten_syllables_are_compared_with_what_people_say(voiced_s, expected):
    assert hits(speaking_rate, "今仔日的天氣真正好啊。", voiced_s=voiced_s) == expected


def test_too_many_syllables_to_be_said_are_an_error():
    assert hits(speaking_rate, "今仔日的天氣真正好啊" * 2, voiced_s=1.5) == [("RATE-HI", "error")]


def test_too_little_to_count_is_not_judged():
    assert hits(speaking_rate, "真好真好", voiced_s=60.0) == []
    assert hits(speaking_rate, "今仔日的天氣真正好啊", voiced_s=0.9) == []
    assert hits(speaking_rate, "今仔日的天氣真正好啊") == []


def test_a_known_speaker_is_compared_with_the_speaker():
    slow = SpeakerRate(median=2.0, mad=0.01, clips=30)
    assert hits(speaking_rate, "今仔日的天氣真正好啊", voiced_s=5.0, speaker_rate=slow) == []
    assert hits(speaking_rate, "今仔日的天氣真正好啊", voiced_s=2.0, speaker_rate=slow) == [
        ("RATE-HI", "warning")
    ]
    unknown = SpeakerRate(median=2.0, mad=0.01, clips=29)
    assert hits(speaking_rate, "今仔日的天氣真正好啊", voiced_s=2.0, speaker_rate=unknown) == []


def test_a_copy_is_found_only_when_it_is_long_and_most_of_the_text():
    prompt = "阮兜的後壁有一條溪，熱天的時陣定定有人佇遐釣魚。"
    other = {"p1": prompt}
    assert hits(copied_text, prompt, FREE, other_texts=other) == [("VRB-PROMPT", None)]
    assert hits(copied_text, prompt, FREE, prompt_text=prompt) == [("VRB-PROMPT", None)]
    assert hits(copied_text, prompt[:16], FREE, other_texts=other) == []  # 15 characters
    assert hits(copied_text, prompt[:18] + "伊" * 20, FREE, other_texts=other) == []
    assert hits(copied_text, prompt, READ, other_texts=other) == []


@given(text=st.text("甲乙", max_size=60), other=st.text("甲乙，", max_size=120))
def test_a_copy_is_what_a_slow_search_finds(text, other):
    page = Page(text=text, profile=FREE, tables=TABLES, context=CheckContext(other_texts={"a": other}))
    spoken = other.replace("，", "")
    matcher = difflib.SequenceMatcher(a=text, b=spoken, autojunk=False)
    longest = matcher.find_longest_match().size
    copy = copy_on(page)
    assert (copy is not None) == (longest > 15 and longest > 0.6 * len(text))
    assert copy is None or (copy.length, copy.source) == (longest, "a")


def test_the_pace_of_a_speaker_rests_on_thirty_clips_that_can_be_counted():
    clips = [("今仔日的天氣真正好啊", 2.5)] * 29
    assert rate_of(clips) is None
    assert rate_of([*clips, ("真好", 2.0), ("今仔日的天氣真正好啊", 0.9), ("今仔日", None)]) is None
    slower = ("今仔日的天氣真正好啊", 5.0)
    assert rate_of([*clips, slower]) == SpeakerRate(median=4.0, mad=0.0, clips=30)
    assert rate_of([*clips, *[slower] * 29]) == SpeakerRate(median=3.0, mad=1.0, clips=58)


def test_a_prompt_to_the_letter_is_doubted_only_at_a_pace_that_the_speaker_never_has():
    known = SpeakerRate(median=4.0, mad=0.1, clips=40)
    facts = {"prompt_text": "今仔日的天氣真正好啊", "speaker_rate": known}
    assert hits(copied_text, "今仔日的天氣真正好啊。", voiced_s=1.5, **facts) == [("VRB-PROMPT", None)]
    assert hits(copied_text, "今仔日的天氣真正好啊。", voiced_s=2.5, **facts) == []
    assert hits(copied_text, "今仔日天氣真正好啊。", voiced_s=1.5, **facts) == []


def test_a_minute_of_free_speech_without_a_stumble_is_doubted():
    tidy = "阮兜的後壁有一條溪，熱天時定有人佇彼釣魚。"
    assert hits(tidied_speech, tidy, FREE, voiced_s=61.0) == [("VRB-CLEAN", None)]
    assert hits(tidied_speech, tidy, FREE, voiced_s=60.0) == []
    assert hits(tidied_speech, tidy, READ, voiced_s=61.0) == []
    assert hits(tidied_speech, tidy.replace("熱天", "我，我講熱天"), FREE, voiced_s=61.0) == []


def test_a_perfect_sitting_is_a_long_one_without_an_edit_or_a_retake():
    assert is_too_perfect(SittingEdits(clips=200, edits=0, retakes=0))
    assert not is_too_perfect(SittingEdits(clips=199, edits=0, retakes=0))
    assert not is_too_perfect(SittingEdits(clips=200, edits=1, retakes=0))
    assert not is_too_perfect(SittingEdits(clips=200, edits=0, retakes=1))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("我欲去ATM。", 6),
        ("tsia̍h-pn̄g", 2),
        ("tai5-uan5", 2),
        ("OK", 2),
        ("Facebook", 3),
        ("", 0),
        ("𪜶，〇", 2),
    ],
)
def test_syllables_of_every_kind_of_word(text, count):
    assert syllables(text) == count


@given(one=st.text("甲乙丙", max_size=40), other=st.text("甲乙丙", max_size=40))
def test_the_longest_common_run_is_the_one_that_a_slow_search_finds(one, other):
    matcher = difflib.SequenceMatcher(a=one, b=other, autojunk=False)
    assert SuffixAutomaton(one).longest_run_in(other) == matcher.find_longest_match().size
