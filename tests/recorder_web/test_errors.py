"""One table says how every code is answered."""

import re

import pytest

from recorder_web.errors import ANSWERS, Answer, answer_to
from speechcorpus.domain import errors
from speechcorpus.domain.errors import SittingError, SpeechCorpusError, StoreError

CAPTURE = {  # recorder.md §7
    "chunk.truncated": 400,
    "auth.expired": 401,
    "consent.withdrawn": 403,
    "not-found": 404,
    "chunk.conflict": 409,
    "take.incomplete": 409,
    "take.stored": 409,
    "id.conflict": 409,
    "sitting.other-open": 409,
    "chunk.hash": 422,
    "chunk.length": 422,
    "take.frames": 422,
    "manifest.markers": 422,
    "quota.audio": 429,
    "database.busy": 503,
    "storage.full": 507,
}


@pytest.mark.parametrize(("code", "status"), CAPTURE.items())
def test_the_capture_protocol_is_answered_as_specified(code, status):
    assert answer_to(SittingError(code, "x")).status == status


def test_who_must_wait_is_told_how_long():
    for status in (429, 503, 507):
        codes = [code for code, known in CAPTURE.items() if known == status]
        assert all(answer_to(SittingError(code, "x")).retry_after_s for code in codes)


@pytest.mark.parametrize(
    "kind",
    [
        each
        for each in vars(errors).values()
        if isinstance(each, type) and issubclass(each, SpeechCorpusError)
    ],
)
def test_an_error_without_a_row_is_answered_by_its_class(kind):
    assert isinstance(answer_to(kind("never.heard-of", "x")), Answer)


def test_what_we_cannot_say_is_never_called_unchanged():
    assert answer_to(SpeechCorpusError("server.error", "x")).safe == "unknown"
    assert answer_to(StoreError("never.heard-of", "x")).safe == "unknown"


def test_bytes_kept_aside_are_said_to_be_kept():
    assert {code for code, answer in ANSWERS.items() if answer.safe == "kept"} == {
        "chunk.conflict",
        "take.too-long",
    }


def test_the_languages_of_an_unknown_page_lead_to_no_other_site(house):
    page = house.app.test_client().get("/%5Cevil.example/").text
    assert "evil.example" in page
    assert not re.findall(r'href="/(?:\\|/)', page)
