"""The pages on which people see where they are signed in and end it: contributors' own, and that of staff."""

import re
import sqlite3
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from recorder_web.seen import SeenSignIns, seen_of, tell_seen
from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import LoginSession
from speechcorpus.workflows.passwords import give_password
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor, signed_in
from tests.recorder_web.house import Browser, House
from tests.rig.authenticator import SITE, by_link, keyed

PHONE = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36"
DESK = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:144.0) Gecko/20100101 Firefox/144.0"
PATIENCE_S = 30
WORDS = "hit-liáp n̂g-sim-kam"


@pytest.fixture
def person(house: House) -> Actor:
    return house.stage.contributor()


def opened(house: House, person: Actor, agent: str) -> Browser:
    """A browser that opened a link by itself, as people do."""
    client = house.app.test_client()
    token = invite_contributor(house.store, person.id, now=house.now)
    answer = client.post("/join/exchange", json={"token": token}, headers={"User-Agent": agent})
    assert answer.status_code == 200
    cookie = client.get_cookie("sc_contributor").value
    signed = signed_in(house.store, cookie, now=house.now)
    return Browser(client=client, actor=person, csrf=signed.csrf_token)


def rows_of(page: str) -> dict[str, str]:
    """The sign-ins of a page, each with what its row says; the one in hand comes first."""
    return dict(re.findall(r'data-sign-in="([^"]+)">(.*?)</li>', page))


def kinds_kept(house: House) -> set[str | None]:
    with house.store.catalogue.read() as session:
        return set(session.scalars(select(LoginSession.browser)))


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_speaks_every_language_with_one_browser_and_with_two(house: House, person, locale: str):
    here = opened(house, person, DESK)
    alone = here.get(f"/sign-ins?lang={locale}")
    assert (alone.status_code, alone.headers["Cache-Control"]) == (200, "private, no-store")
    assert ("data-nowhere-else" in alone.text, len(rows_of(alone.text))) == (True, 1)
    assert "end-others" not in alone.text
    opened(house, person, PHONE)
    both = here.get(f"/sign-ins?lang={locale}").text
    assert ("data-nowhere-else" in both, len(rows_of(both)), "end-others" in both) == (False, 2, True)
    assert "Chrome" in both
    assert "Android" in both
    assert "142" not in both


def test_the_way_to_it_is_on_the_first_page_and_beside_the_account(house: House, person):
    here = opened(house, person, DESK)
    for page in ("/home", "/work/papers"):
        body = here.get(page).text.partition("<main")[2]
        assert 'href="/sign-ins"' in body


def test_one_that_is_ended_is_out_with_its_next_request_and_the_others_stay(house: House, person):
    here, lost, kept = (opened(house, person, agent) for agent in (DESK, PHONE, DESK))
    page = here.get("/sign-ins").text
    assert page.count("這個瀏覽器") == 1
    (of_phone,) = [row for row, said in rows_of(page).items() if "Android" in said]
    assert here.post(f"/sign-ins/{of_phone}/end").status_code == 303
    assert lost.get("/home").status_code == 401
    assert [each.get("/home").status_code for each in (here, kept)] == [200, 200]
    assert here.post("/sign-ins/end-others").status_code == 303
    assert [each.get("/home").status_code for each in (here, kept)] == [200, 401]


def test_ending_the_one_in_hand_signs_out_here(house: House, person):
    here = opened(house, person, DESK)
    (own,) = rows_of(here.get("/sign-ins").text)
    answer = here.post(f"/sign-ins/{own}/end")
    assert (answer.status_code, answer.location) == (303, "/")
    assert here.client.get_cookie("sc_contributor") is None


def staff_page(client: FlaskClient) -> str:
    answer = client.get("/staff/keys", base_url=SITE.origin)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_every_way_in_of_staff_keeps_the_kind_of_browser(house: House):
    now, at = house.now, {"base_url": SITE.origin, "headers": {"User-Agent": DESK}}
    staff = create_staff(house.store, name="Ia", role="payer", now=now)
    device = keyed(house.store, by_link(house.store, staff, now), now)
    give_password(house.store, staff, WORDS, now=now)
    by_key, by_word = house.app.test_client(), house.app.test_client()
    options = by_key.post("/staff/join/options", json={}, **at).json
    body = {"credential": device.show(options), "back": ""}
    assert by_key.post("/staff/join/passkey", json=body, **at).status_code == 200
    form = {"name": "Ia", "password": WORDS}
    assert by_word.post("/staff/join/password", data=form, **at).status_code == 303
    page = staff_page(by_word)
    assert page.count("Windows 上的 Firefox") >= 2
    assert ("用通行密鑰" in page, "用密碼" in page) == (True, True)
    own = {"name": "Ia", "password": WORDS, "own": "yes"}
    at["headers"] = {"User-Agent": PHONE}
    assert by_word.post("/staff/join/password", data=own, **at).status_code == 303
    assert kinds_kept(house) == {None, "Firefox/Windows", "Chrome/Android"}


