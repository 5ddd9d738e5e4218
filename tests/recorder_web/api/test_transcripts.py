"""Texts over HTTP: checked as given, kept as NFC, found again in their history."""

import json
import unicodedata
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recorder_web.api.pace import Pace
from recorder_web.api.routes import REQUESTS_PER_S
from speechcorpus.workflows.transcripts import MOST_REVISIONS
from tests.recorder_web.house import Browser, House
from tests.stage import Recorder

NFD = "a\u0301"
ALPHABET = "台語𪜶𠢕o\u0358i\u030da\u0301，。,.!? \u3000\t\u200b\ufa10两發2\uff11\0"
TYPED = st.text(st.sampled_from(ALPHABET), max_size=12)


@dataclass(kw_only=True)
class Desk:
    """A person's own item, and the browser it is written in."""

    house: House
    browser: Browser
    recorder: Recorder
    segment: str

    def ask(self, method: str, path: str, body: object = None, *, ascii_only: bool = False):
        headers = {"X-CSRF-Token": self.browser.csrf}
        data = None if body is None else json.dumps(body, ensure_ascii=ascii_only).encode()
        return self.browser.client.open(
            f"/api/v1/segments/{self.segment}/{path}",
            method=method,
            headers=headers,
            data=data,
            content_type="application/json",
        )

    def check(self, text: str, sequence: int = 1, **said: bool):
        return self.ask("POST", "check", {"text": text, "sequence": sequence}, **said)

    def save(self, text: str, base: int, **said: bool):
        return self.ask("PUT", "transcript", {"text": text, "base_revision": base}, **said)

    def revisions(self, query: str = ""):
        return self.ask("GET", f"revisions{query}").get_json()["revisions"]


@pytest.fixture
def desk(house: House) -> Desk:
    recorder = house.stage.recorder()
    segment = house.recorded("p0", recorder)
    return Desk(house=house, browser=house.sign_in(recorder.actor), recorder=recorder, segment=segment)


def unhurried(desk: Desk) -> None:
    pace = Pace(per_s=1e9)
    desk.house.app.extensions["speechcorpus.pace"] = pace


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)
@given(text=TYPED, sequence=st.integers(0, 2**53 - 1))
def test_every_place_found_is_a_place_in_the_text_as_it_was_typed(desk, text, sequence):
    unhurried(desk)
    answer = desk.check(text, sequence).get_json()
    units = text.encode("utf-16-le")
    for found in answer["violations"]:
        assert text[found["start"] : found["end"]] == found["found"]
        browser = units[2 * found["start_utf16"] : 2 * found["end_utf16"]].decode("utf-16-le")
        assert browser == found["found"]
    assert answer["sequence"] == sequence
    again = desk.check(answer["fixed"]).get_json()
    assert [found["rule"] for found in again["violations"] if found["fix"] == "safe"] == []
    assert _replayed(text, answer["edits"]) == answer["fixed"]


def _replayed(text: str, edits: list[dict]) -> str:
    for edit in edits:
        assert text[edit["start"] : edit["end"]] == edit["found"]
        text = text[: edit["start"]] + edit["replacement"] + text[edit["end"] :]
    return text


@pytest.mark.parametrize("ascii_only", [True, False])
def test_letters_in_two_pieces_are_found_as_typed_and_kept_in_one(desk, ascii_only):
    typed = f"食{NFD}，好。"
    found = desk.check(typed, ascii_only=ascii_only).get_json()
    pieces = [v for v in found["violations"] if v["rule"] == "UNI-NFC"]
    assert [(v["found"], v["replacement"]) for v in pieces] == [(NFD, "á")]
    assert found["fixed"] == unicodedata.normalize("NFC", typed)
    saved = desk.save(typed, 0, ascii_only=ascii_only).get_json()
    assert (saved["revision"], saved["text"]) == (1, found["fixed"])
    assert "UNI-NFC" not in [v["rule"] for v in saved["violations"]]


