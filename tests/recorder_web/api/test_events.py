"""Events over HTTP: listed, added, moved, removed; whoever asks for another one's take learns nothing."""

import json
from uuid import uuid4

import pytest

from tests.recorder_web.house import Browser, House
from tests.stage import voice

LAUGH = {"kind": "laugh", "start_sample": 8_000, "end_sample": 16_000}


@pytest.fixture
def take(house: House):
    sent = house.stage.recorder().record(voice(2), prompt="p0")
    sent.finish()
    return sent


def ask(browser: Browser, method: str, path: str, body: object = None):
    said = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
    headers = {"X-CSRF-Token": browser.csrf}
    return browser.client.open(f"/api/v1{path}", method=method, headers=headers, **said)


def test_an_event_is_added_moved_and_removed(house, take):
    mine, path = house.sign_in(take.recorder.actor), f"/takes/{take.id}/events"
    event = f"{path}/{uuid4()}"
    added = ask(mine, "PUT", event, {**LAUGH, "base_version": 0})
    assert (added.status_code, added.get_json()["version"]) == (200, 1)
    moved = ask(mine, "PUT", event, {**LAUGH, "start_sample": 9_000, "base_version": 1})
    assert moved.get_json()["start_sample"] == 9_000
    (listed,) = ask(mine, "GET", path).get_json()["events"]
    assert listed == moved.get_json()
    assert ask(mine, "DELETE", event).status_code == 204
    assert ask(mine, "GET", path).get_json() == {"events": []}


def test_two_hands_on_one_event_are_told(house, take):
    mine, event = house.sign_in(take.recorder.actor), f"/takes/{take.id}/events/{uuid4()}"
    ask(mine, "PUT", event, {**LAUGH, "base_version": 0})
    answer = ask(mine, "PUT", event, {**LAUGH, "end_sample": 9_000, "base_version": 0})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "event.conflict")


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sneeze"},
        {"end_sample": 8_000},
        {"end_sample": 10**6},
        {"kind": "code-switch"},
        {"kind": "code-switch", "language": "nan"},
        {"note": "x" * 501},
        {"more": 1},
    ],
)
def test_what_is_no_event_is_refused_and_nothing_is_kept(house, take, wrong):
    mine, path = house.sign_in(take.recorder.actor), f"/takes/{take.id}/events"
    answer = ask(mine, "PUT", f"{path}/{uuid4()}", {**LAUGH, "base_version": 0, **wrong})
    assert answer.status_code == 422
    assert ask(mine, "GET", path).get_json() == {"events": []}


def test_the_events_of_another_ones_take_do_not_exist(house, take):
    stranger, path = house.sign_in(house.stage.contributor()), f"/takes/{take.id}/events"
    assert ask(stranger, "GET", path).status_code == 404
    assert ask(stranger, "PUT", f"{path}/{uuid4()}", {**LAUGH, "base_version": 0}).status_code == 404
