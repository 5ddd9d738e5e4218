"""How often a stranger may ask, and how fast a sign-in ends in every process of the house."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recorder_web.api.pace import Pace
from recorder_web.strangers import PAGES_PER_S, TRIES_PER_S
from speechcorpus.store.models import LoginSession
from speechcorpus.workflows.own_sign_ins import end_other_sign_ins, end_own_sign_in
from speechcorpus.workflows.people_desk import end_sessions, set_paused
from speechcorpus.workflows.sign_in import SignedIn, exchange_invite, hour_of, invite_contributor
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.recorder_web.house import Browser, House
from tests.rig.server import Server


def status_there(server: Server, browser: Browser, path: str) -> int:
    """What the other process answers to this browser's cookie."""
    side = "contributor" if browser.actor.role == "contributor" else "staff"
    cookie = browser.client.get_cookie(f"sc_{side}")
    headers = {"Cookie": f"sc_{side}={cookie.value}", "Content-Type": "application/json"}
    return server.ask("GET", path, headers)[0]


@pytest.fixture
def still(house: House) -> House:
    """A house in which no time passes for whoever is counted."""
    for name, per_s in {"strangers": PAGES_PER_S, "tries": TRIES_PER_S}.items():
        house.app.extensions[f"speechcorpus.pace.{name}"] = Pace(per_s=per_s, clock=lambda: 0.0)
    return house


def test_an_address_that_asks_without_end_is_told_to_wait_and_others_are_served(still: House):
    house, client = still, still.app.test_client()
    codes = [client.get("/").status_code for _ in range(4 * PAGES_PER_S)]
    assert codes[:PAGES_PER_S] == [200] * PAGES_PER_S
    refused = client.get("/")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
    assert "短時間內" in refused.get_data(as_text=True)
    assert client.get("/healthz").status_code == 200
    assert house.app.test_client().get("/", environ_overrides={"REMOTE_ADDR": "::2"}).status_code == 200
    assert house.sign_in(house.stage.contributor()).get("/home").status_code == 200


@pytest.mark.parametrize("said", ["x", "Bearer ", "Bearer x", "Basic eDp4"])
def test_a_header_of_whatever_kind_lets_nobody_ask_more(still: House, said: str):
    client = still.app.test_client()
    codes = [client.get("/join", headers={"Authorization": said}).status_code for _ in range(50)]
    assert codes == [200] * 2 * PAGES_PER_S + [429] * 10


def test_behind_a_proxy_its_one_address_is_nobodys(house: House):
    client = house.app.test_client()
    codes = {client.get("/", base_url="https://corpus.example").status_code for _ in range(4 * PAGES_PER_S)}
    assert codes == {200}


def test_links_that_let_nobody_in_are_counted_and_a_good_one_still_opens(still: House):
    house, client = still, still.app.test_client()
    answers = [client.post("/join/exchange", json={"token": f"t{n}"}) for n in range(6 * TRIES_PER_S)]
    assert answers[0].json["code"] == "invite.unknown"
    assert (answers[-1].status_code, answers[-1].json["code"]) == (429, "quota.rate")
    good = invite_contributor(house.store, house.stage.contributor().id, now=house.now)
    assert client.post("/join/exchange", json={"token": good}).status_code == 200


def test_a_sign_in_that_ends_here_has_ended_in_the_other_process(running: tuple[House, Server]):
    house, server = running
    manager, now = house.stage.manager, datetime.now(UTC)
    reviewer, other = house.staff("reviewer"), house.staff("manager")
    contributor, leaver = house.sign_in(house.stage.contributor()), house.stage.contributor()
    left_behind = house.sign_in(leaver)
    home = "/api/v1/me"
    assert [status_there(server, each, home) for each in (contributor, left_behind)] == [200, 200]
    assert status_there(server, reviewer, "/releases/index.json") == 404  # signed in, and no reader
    assert status_there(server, other, "/releases/index.json") == 200
    for who in (reviewer, other):
        set_paused(house.store, manager, "staff", who.actor.id, paused=True, now=now)
        assert status_there(server, who, "/releases/index.json") == 401
    end_sessions(house.store, manager, "contributor", contributor.actor.id, now=now)
    withdraw(house.store, leaver, Asked(scope="all"), now=now)
    assert [status_there(server, each, home) for each in (contributor, left_behind)] == [401, 401]


PATIENCE_S = 60


def opened(house: House, person: str, at: datetime) -> SignedIn:
    """One browser more in which somebody opened a link."""
    return exchange_invite(house.store, invite_contributor(house.store, person, now=at), now=at)


def answer_there(server: Server, signed: SignedIn) -> int:
    return server.ask("GET", "/api/v1/me", {"Cookie": f"sc_contributor={signed.session_token}"})[0]


def test_what_its_owner_ends_here_has_ended_in_the_other_process(running: tuple[House, Server]):
    (house, server), now = running, datetime.now(UTC)
    person = house.stage.contributor().id
    lost, other, here = (opened(house, person, now) for _ in range(3))
    assert [answer_there(server, each) for each in (lost, other, here)] == [200, 200, 200]
    end_own_sign_in(house.store, here, lost.sign_in_id, now=now)
    assert [answer_there(server, each) for each in (lost, other, here)] == [401, 200, 200]
    end_other_sign_ins(house.store, here, now=now)
    assert [answer_there(server, each) for each in (lost, other, here)] == [401, 401, 200]


def test_a_process_that_serves_writes_down_in_which_hour_somebody_came(running: tuple[House, Server]):
    house, server = running
    signed = opened(house, house.stage.contributor().id, datetime.now(UTC) - timedelta(hours=2))
    asked = datetime.now(UTC)
    assert answer_there(server, signed) == 200
    used, until = None, time.monotonic() + PATIENCE_S
    while used is None and time.monotonic() < until:
        time.sleep(0.2)
        with house.store.catalogue.read() as session:
            row = select(LoginSession.used_hour).where(LoginSession.id == signed.sign_in_id)
            used = session.scalar(row)
    assert used in (hour_of(asked), hour_of(datetime.now(UTC)))
