"""The pages of a dialogue: a link for the second person, and what they read before they agree."""

import json
import re
from dataclasses import replace

import pytest

from recorder_web.app import create_app
from speechcorpus.store.models import Claim
from speechcorpus.workflows.turn import CallServers
from tests.dialogue import Pair, pair
from tests.recorder_web.house import House
from tests.recorder_web.test_i18n import LOCALES

QR = '<svg aria-hidden="true" width'


@pytest.fixture
def two(house) -> Pair:
    return pair(house.stage)


@pytest.fixture
def holder(house, two):
    return house.sign_in(two.holder)


@pytest.fixture
def partner(house, two):
    return house.sign_in(two.partner)


def path_in(page) -> str:
    return re.search(r'value="https?://[^/]+(/partner/[\w-]+)"', page.text)[1]


def asked(two, who):
    return who.get(f"/api/v1/claims/{two.claim}/partner")


def test_the_holder_makes_a_link_and_the_second_person_agrees_on_their_own_device(two, holder, partner):
    assert f"/claims/{two.claim}/partner" in holder.get("/home").text
    assert asked(two, holder).json == {"partner": None}
    path = path_in(holder.post(f"/claims/{two.claim}/partner"))
    page = partner.get(path).text
    for told in ("CC", two.name(two.holder), "講恁的囡仔時代。", "錄你的聲音。"):
        assert told in page
    done = partner.post(path, purpose=["record", "human_review", "release"])
    assert (done.status_code, done.location) == (303, path)
    assert 'id="agreed"' in partner.get(path).text
    assert asked(two, holder).json == {"partner": {"ref": two.name(), "agrees": True, "devices": "one"}}
    assert two.name() in holder.get(f"/claims/{two.claim}/partner").text
    assert f'"ref": "{two.name()}"' in holder.get(f"/record/{two.claim}").text.replace('"ref":"', '"ref": "')


def test_either_ends_it_from_the_home_page(two, holder, partner):
    for who in (holder, partner):
        row = two.agree()
        assert f"/partners/{row}/end" in partner.get("/home").text
        ended = who.post(f"/partners/{row}/end")
        assert (ended.status_code, ended.location) == (303, "/home")
        assert asked(two, holder).json == {"partner": None}
    assert "/partners/" not in partner.get("/home").text


def test_who_may_not_is_told_why_or_that_there_is_nothing(house, two, holder, partner):
    path, third = f"/partner/{two.invite()}", house.sign_in(house.stage.contributor())
    assert holder.get(path).status_code == 409
    assert house.app.test_client().get(path).status_code == 401
    assert partner.get("/partner/nothing").status_code == 404
    assert third.get(f"/claims/{two.claim}/partner").status_code == 404
    assert third.post(f"/claims/{two.claim}/partner").status_code == 404
    assert asked(two, third).status_code == 404
    assert partner.post(path, purpose=["record"]).status_code == 403
    row = two.agree(path.rsplit("/", 1)[1])
    assert third.get(path).status_code == 410
    assert third.post(f"/partners/{row}/end").status_code == 404
    assert "這個連結已經有人用了" in third.get(path).text


def test_a_code_to_scan_is_shown_where_a_phone_gets_to(two, holder):
    seat, form = f"/claims/{two.claim}/partner", {"csrf_token": holder.csrf}
    here = holder.client.post(seat, data=form)
    assert QR not in here.text
    kept = holder.client.get_cookie("sc_contributor").value
    holder.client.set_cookie("sc_contributor", kept, domain="192.168.1.5")
    abroad = holder.client.post(seat, data=form, base_url="http://192.168.1.5:8000")
    assert QR in abroad.text
    assert 'value="http://192.168.1.5:8000/partner/' in abroad.text


