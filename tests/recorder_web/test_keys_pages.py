"""The page of how staff sign in, and coming in by what they hold: over HTTP, with a real key."""

import json
import re
from contextlib import suppress
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from recorder_web.api.pace import Pace
from recorder_web.strangers import PASSWORDS_PER_S
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.workflows.password_sign_in import enter_by_password
from speechcorpus.workflows.people import create_staff
from tests.recorder_web.house import House
from tests.rig.authenticator import SITE, Device, by_link

WORDS, OTHER = "hit-liáp n̂g-sim-kam", "chhiūⁿ-á chò-tīn khì"
AT = {"base_url": SITE.origin}


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def payer(house: House) -> FlaskClient:
    """A payer's browser that has just opened a link."""
    staff_id = create_staff(house.store, name="Ia", role="payer", now=house.now)
    client = house.app.test_client()
    client.set_cookie("sc_staff", by_link(house.store, staff_id, house.now).session_token)
    return client


def page(client: FlaskClient, address: str = "/staff/keys") -> str:
    answer = client.get(address, **AT)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def csrf(client: FlaskClient) -> str:
    found = re.search(r'"csrf": "([^"]+)"', page(client))
    assert found is not None
    return found[1]


def add(client: FlaskClient, device: Device, label: str = "筆電"):
    headers = {"X-CSRF-Token": csrf(client)}
    options = client.post("/staff/keys/options", json={}, headers=headers, **AT)
    body = {"label": label, "credential": device.make(options.json)}
    return client.post("/staff/keys", json=body, headers=headers, **AT)


def enter(client: FlaskClient, device: Device, back: str = ""):
    options = client.post("/staff/join/options", json={}, **AT).json
    return client.post("/staff/join/passkey", json={"credential": device.show(options), "back": back}, **AT)


def test_a_key_is_added_named_used_and_removed(house: House, payer: FlaskClient, device: Device) -> None:
    assert "你現在只靠連結登入" in page(payer, "/staff/home")
    assert add(payer, device).status_code == 200
    assert "你現在只靠連結登入" not in page(payer, "/staff/home")
    assert "筆電" in page(payer)
    other = house.app.test_client()
    answer = enter(other, device, "payouts")
    assert answer.json == {"next": "/staff/payouts"}
    assert "已用通行密鑰確認是你本人" in page(other)
    key = re.search(r"/staff/keys/([0-9a-f-]{36})/remove", page(other))
    assert key is not None
    form = {"csrf_token": csrf(other)}
    assert other.post(f"/staff/keys/{key[1]}/remove", data=form, **AT).status_code == 303
    assert payer.get("/staff/keys", **AT).status_code == 401  # the other browser is out
    gone = enter(house.app.test_client(), device)
    assert (gone.status_code, gone.json["code"]) == (404, "key.unknown")


def test_a_new_sign_in_takes_the_place_of_the_one_before(
    house: House, payer: FlaskClient, device: Device
) -> None:
    add(payer, device)
    before = payer.get_cookie("sc_staff").value
    house.later(minutes=11)
    assert "disabled" in page(payer)
    assert 'data-passkey="enter"' in page(payer, "/staff/keys?back=payouts")
    assert enter(payer, device, "keys").json == {"next": "/staff/keys"}
    stolen = house.app.test_client()
    stolen.set_cookie("sc_staff", before)
    assert stolen.get("/staff/keys", **AT).status_code == 401


def test_a_name_and_a_password_sign_in(house: House, payer: FlaskClient) -> None:
    form = {"csrf_token": csrf(payer), "password": "password1234"}
    weak = payer.post("/staff/keys/password", data=form, **AT)
    assert (weak.status_code, "password.weak" in weak.text) == (422, True)
    assert payer.post("/staff/keys/password", data={**form, "password": WORDS}, **AT).status_code == 303
    other = house.app.test_client()
    wrong = other.post("/staff/join/password", data={"name": "Ia", "password": "something else"}, **AT)
    assert (wrong.status_code, "名字和密碼對不上" in wrong.text) == (403, True)
    right = {"name": "Ia", "password": WORDS, "back": "releases"}
    answer = other.post("/staff/join/password", data=right, **AT)
    assert (answer.status_code, answer.location) == (303, "/staff/releases")
    assert "已用密碼確認是你本人" in page(other)