def test_what_no_rule_can_read_is_refused_by_name_and_nothing_is_kept(desk):
    for answer in (desk.check("好\ud800。", ascii_only=True), desk.save("好\ud800。", 0, ascii_only=True)):
        assert (answer.status_code, answer.get_json()["code"]) == (422, "transcript.surrogate")
    assert desk.check("好" * 20_001).get_json()["code"] == "transcript.too-long"
    for body in ({"text": 3, "sequence": 1}, {"text": "好。"}, {"text": "好。", "sequence": -1}, []):
        assert desk.ask("POST", "check", body).get_json()["code"] == "request.field"
    assert desk.revisions() == []


def test_the_history_of_an_item_is_read_newest_first_and_page_by_page(desk):
    unhurried(desk)
    for base in range(MOST_REVISIONS + 2):
        desk.house.later(seconds=3)
        assert desk.save(f"第{base}版。", base).get_json()["revision"] == base + 1
    newest = desk.revisions()
    assert [row["number"] for row in newest] == list(range(MOST_REVISIONS + 2, 2, -1))
    assert (newest[0]["text"], newest[0]["mine"]) == (f"第{MOST_REVISIONS + 1}版。", True)
    assert newest[0]["created_at"] > newest[1]["created_at"]
    assert [row["text"] for row in desk.revisions("?before=3")] == ["第1版。", "第0版。"]


@pytest.mark.parametrize("before", [2**31, 2**63, 10**400, -1, "x", "", "\uff13"])
def test_a_number_that_no_text_can_have_is_refused_by_name(desk, before):
    answer = desk.ask("GET", f"revisions?before={before}")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "request.field")
    assert answer.get_json()["facts"]["field"] == "before"


def test_the_largest_number_a_text_can_have_reads_them_all(desk):
    desk.save("好。", 0)
    assert len(desk.revisions(f"?before={2**31 - 1}")) == 1


def test_nobody_reads_the_history_of_somebody_elses_item(desk):
    desk.save("我的字。", 0)
    desk.browser = desk.house.sign_in(desk.house.stage.contributor())
    assert desk.ask("GET", "revisions").status_code == 404
    assert desk.check("好。").status_code == 404
    desk.segment = str(uuid4())
    assert desk.ask("GET", "revisions").status_code == 404


def test_writing_is_not_held_back_by_a_take_that_goes_up(desk):
    desk.house.app.extensions["speechcorpus.pace"] = Pace(per_s=REQUESTS_PER_S, clock=lambda: 0.0)
    while desk.ask("GET", "revisions").status_code != 429:
        pass
    assert [desk.check("好。").status_code for _ in range(2 * REQUESTS_PER_S)] == [200] * 2 * REQUESTS_PER_S
    assert desk.check("好。").status_code == 429


def test_whoever_sends_page_after_page_to_check_waits_and_whoever_types_does_not(desk):
    desk.house.app.extensions["speechcorpus.pace"] = Pace(per_s=REQUESTS_PER_S, clock=lambda: 0.0)
    typed, page = "今仔日天氣真好。" * 30, "今仔日天氣真好。" * 2_000  # fast speech of 30 s; a whole page
    answers = [desk.check(page).status_code for _ in range(5)]
    assert answers == [200, 200, 429, 429, 429]
    assert desk.save(page, 0).status_code == 429
    assert desk.ask("GET", "revisions").status_code == 200
    desk.house.app.extensions["speechcorpus.pace"] = Pace(per_s=REQUESTS_PER_S, clock=lambda: 0.0)
    for _ in range(2 * REQUESTS_PER_S):
        assert desk.check(typed).status_code == 200


def test_a_longest_text_is_checked_at_once_and_once_a_second(desk):
    time = [0.0]
    desk.house.app.extensions["speechcorpus.pace"] = Pace(per_s=REQUESTS_PER_S, clock=lambda: time[0])
    longest = "好" * 20_000
    asked = ["好。", longest, longest]
    assert [desk.check(text).status_code for text in asked] == [200, 200, 429]
    time[0] = 1.0
    assert [desk.check(longest).status_code for _ in range(2)] == [200, 429]
    time[0] = 2.0
    assert desk.check(longest).status_code == 200


def test_an_answer_says_how_much_of_the_item_nobody_understood(desk):
    said = desk.check("今仔日天氣真好。").get_json()
    assert (said["unclear_syllables"], said["unclear_limit"]) == (None, 3)
