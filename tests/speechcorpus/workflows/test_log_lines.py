"""A log holds one line an event, and nothing that tells who it was."""

import io
import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speechcorpus.domain.errors import SittingError
from speechcorpus.workflows.log_lines import FACTS, JsonLines, PlainLines, masked, one_line


def logged(form: logging.Formatter, message: str, *said: object, **more: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    logger = logging.Logger(str(more.pop("name", "a.logger")))
    logger.addHandler(handler)
    logger.warning(message, *said, **more)  # type: ignore[arg-type]
    return stream.getvalue()


@given(text=st.text())
def test_nothing_that_is_logged_begins_a_line_of_its_own(text: str) -> None:
    for form in (JsonLines(), PlainLines()):
        for extra in ({}, {FACTS: {"route": text}}):
            line = logged(form, text if not extra else "request", extra=extra)
            assert line.endswith("\n")
            assert len(line[:-1].splitlines()) <= 1
            assert line.isprintable() or line[:-1].isprintable()


@given(text=st.text())
def test_a_json_line_is_json_and_says_when(text: str) -> None:
    said = json.loads(logged(JsonLines(), "%s", text))
    assert said["at"].endswith("+00:00")
    assert (said["level"], said["event"]) == ("warning", "message")


@pytest.mark.parametrize(
    "private",
    [
        "somebody@example.tw",
        "192.168.1.20",
        "fd00::1:2",
        "c-0042",
        "4e7c2a54-6f8e-4c57-9e7a-0d1f9c2a7b10",
        "q1W3e5R7t9Y1u3I5o7P9a1S3",
    ],
)
def test_what_tells_who_it_was_is_cut_out_of_other_peoples_sentences(private: str) -> None:
    assert private not in logged(JsonLines(), "it was %s here", private)
    assert masked(f"it was {private} here") == "it was … here"


def test_an_error_is_told_by_its_code_and_place_and_not_by_its_message() -> None:
    try:
        raise SittingError("request.field", "c-0042 wrote 你好")
    except SittingError:
        line = logged(JsonLines(), "unforeseen", exc_info=True)
    said = json.loads(line)
    assert said["error"] == "request.field"
    assert any("test_log_lines.py" in each for each in said["where"])
    assert "c-0042" not in line


def test_the_web_servers_own_sentences_stay_unfilled() -> None:
    line = logged(PlainLines(), "Exception while serving %s", "/partner/abc", name="waitress")
    assert "Exception while serving %s" in line
    assert "/partner" not in line


def test_a_terminal_is_not_steered() -> None:
    assert one_line("\x1b[2Jx\r\n\u2028") == "\\x1b[2Jx\\r\\n\\u2028"