def test_an_address_tries_a_password_once_a_second(house: House) -> None:
    still = Pace(per_s=PASSWORDS_PER_S, clock=lambda: 0.0)
    house.app.extensions["speechcorpus.pace.passwords"] = still
    client, form = house.app.test_client(), {"name": "nobody", "password": "x"}
    statuses = [client.post("/staff/join/password", data=form, **AT).status_code for _ in range(4)]
    assert statuses == [403, 403, 429, 429]


def test_going_back_leads_only_where_we_lead(payer: FlaskClient, device: Device) -> None:
    add(payer, device)
    for said in ("https://example.org", "//example.org", "/staff/people"):
        assert enter(payer, device, said).json == {"next": "/staff/home"}
        assert "example" not in page(payer, f"/staff/keys?back={said}").partition("lang-switch")[0]


def test_at_a_bare_address_there_is_the_password_alone(payer: FlaskClient) -> None:
    token = csrf(payer)
    at = {"base_url": "http://127.0.0.1:8000"}
    payer.set_cookie("sc_staff", payer.get_cookie("sc_staff").value, domain="127.0.0.1")
    assert "通行密鑰要用主機名稱" in payer.get("/staff/keys", **at).get_data(as_text=True)
    answer = payer.post("/staff/keys/options", json={}, headers={"X-CSRF-Token": token}, **at)
    assert (answer.status_code, answer.json["code"]) == (409, "key.address")


def test_what_is_no_answer_of_a_key_is_refused_by_its_field(house: House) -> None:
    client = house.app.test_client()
    for credential in ({}, {"id": 1}, {"id": "a", "clientDataJSON": "b"}):
        body = {"credential": credential, "back": ""}
        answer = client.post("/staff/join/passkey", json=body, **AT)
        assert (answer.status_code, answer.json["code"]) == (422, "request.field")
    junk = {"id": "a", "clientDataJSON": "%%%", "authenticatorData": "a", "signature": "a"}
    answer = client.post("/staff/join/passkey", json={"credential": junk, "back": ""}, **AT)
    assert (answer.status_code, answer.json["code"]) == (403, "key.refused")


def test_marks_without_end_are_refused_before_anything_puts_them_in_order(house: House) -> None:
    client, marks = house.app.test_client(), "a" + "\u0300\u0316" * 20_000
    form = {"name": "x", "password": marks}
    assert client.post("/staff/join/password", data=form, **AT).status_code == 422
    for escaped in (True, False):
        sent = json.dumps({"token": marks}, ensure_ascii=escaped).encode()
        for address in ("/join/exchange", "/staff/join/passkey"):
            answer = client.post(address, data=sent, content_type="application/json", **AT)
            assert answer.status_code in (400, 422)


def test_a_page_of_another_port_that_says_it_were_ours_signs_nobody_in(
    house: House, payer: FlaskClient, device: Device
) -> None:
    add(payer, device)
    elsewhere = {"base_url": "http://localhost:9999"}
    device.site = replace(SITE, origin="http://localhost:9999")
    options = house.app.test_client().post("/staff/join/options", json={}, **elsewhere).json
    body = {"credential": device.show(options), "back": ""}
    answer = house.app.test_client().post("/staff/join/passkey", json=body, **elsewhere)
    assert (answer.status_code, answer.json["code"]) == (404, "key.unknown")


def test_who_was_signed_out_is_shown_the_way_in(house: House, payer: FlaskClient) -> None:
    form = {"csrf_token": csrf(payer)}
    assert payer.post("/staff/sign-out", data=form, **AT).location == "/staff/join"
    answer = payer.get("/staff/payouts", **AT)
    assert (answer.status_code, 'href="/staff/join"' in answer.text) == (401, True)
    assert "/staff/join" in page(payer, "/?lang=en")


def test_another_sites_page_signs_nobody_in(house: House) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("options", "passkey", "password"):
        answer = house.app.test_client().post(f"/staff/join/{path}", json={}, headers=headers, **AT)
        assert (answer.status_code, answer.json["code"]) == (403, "auth.csrf")


