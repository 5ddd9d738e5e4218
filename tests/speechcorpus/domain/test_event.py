"""Events: complete and checked at birth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import TranscriptError
from speechcorpus.domain.event import EVENT_KINDS, Event

SAMPLES = st.integers(0, 10**9)


def refused(code: str, **said: object) -> None:
    with pytest.raises(TranscriptError) as caught:
        Event(**{"kind": "laugh", "start_sample": 0, "end_sample": 1, **said})
    assert caught.value.code == code


@given(start=SAMPLES, length=st.integers(1, 10**6), other=SAMPLES, size=st.integers(1, 10**6))
def test_an_event_overlaps_exactly_the_spans_it_shares_a_sample_with(start, length, other, size):
    event = Event(kind="noise", start_sample=start, end_sample=start + length)
    shared = min(start + length, other + size) - max(start, other)
    assert event.overlaps(other, other + size) == (shared > 0)


def test_the_list_of_kinds_is_closed():
    assert len(EVENT_KINDS) == 10
    refused("event.kind", kind="sneeze")


@pytest.mark.parametrize(("start", "end"), [(5, 5), (6, 5), (-1, 4)])
def test_an_event_lasts_at_least_one_sample_of_its_take(start, end):
    refused("event.span", start_sample=start, end_sample=end)


@pytest.mark.parametrize("language", [None, "", "nan", "Taigi", "cmn_TW", "cmn-tw"])
def test_a_code_switch_names_a_language_that_no_table_misreads(language):
    refused("event.language", kind="code-switch", language=language)


@pytest.mark.parametrize("language", ["cmn-TW", "nan-TW", "en", "ja", "nan-Hant-TW"])
def test_a_code_switch_may_be_in_any_language(language):
    assert Event(kind="code-switch", start_sample=0, end_sample=1, language=language).language == language


def test_only_a_code_switch_has_a_language():
    refused("event.language", kind="music", language="en")


@pytest.mark.parametrize("speaker", ["", "a b", "甲", "x" * 41])
def test_a_lane_has_a_plain_name(speaker):
    refused("event.speaker", speaker=speaker)


@pytest.mark.parametrize("note", ["", "字" * 501])
def test_a_note_says_something_and_is_short(note):
    refused("event.note", note=note)
