"""A draft over HTTP: offered only where the operator has a recogniser, and only to the writer of an item."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from speechcorpus.store.models import DraftRow
from speechcorpus.workflows.recogniser import RecogniserSettings
from tests.recorder_web.house import Browser, House


@pytest.fixture
def segment(house: House) -> tuple[Browser, str]:
    recorder = house.stage.recorder()
    segment = house.recorded("p0", recorder)
    return house.sign_in(recorder.actor), segment


@pytest.fixture
def offered(house: House, tmp_path) -> House:
    settings = house.app.extensions["speechcorpus.settings"]
    recogniser = RecogniserSettings(kind="faster-whisper", folder=tmp_path / "taigi-small")
    house.app.extensions["speechcorpus.settings"] = replace(settings, recogniser=recogniser)
    return house


def ask(browser: Browser, segment: str, method: str = "POST"):
    path, headers = f"/api/v1/segments/{segment}/draft", {"X-CSRF-Token": browser.csrf}
    return browser.client.open(path, method=method, headers=headers)


def test_a_house_without_a_recogniser_offers_none(segment):
    for method in ("GET", "POST"):
        answer = ask(*segment, method)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "draft.not-offered")


def test_a_draft_is_absent_then_queued_then_ready_with_its_faults(segment, offered):
    absent = ask(*segment, "GET")
    assert (absent.status_code, absent.get_json()) == (200, {
        "state": "absent", "text": None, "violations": [], "engine": None, "model": None,
        "error_code": None, "asked_at": None, "finished_at": None,
    })  # fmt: skip
    assert ask(*segment).status_code == ask(*segment).status_code == 202
    queued = ask(*segment, "GET").get_json()
    assert (queued["state"], queued["text"], queued["model"]) == ("queued", None, "taigi-small")
    with offered.store.catalogue.write() as session:
        row = session.scalars(select(DraftRow)).one()
        row.state, row.text, row.engine, row.finished_at = "ready", "𪜶有3个。", "engine 1", offered.now
    ready = ask(*segment)
    assert (ready.status_code, ready.get_json()["text"]) == (200, "𪜶有3个。")
    digit = next(one for one in ready.get_json()["violations"] if one["rule"] == "NUM-DIGIT")
    assert (digit["start"], digit["start_utf16"], digit["found"]) == (2, 3, "3")


def test_what_failed_says_why_and_may_be_asked_for_again(segment, offered):
    ask(*segment)
    with offered.store.catalogue.write() as session:
        row = session.scalars(select(DraftRow)).one()
        row.state, row.error_code, row.finished_at = "failed", "recogniser.timeout", offered.now
    failed = ask(*segment, "GET").get_json()
    assert (failed["state"], failed["error_code"]) == ("failed", "recogniser.timeout")
    assert ask(*segment).status_code == 202


def test_nobody_else_learns_that_there_is_a_draft(segment, offered):
    _, item = segment
    ask(*segment)
    for method in ("GET", "POST"):
        answer = ask(offered.sign_in(offered.stage.contributor()), item, method)
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not-found")


def test_asking_needs_the_token_of_the_page(segment, offered):
    browser, item = segment
    answer = browser.client.post(f"/api/v1/segments/{item}/draft")
    assert answer.get_json()["code"] == "auth.csrf"


@pytest.mark.parametrize("code", ["draft.moved", "recogniser.nothing-heard", "recogniser.timeout"])
def test_what_people_can_do_about_a_failed_draft_is_said_in_every_language(house, code):
    catalogue = house.app.extensions["speechcorpus.messages"]
    for locale in ("zh-Hant", "zh-Hans", "nan-Hant", "en"):
        assert catalogue[locale].t(f"draft.failed.{code}")
        assert "recogniser.memory" in catalogue[locale].t("draft.failed.other", code="recogniser.memory")