def test_on_two_devices_the_page_says_so_and_both_get_to_a_recorder_of_their_own(house, two, holder, partner):
    seat = f"/claims/{two.claim}/partner"
    assert 'value="one" checked' in holder.get(seat).text
    made = holder.post(seat, devices="two")
    assert 'value="two" checked' in holder.get(seat).text
    path = path_in(made)
    page = partner.get(path).text
    assert "報酬各算各的" in page
    assert "全部算在" not in page
    assert "轉寫報酬" in page
    # a messenger that shows a preview opens links before people do: opening alone changes nothing
    assert asked(two, holder).json == {"partner": None}
    assert partner.get(f"/record/{two.claim}").status_code == 404
    assert holder.post(seat, devices="three").status_code == 422
    partner.post(path, purpose=["record", "human_review", "release"])
    agreed, home = partner.get(path).text, partner.get("/home").text
    for place in (f"/record/{two.claim}", f"/check/{two.claim}"):
        assert f'href="{place}"' in agreed
        assert f'href="{place}"' in home
        assert partner.get(place).status_code == 200
    assert f'href="/transcribe/{two.claim}"' in home
    assert "一人一台裝置" in holder.get(seat).text
    assert partner.get("/record").location == f"/record/{two.claim}"
    for who, place, other in ((holder, 1, two.partner), (partner, 2, two.holder)):
        data = json.loads(who.get(f"/record/{two.claim}").text.split('id="data">')[1].split("</script>")[0])
        call = {"api": f"/api/v1/claims/{two.claim}/call", "seat": place, "other": two.name(other)}
        assert data["call"] == call
        assert (data["partner"]["ref"], data["partner"]["agrees"]) == (two.name(other), True)


def test_at_one_device_there_is_no_call_and_no_page_for_the_second_person(two, holder, partner):
    path = path_in(holder.post(f"/claims/{two.claim}/partner", devices="one"))
    assert "報酬全部算在拿任務的" in partner.get(path).text
    two.agree(path.rsplit("/", 1)[1])
    page = holder.get(f"/record/{two.claim}").text
    assert json.loads(page.split('id="data">')[1].split("</script>")[0])["call"] is None
    assert f"/record/{two.claim}" not in partner.get("/home").text
    for place in ("record", "check", "transcribe"):
        assert partner.get(f"/{place}/{two.claim}").status_code == 404


def test_who_holds_it_hands_in_and_the_second_person_may_still_write(house, two, holder, partner):
    two.agree(path_in(holder.post(f"/claims/{two.claim}/partner", devices="two")).rsplit("/", 1)[1])
    with house.store.catalogue.write() as session:
        session.get_one(Claim, two.claim).state = "submitted"
    home = partner.get("/home").text
    assert f'href="/transcribe/{two.claim}"' in home
    assert f'href="/record/{two.claim}"' not in home
    assert "已經交件" in home
    house.later(days=30)
    late = house.sign_in(two.partner)
    assert f'href="/transcribe/{two.claim}"' not in late.get("/home").text


def test_without_a_relay_the_page_says_inside_what_two_people_hear_each_other(house, two, holder, partner):
    seat, network = f"/claims/{two.claim}/partner", 'id="network"'
    assert network in holder.get(seat).text
    servers = CallServers(urls=("turn:relay.example.org",), secret="north-wind-and-the-sun")
    settings = replace(house.app.extensions["speechcorpus.settings"], call_servers=servers)
    relayed = House(app=create_app(settings, store=house.store), stage=house.stage, clock=house.clock)
    assert network not in relayed.sign_in(two.holder).get(seat).text


def test_nothing_is_done_without_the_token_of_the_sign_in(two, partner):
    path = f"/partner/{two.invite()}"
    assert partner.client.post(path, data={"purpose": "record"}).status_code == 403


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_speaks_every_language(two, holder, partner, locale):
    seat = f"/claims/{two.claim}/partner?lang={locale}"
    assert holder.get(seat).status_code == 200
    for devices in ("one", "two"):
        path = path_in(holder.post(seat, devices=devices))
        for page in (partner.get(f"{path}?lang={locale}"), partner.get(f"/home?lang={locale}")):
            assert page.status_code == 200
    two.agree(path.rsplit("/", 1)[1])
    for who, place in ((holder, seat), (partner, f"{path}?lang={locale}"), (partner, "/home")):
        page = who.get(place)
        assert page.status_code == 200
        assert not re.search(r">\s*partner\.[\w.-]+\s*<", page.text)
