"""The draw as people meet it: on the first page, on its public page, on the manager's desk."""

import json
import re

from recorder_web.i18n import LOCALES
from speechcorpus.store.models import Claim
from speechcorpus.work.draw_record import Entry, verify_draw
from speechcorpus.workflows.round_clock import advance_rounds
from tests.drawing import announced, drawer, join, nonce_of, offers


def to_close(house, the_round):
    house.clock[0] = the_round.closes_at
    advance_rounds(house.store, now=house.now)


def enter(browser, the_round, **said):
    form = {"nonce": nonce_of(browser.actor), "band": "low", "style": "read", **said}
    return browser.post(f"/rounds/{the_round.id}/join", **form)


def test_a_draw_from_one_tap_to_the_recorder(house):
    the_round = announced(house.stage, most=1)
    ann, ben = (house.sign_in(drawer(house.stage)) for _ in range(2))
    page = ann.get("/home?lang=en").text
    assert "Opens 2026-03-03 04:30, closes 2026-03-03 04:40" in page
    assert "Join the draw" not in page
    early = enter(ann, the_round)
    assert (early.status_code, "not open yet" in early.text or "還沒開始登記" in early.text) == (409, True)
    house.clock[0] = the_round.opens_at
    page = ann.get("/home?lang=en").text
    assert "Join the draw" in page
    assert "data-nonce" in page
    for browser in (ann, ben):
        assert enter(browser, the_round).headers["Location"] == f"/home#round-{the_round.id}"
    assert "Joined" in ann.get("/home?lang=en").text
    to_close(house, the_round)
    winner, loser = (ann, ben) if ann.actor.id in offers(house.stage, the_round) else (ben, ann)
    page = winner.get("/home?lang=en").text
    assert "You drew rank 1: there is work for you." in page
    assert "number 1 on the wait list" in loser.get("/home?lang=en").text
    (accept,) = re.findall(r'action="(/offers/[^"]+/accept)"', page)
    assert loser.post(accept).status_code == 404
    assert winner.post(accept).headers["Location"].startswith("/record/")
    assert winner.post(accept).status_code == 303
    assert "Take this work" not in winner.get("/home?lang=en").text


def test_without_a_number_of_the_browser_the_server_refuses_and_says_why(house):
    the_round, ann = announced(house.stage), house.sign_in(drawer(house.stage))
    house.clock[0] = the_round.opens_at
    refused = enter(ann, the_round, nonce="")
    assert refused.status_code == 422
    assert "亂數" in refused.text
    assert "<noscript>" in ann.get("/home").text


def test_whoever_cannot_join_yet_reads_what_is_missing_and_where_to_go(house):
    the_round = announced(house.stage)
    house.clock[0] = the_round.opens_at
    ways = {"/consent?project=taigi-noise": {"consents": False}, "/check": {}}
    ways["/audition?project=taigi-noise"] = {"vouched": False}
    for way, person in ways.items():
        page = house.sign_in(house.stage.contributor(**person)).get("/home").text
        card = page[page.index(f'id="round-{the_round.id}"') :].split("</li>")[0]
        assert f'href="{way}"' in card
        assert "參加抽籤" not in card


def test_a_declined_offer_is_gone_from_the_page(house):
    the_round, ann = announced(house.stage, most=1), house.sign_in(drawer(house.stage))
    house.clock[0] = the_round.opens_at
    enter(ann, the_round)
    to_close(house, the_round)
    offer = offers(house.stage, the_round)[ann.actor.id]
    assert ann.post(f"/offers/{offer.id}/decline").headers["Location"] == "/home"
    assert f"/offers/{offer.id}" not in ann.get("/home").text
    assert ann.post(f"/offers/{offer.id}/accept").status_code == 409


def test_everybody_reads_a_round_and_its_file_proves_it(house):
    people = [drawer(house.stage) for _ in range(3)]
    the_round, stranger = announced(house.stage), house.app.test_client()
    before = stranger.get(f"/rounds/{the_round.id}?lang=en")
    assert the_round.commit_sha256 in before.text
    assert the_round.seed not in before.text + stranger.get(f"/rounds/{the_round.id}.json").text
    for person in people:
        join(house.stage, the_round, person)
    to_close(house, the_round)
    page = stranger.get(f"/rounds/{the_round.id}?lang=en").text
    assert the_round.seed in page
    assert "My ticket" not in page
    record = stranger.get(f"/rounds/{the_round.id}.json").text
    assert verify_draw(record, commit=the_round.commit_sha256).valid
    ann = house.sign_in(people[0])
    own = ann.get(f"/rounds/{the_round.id}?lang=en").text
    ref = re.search(r"--entry (\S+) ", own)[1]
    check = verify_draw(record, entry=Entry(contributor_ref=ref, nonce=nonce_of(people[0])))
    assert f"You drew rank {check.rank}" in own
    assert {people[1].id, nonce_of(people[1])} & set(re.findall(r"[\w-]+", own)) == set()
    assert f"/rounds/{the_round.id}" in stranger.get("/rounds").text
    assert stranger.get("/rounds/none").status_code == 404