def test_a_contributors_sign_in_asks_as_nobody(house: House) -> None:
    ann = house.sign_in(house.stage.contributor())
    token = ann.client.get_cookie("sc_contributor").value
    client = house.app.test_client()
    client.set_cookie("sc_staff", token)
    assert client.post("/staff/join/options", json={}, **AT).status_code == 200


def test_one_shows_ones_own_password_whatever_others_tried(house: House, payer: FlaskClient) -> None:
    payer.post("/staff/keys/password", data={"csrf_token": csrf(payer), "password": WORDS}, **AT)
    for _ in range(6):
        with suppress(SpeechCorpusError):
            enter_by_password(house.store, "Ia", "somebody guesses", now=house.now)
    assert "試錯密碼 5 次" in page(payer)
    form = {"name": "Ia", "password": WORDS, "own": "yes", "back": "payouts:taigi-noise"}
    answer = payer.post("/staff/join/password", data=form, **AT)
    assert (answer.status_code, answer.location) == (303, "/staff/payouts?project=taigi-noise")
    assert "試錯密碼" not in page(payer)


def test_a_change_asks_for_the_password_that_is_there(payer: FlaskClient, device: Device) -> None:
    assert 'name="old"' not in page(payer)
    form = {"csrf_token": csrf(payer), "password": WORDS}
    assert payer.post("/staff/keys/password", data=form, **AT).status_code == 303
    own = {"name": "Ia", "password": WORDS, "own": "yes", "back": "keys"}
    assert payer.post("/staff/join/password", data=own, **AT).status_code == 303  # shown just now
    form = {"csrf_token": csrf(payer), "password": OTHER}
    assert page(payer).count('name="old"') == 1
    for old in ({}, {"old": OTHER}):
        answer = payer.post("/staff/keys/password", data={**form, **old}, **AT)
        assert (answer.status_code, "password.wrong" in answer.text) == (403, True)
    add(payer, device)
    assert page(payer).count('name="old"') == 2  # to remove it as well, for who has shown no passkey
    enter(payer, device, "keys")
    shown = page(payer)
    assert (shown.count('name="old"'), "忘了現在的密碼" in shown) == (1, True)
    payer.application.extensions.pop("speechcorpus.pace.passwords", None)
    form = {"csrf_token": csrf(payer), "password": OTHER, "old": WORDS}
    assert payer.post("/staff/keys/password", data=form, **AT).status_code == 303


def test_an_old_password_is_tried_as_often_as_one_that_lets_somebody_in(
    house: House, payer: FlaskClient
) -> None:
    payer.post("/staff/keys/password", data={"csrf_token": csrf(payer), "password": WORDS}, **AT)
    own = {"name": "Ia", "password": WORDS, "own": "yes", "back": "keys"}
    payer.post("/staff/join/password", data=own, **AT)
    still = Pace(per_s=PASSWORDS_PER_S, clock=lambda: 0.0)
    house.app.extensions["speechcorpus.pace.passwords"] = still
    form = {"csrf_token": csrf(payer), "password": OTHER, "old": "no"}
    statuses = [payer.post("/staff/keys/password", data=form, **AT).status_code for _ in range(3)]
    statuses.append(payer.post("/staff/keys/password/remove", data=form, **AT).status_code)
    assert statuses == [403, 403, 429, 429]


def test_the_fifth_mistake_shows_the_way_in(house: House, payer: FlaskClient) -> None:
    payer.post("/staff/keys/password", data={"csrf_token": csrf(payer), "password": WORDS}, **AT)
    form = {"name": "Ia", "password": OTHER, "own": "yes"}
    for _ in range(5):
        house.app.extensions.pop("speechcorpus.pace.passwords", None)  # a second passes between them
        answer = payer.post("/staff/join/password", data=form, **AT)
    assert (answer.status_code, "password.tries" in answer.text) == (403, True)
    assert 'href="/staff/join"' in answer.text
    assert payer.get("/staff/keys", **AT).status_code == 401
