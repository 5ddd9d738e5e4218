"""Calls over HTTP: what a browser asks for to hear the other one, and what everybody else is told."""

import json
import logging
from dataclasses import replace

import pytest

from recorder_web.app import create_app
from speechcorpus.store.models import CallMessage
from speechcorpus.workflows.turn import CallServers
from tests.dialogue import Pair, pair
from tests.recorder_web.house import House

SECRET = "north-wind-and-the-sun"
RELAY = "turns:relay.example.org:5349?transport=tcp"


@pytest.fixture
def two(house: House) -> Pair:
    return pair(house.stage, devices="two")


def call_of(two, browser):
    return browser.get(f"/api/v1/claims/{two.claim}/call")


def say(browser, call, kind="candidate", body="{}"):
    path, said = f"/api/v1/calls/{call}/messages", {"kind": kind, "body": body}
    headers = {"X-CSRF-Token": browser.csrf}
    return browser.client.post(path, data=json.dumps(said), content_type="application/json", headers=headers)


def test_two_browsers_find_each_other_and_no_log_hears_them(house, two, caplog):
    caplog.set_level(logging.DEBUG)
    first, second = house.sign_in(two.holder), house.sign_in(two.partner)
    joined = call_of(two, first).json
    call = joined["call"]
    assert joined == {
        "call": call,
        "seat": 1,
        "other": two.name(),
        "ice_servers": [],
        "relay": False,
        "state": "open",
        "newest": 0,
    }
    sent = say(first, call, "offer", "v=0\r\n語")
    assert sent.status_code == 201
    heard = second.get(f"/api/v1/calls/{call}/messages?after=0").json
    offer = {"n": sent.json["n"], "from_me": False, "kind": "offer", "body": "v=0\r\n語"}
    assert heard == {"messages": [offer], "other_seen_s": None}
    assert first.get(f"/api/v1/calls/{call}/messages?after={sent.json['n']}").json == {
        "messages": [],
        "other_seen_s": 0.0,
    }
    say(first, call, "shout", "v=0\r\n語")  # refused, and not told either
    assert "v=0" not in caplog.text
    assert call_of(two, second).json | {"seat": 2, "other": two.name(two.holder)} == call_of(two, second).json


def test_with_a_relay_each_answer_has_a_password_for_an_hour(house, two):
    servers = CallServers(urls=("stun:relay.example.org", RELAY), secret=SECRET)
    settings = house.app.extensions["speechcorpus.settings"]
    relayed = create_app(replace(settings, call_servers=servers), store=house.store)
    browser = House(app=relayed, stage=house.stage, clock=house.clock).sign_in(two.holder)
    answer = call_of(two, browser)
    plain, relay = answer.json["ice_servers"]
    assert answer.json["relay"] is True
    assert plain == {"urls": ["stun:relay.example.org"]}
    assert relay["urls"] == [RELAY]
    assert relay["username"] == f"{int(house.now.timestamp()) + 3600}:{answer.json['call']}"
    assert SECRET not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_else_and_nobody_without_the_token_of_their_sign_in(house, two):
    first, stranger = house.sign_in(two.holder), house.sign_in(house.stage.contributor())
    call = call_of(two, first).json["call"]
    assert call_of(two, stranger).status_code == 404
    assert stranger.get(f"/api/v1/calls/{call}/messages").status_code == 404
    assert say(stranger, call).status_code == 404
    for staff in ("reviewer", "manager"):
        assert house.staff(staff).get(f"/api/v1/calls/{call}/messages").status_code in (401, 404)
    assert house.app.test_client().get(f"/api/v1/calls/{call}/messages").status_code == 401
    path = f"/api/v1/calls/{call}/messages"
    assert first.client.post(path, data="{}", content_type="application/json").status_code == 403
    two.end(first.get(f"/claims/{two.claim}/partner").text.split("/partners/")[1].split("/end")[0])
    two.devices = "one"
    two.agree()
    answer = call_of(two, first)
    assert (answer.status_code, answer.json["code"]) == (409, "call.not-two-devices")


def test_who_ended_it_is_told_that_there_is_nothing(house, two):
    second = house.sign_in(two.partner)
    call = call_of(two, second).json["call"]
    row = second.get("/home").text.split("/partners/")[1].split("/end")[0]
    assert second.post(f"/partners/{row}/end").status_code == 303
    assert call_of(two, second).status_code == 404
    assert second.get(f"/api/v1/calls/{call}/messages").status_code == 404
    assert say(second, call).status_code == 404


def test_what_is_too_much_or_no_message_is_refused_by_its_code(house, two):
    first = house.sign_in(two.holder)
    call = call_of(two, first).json["call"]
    assert say(first, call, body="x" * (16 * 1024 + 1)).status_code == 413
    assert say(first, call, "shout").status_code == 422
    assert first.get(f"/api/v1/calls/{call}/messages?after=-1").status_code == 422
    with house.store.catalogue.write() as session:
        said = {"call_id": call, "sender": two.holder.id, "kind": "candidate", "at": house.now}
        session.add_all(CallMessage(**said, body=str(n)) for n in range(99))
    assert say(first, call).status_code == 201
    refused = say(first, call)
    assert (refused.status_code, refused.json["code"]) == (429, "quota.messages")
    assert int(refused.headers["Retry-After"]) > 0