def test_every_page_of_a_round_speaks_every_language_in_every_state(house):
    stage, pages = house.stage, ["/home", "/rounds"]
    browsers = [house.sign_in(drawer(stage)) for _ in range(2)]

    def walk():
        desk = house.sign_in(stage.manager)  # a staff sign-in lasts less than a draw
        for locale in LOCALES:
            for browser in browsers:
                assert {browser.get(f"{page}?lang={locale}").status_code for page in pages} == {200}
            assert desk.get(f"/staff/rounds?lang={locale}").status_code == 200
        return desk

    walk()
    first, other = announced(stage, most=1), announced(stage, bands=("high",))
    pages += [f"/rounds/{first.id}", f"/rounds/{other.id}"]
    house.clock[0] = first.opens_at
    for browser in browsers:
        assert enter(browser, first).status_code == 303
    walk().post(f"/staff/rounds/{other.id}/cancel", reason="題目錯了")
    assert "題目錯了" in browsers[0].get(f"/rounds/{other.id}").text
    to_close(house, first)
    walk()


def test_a_manager_announces_watches_and_calls_off(house):
    manager, reviewer = house.sign_in(house.stage.manager), house.staff("reviewer")
    form = {"project": house.stage.project_id, "band": "low", "style": "read", "most": "1"}
    assert reviewer.post("/staff/rounds", **form).status_code == 404
    assert reviewer.get("/staff/rounds").status_code == 404
    assert manager.post("/staff/rounds", **form | {"most": "x"}).status_code == 422
    assert manager.post("/staff/rounds", **form).status_code == 303
    page = manager.get("/staff/rounds?lang=en").text
    (round_id,) = re.findall(r'data-round="([^"]+)"', page)
    assert json.loads(house.app.test_client().get(f"/rounds/{round_id}.json").text)["seed"] is None
    assert manager.post(f"/staff/rounds/{round_id}/cancel", reason=" ").status_code == 422
    assert manager.post(f"/staff/rounds/{round_id}/cancel", reason="wrong prompts").status_code == 303
    assert "wrong prompts" in manager.get("/staff/rounds?lang=en").text
    assert manager.post(f"/staff/rounds/{round_id}/cancel", reason="again").status_code == 409


def test_the_first_page_reminds_of_the_end_a_day_and_two_hours_before(house):
    recorder = house.stage.recorder()
    browser = house.sign_in(recorder.actor)
    with house.store.catalogue.write() as session:
        session.get_one(Claim, recorder.claim).lease_until = house.now.replace(day=4)
    assert "notice--fix" not in browser.get("/home").text
    house.later(days=1, minutes=1)
    assert "notice--fix" in browser.get("/home").text
    house.later(hours=22)
    assert "notice--stop" in browser.get("/home").text


def test_a_page_of_an_earlier_hold_gives_nothing_back(house):
    recorder = house.stage.recorder()
    browser = house.sign_in(recorder.actor)
    address = f"/claims/{recorder.claim}"
    assert 'name="fence" value="1"' in browser.get("/home").text
    assert browser.post(f"{address}/return", fence="0").status_code == 409
    assert browser.post(f"{address}/return", fence="x").status_code == 422
    api = {"headers": {"X-CSRF-Token": browser.csrf}}
    beat = browser.client.post(f"/api/v1{address}/heartbeat", json={"fence": 1}, **api)
    assert (beat.status_code, "lease_until" in beat.json) == (200, True)
    stale = browser.client.post(f"/api/v1{address}/heartbeat", json={"fence": 2}, **api)
    assert (stale.status_code, stale.json["code"]) == (409, "claim.stale")
    assert browser.post(f"{address}/return", fence="1").status_code == 303
    gone = browser.client.post(f"/api/v1{address}/heartbeat", json={"fence": 1}, **api)
    assert (gone.status_code, gone.json["code"]) == (409, "claim.edge")
