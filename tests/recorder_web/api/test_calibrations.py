"""Calibrations and device checks over HTTP: what the recorder's page is told of them."""

from uuid import uuid4

import pytest

from tests.recorder_web.test_pages import data_of
from tests.sound_check import DEVICE, all_heard, body_of, heard, put_away, sit_down, steady, three_steady
from tests.stage import RATE_HZ


@pytest.fixture
def person(house):
    return house.stage.contributor()


@pytest.fixture
def ask(house, person):
    """A browser of the person, signed in, that speaks JSON."""
    browser = house.sign_in(person)

    def ask(method: str, path: str, body: object = None):
        headers = {"X-CSRF-Token": browser.csrf}
        return browser.client.open(f"/api/v1{path}", method=method, json=body, headers=headers)

    ask.browser = browser
    return ask


@pytest.fixture
def checked(house, person):
    """A sound check with three takes beside a meter, and what the browser asks for."""
    recorder = sit_down(house.stage, person)
    takes = all_heard(recorder, three_steady())
    return recorder, body_of(recorder, {take.id: "67" for take in takes}, gain_note="70 %")


def test_a_calibration_is_made_once_and_shown_to_its_owner_only(house, person, ask, checked):
    _, body = checked
    path = f"/calibrations/{uuid4()}"
    made, again, shown = ask("PUT", path, body), ask("PUT", path, body), ask("GET", path)
    assert (made.status_code, again.status_code, shown.status_code) == (201, 200, 200)
    assert made.json == again.json == shown.json
    assert float(made.json["offset_db"]) == pytest.approx(96.8, abs=0.2)
    assert (made.json["u_db"], made.json["rate_hz"], made.json["method"]) == ("2", RATE_HZ, "reference-meter")
    assert made.json["device"] == {**DEVICE, "gain_note": "70 %"}
    other = house.sign_in(house.stage.contributor())
    assert other.client.get(f"/api/v1{path}").status_code == 404
    assert house.app.test_client().get(f"/api/v1{path}").status_code == 401


def test_the_browser_is_told_to_wait_for_takes_that_are_on_their_way(ask, checked):
    recorder, body = checked
    late = recorder.record(steady(-30), track="check")
    answer = ask(
        "PUT", f"/calibrations/{uuid4()}", {**body, "takes": [{"take": late.id, "reading_dba": "67"}]}
    )
    assert (answer.status_code, answer.headers["Retry-After"]) == (409, "2")
    assert (answer.json["code"], answer.json["facts"]["missing"]) == ("calibration.takes-missing", late.id)


def test_what_cannot_be_trusted_comes_back_with_its_numbers(ask, checked):
    _, body = checked
    apart = [
        {**take, "reading_dba": text} for take, text in zip(body["takes"], ("66", "67", "68"), strict=True)
    ]
    answer = ask("PUT", f"/calibrations/{uuid4()}", {**body, "takes": apart})
    assert (answer.status_code, answer.json["code"]) == (422, "calibration.spread")
    assert answer.json["facts"]["measured"] == pytest.approx(2, abs=0.05)
    assert answer.json["facts"]["limit"] == 1


def test_a_repeat_check_says_how_far_off_it_is(ask, checked):
    recorder, body = checked
    made = ask("PUT", f"/calibrations/{uuid4()}", {**body, "gain_note": None}).json
    take = heard(recorder, steady(-30, seed=9))
    path = f"/calibrations/{made['id']}/repeats/{take.id}"
    first, again = (ask("PUT", path, {"reading_dba": "65.5"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert first.json["agrees"] is False
    assert float(first.json["difference_db"]) == pytest.approx(1.5, abs=0.05)


def test_the_recorder_is_told_which_calibrations_hold(house, person, ask, checked):
    recorder, body = checked
    made = ask("PUT", f"/calibrations/{uuid4()}", body).json
    put_away(recorder)
    house.stage.now = house.now
    claim = house.stage.recorder(person).claim
    (shown,) = data_of(ask.browser.get(f"/record/{claim}").text)["calibrations"]
    assert shown == {
        **{
            key: made[key] for key in ("id", "offset_db", "u_db", "method", "rate_hz", "expires_at", "device")
        },
        "u_unrepeated_db": "2.83",
        "fresh": True,
    }


def test_a_device_check_is_answered_with_our_own_results(house, ask, checked):
    recorder, _ = checked
    take = heard(recorder, steady(-30, 3))
    claimed = [{"name": "ledger", "result": "pass", "facts": {"lost_frames": 0, "alarms": []}}]
    body = {"sitting": recorder.sitting, "take": take.id, "capture_path": "mstp", "rate_hz": RATE_HZ}
    body["report"] = {"checks": claimed, "settings": {"autoGainControl": False}}
    path = f"/device-checks/{uuid4()}"
    first, again = ask("PUT", path, body), ask("PUT", path, body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["passed"], first.json["claimed"]) == (True, claimed)
    assert {"name": "gate", "result": "pass", "facts": {"runs": 0, "longest": 0}} in first.json["found"]
    waiting = ask("PUT", f"/device-checks/{uuid4()}", {**body, "take": str(uuid4())})
    assert (waiting.status_code, waiting.json["code"]) == (409, "device-check.take-missing")
    other = house.sign_in(house.stage.contributor())
    headers = {"X-CSRF-Token": other.csrf}
    assert other.client.put(f"/api/v1{path}", json=body, headers=headers).status_code == 404
