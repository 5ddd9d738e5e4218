"""Profiles and violations are complete and checked at birth."""

import json

import pytest

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.transcript import Edit, TranscriptProfile, Violation


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"variety": "nan"}, "variety"),
        ({"variety": "nan-TW", "script": "hant"}, "script"),
        ({"variety": "nan-TW", "orthography": "zhuyin"}, "orthography"),
        ({"variety": "cmn-TW", "orthography": "poj"}, "orthography"),
        ({"variety": "nan-TW", "kind": "dialogue"}, "kind"),
        ({"variety": "nan-TW", "marks": "，。？！…"}, "marks"),
        ({"variety": "nan-TW", "marks": "，。"}, "marks"),
        ({"variety": "nan-TW", "marks": "，。？！，"}, "marks"),
        ({"variety": "nan-TW", "latin": "maybe"}, "latin"),
        ({"variety": "nan-TW", "reading_tier": ""}, "reading_tier"),
        ({"variety": "nan-TW", "unclear_max_syllables": -1}, "unclear_max_syllables"),
        ({"variety": "nan-TW", "unclear_max_syllables": True}, "unclear_max_syllables"),
    ],
)
def test_a_profile_with_a_value_we_do_not_know_is_refused(fields, field):
    with pytest.raises(TranscriptError) as caught:
        TranscriptProfile(**fields)
    assert caught.value.code == "transcript.profile"
    assert caught.value.facts["field"] == field


def test_a_profile_may_add_marks():
    assert TranscriptProfile(variety="cmn-TW", marks="，。？！、；：").marks == "，。？！、；："


def test_a_profile_is_written_with_every_field():
    assert json.loads(json.dumps(TranscriptProfile(variety="nan-CN", script="Hans").to_json())) == {
        "variety": "nan-CN",
        "script": "Hans",
        "orthography": "hanji",
        "marks": "，。？！",
        "kind": "read",
        "reading_tier": "none",
        "latin": "allow",
        "unclear_max_syllables": 3,
    }


VIOLATION = {
    "rule": "PUN-HALF",
    "severity": "error",
    "start": 1,
    "end": 2,
    "start_utf16": 1,
    "end_utf16": 2,
    "found": ",",
    "codepoints": ("U+002C",),
    "reason": "",
    "fix": "safe",
    "replacement": "，",
    "candidates": ("，",),
    "facts": {},
}


@pytest.mark.parametrize(
    "change",
    [{"end": 3}, {"start": -1}, {"replacement": None}, {"candidates": ("，", "。")}, {"candidates": ()}],
)
def test_a_violation_that_contradicts_itself_is_refused(change):
    assert Violation(**VIOLATION).code == "transcript.pun-half"
    with pytest.raises(TranscriptError, match="PUN-HALF: "):
        Violation(**{**VIOLATION, **change})


def test_an_edit_names_exactly_what_it_replaced():
    with pytest.raises(TranscriptError, match="span and found text disagree"):
        Edit(rule="PUN-HALF", start=0, end=2, found=",", replacement="，")