def test_staff_show_a_key_before_they_end_others(house: House):
    here = house.staff("manager")
    lost = house.sign_in(here.actor)
    page = here.get("/staff/keys").text
    own, other, *_ = rows_of(page)
    assert " disabled" not in page.partition('id="sign-ins"')[2]
    house.later(minutes=11)
    late = here.get("/staff/keys").text
    assert "<button" not in rows_of(late)[own]
    assert re.search(r"<button[^>]* disabled", rows_of(late)[other])
    assert 'id="prove"' in late
    assert '<a href="#prove">' in late
    for path in (f"/staff/keys/sign-ins/{other}/end", "/staff/keys/sign-ins/end-others"):
        answer = here.post(path)
        assert (answer.status_code, "key.proof" in answer.text) == (403, True)
    assert lost.get("/staff/home").status_code == 200
    shown = house.sign_in(here.actor)
    assert shown.post("/staff/keys/sign-ins/end-others").status_code == 303
    assert [each.get("/staff/home").status_code for each in (here, lost, shown)] == [401, 401, 200]


def test_staff_with_a_link_alone_end_others_after_an_hour_as_well(house: House):
    actor = house.staff_actor("reviewer")
    lost, here = (house.sign_in(actor, by_link_alone=True) for _ in range(2))
    house.later(hours=1)
    page = here.get("/staff/keys").text
    assert " disabled" not in page.partition('id="sign-ins"')[2]
    assert here.post("/staff/keys/sign-ins/end-others").status_code == 303
    assert [each.get("/staff/home").status_code for each in (here, lost)] == [200, 401]


def test_ending_the_one_in_hand_leads_staff_to_the_way_in(house: House):
    here = house.staff("reviewer")
    (own, *_) = rows_of(here.get("/staff/keys").text)
    house.later(minutes=11)
    answer = here.post(f"/staff/keys/sign-ins/{own}/end")
    assert (answer.status_code, answer.location) == (303, "/staff/join")
    assert here.get("/staff/home").status_code == 401


def used_hours(house: House) -> list[datetime | None]:
    with house.store.catalogue.read() as session:
        return list(session.scalars(select(LoginSession.used_hour).order_by(LoginSession.created_at)))


def test_the_hour_of_the_last_use_is_told_once_an_hour_and_never_by_a_request(house: House, person):
    here, seen = opened(house, person, DESK), seen_of(house.app)
    here.get("/home")
    house.later(hours=2)
    for _ in range(3):
        here.get("/home")
    assert used_hours(house) == [None]
    seen.tell(house.store)
    hour = house.now.replace(minute=0)
    assert used_hours(house) == [hour]
    assert "2026-03-02 18:00" in opened(house, person, PHONE).get("/sign-ins").text  # 10:00 UTC
    house.later(minutes=29)  # the same hour
    here.get("/home")
    untold = house.store.data_dir / "nowhere"
    seen.tell(replace(house.store, catalogue=Catalogue(f"sqlite:///{untold}/no.sqlite")))  # nothing to tell
    assert used_hours(house) == [hour, None]
    house.later(minutes=1)
    here.get("/home")
    seen.tell(house.store)
    assert used_hours(house) == [hour + timedelta(hours=1), None]


def test_a_use_that_a_busy_catalogue_did_not_take_is_told_the_next_time(house: House, person):
    here, seen = opened(house, person, DESK), seen_of(house.app)
    house.later(hours=2)
    here.get("/home")
    database = house.store.data_dir / "catalogue.sqlite"
    hurried = Catalogue(f"sqlite:///{database}", busy_timeout_s=0.05)
    store = replace(house.store, catalogue=hurried)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert here.get("/home").status_code == 200  # a page waits for nobody
        with pytest.raises(StoreError, match="busy"):
            seen.tell(store)
        writer.execute("ROLLBACK")
    seen.tell(store)
    hurried.close()
    assert used_hours(house) == [house.now.replace(minute=0)]


def test_a_thread_of_the_process_tells_it(house: House, person, monkeypatch):
    monkeypatch.setattr("recorder_web.seen.TOLD_EVERY_S", 0.01)
    token = invite_contributor(house.store, person.id, now=house.now)
    signed = exchange_invite(house.store, token, now=house.now)
    seen, stop, later = SeenSignIns(), threading.Event(), house.now + timedelta(hours=5)
    thread = threading.Thread(target=tell_seen, args=(seen, house.store, stop))
    thread.start()
    try:
        seen.note(signed, later)
        until = time.monotonic() + PATIENCE_S
        while used_hours(house) == [None] and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        stop.set()
        thread.join()
    assert used_hours(house) == [later.astimezone(UTC).replace(minute=0)]


def test_a_key_of_another_person_ends_nothing_here(house: House):
    here, stranger = house.staff("payer"), house.staff("payer")
    own, *_ = rows_of(here.get("/staff/keys").text)
    answer = stranger.post(f"/staff/keys/sign-ins/{own}/end")
    assert (answer.status_code, "not-found" in answer.text) == (404, True)
    assert here.get("/staff/home").status_code == 200
