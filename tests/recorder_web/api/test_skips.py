"""Skipping a prompt over HTTP: as the page does it, also twice, also after the network came back."""

import json
from uuid import uuid4

import pytest

from tests.recorder_web.house import Browser, House
from tests.stage import Recorder


@pytest.fixture
def mine(house: House) -> tuple[Recorder, Browser]:
    recorder = house.stage.recorder()
    return recorder, house.sign_in(recorder.actor)


def send(browser: Browser, claim: str | None, method: str = "put", prompt: str = "p0", **body: object):
    act = getattr(browser.client, method)
    data = json.dumps(body).encode() if method == "put" else None
    return act(
        f"/api/v1/claims/{claim}/prompts/{prompt}/skip",
        data=data,
        content_type="application/json",
        headers={"X-CSRF-Token": browser.csrf},
    )


def test_a_skip_is_new_once_and_can_be_taken_back(mine):
    recorder, browser = mine
    answers = [send(browser, recorder.claim, reason="private") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 200]
    assert page_skips(browser, recorder) == ["private", None]
    taken_back = [send(browser, recorder.claim, "delete") for _ in range(2)]
    assert [(answer.status_code, answer.json) for answer in taken_back] == [(200, {"skipped": False})] * 2
    assert page_skips(browser, recorder) == [None, None]


def page_skips(browser: Browser, recorder: Recorder) -> list[str | None]:
    page = browser.get(f"/record/{recorder.claim}").text
    data = json.loads(page.split('id="data">')[1].split("</script>")[0])
    return [prompt["skip"] for prompt in data["prompts"]]


def test_a_reason_that_is_none_and_a_claim_of_somebody_else_are_refused(house, mine):
    recorder, browser = mine
    assert send(browser, recorder.claim, reason="bored").json["code"] == "request.field"
    assert send(browser, str(uuid4()), reason="private").status_code == 404
    stranger = house.sign_in(house.stage.contributor())
    assert send(stranger, recorder.claim, reason="private").status_code == 404
    assert send(stranger, recorder.claim, "delete").status_code == 404


def test_managers_read_the_reasons_on_the_acceptance_page(house, mine):
    recorder, browser = mine
    send(browser, recorder.claim, reason="other", words="<b>字看無</b>")
    page = house.staff("manager").get("/staff/funnel").text
    assert "跳過的題目" in page
    assert "&lt;b&gt;字看無&lt;/b&gt;" in page
