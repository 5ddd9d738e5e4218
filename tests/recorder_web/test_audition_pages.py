"""The audition's pages: before it, its steps, the wait, what it came to; and the listener's side."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Segment
from speechcorpus.workflows.audition_tasks import FREE
from speechcorpus.workflows.people import create_staff
from tests.audition import WORDS, Tryout, handed_in, tryout
from tests.recorder_web.house import House


@pytest.fixture
def newcomer(house: House):
    return house.sign_in(house.stage.contributor(vouched=False))


def begun(house: House, browser) -> Tryout:
    return tryout(house.stage, browser.actor)


def test_somebody_new_is_led_from_the_first_sentence_to_the_result(house, newcomer):
    page = newcomer.get("/audition").text
    assert "NT$ 100.00" in page
    assert "音色和腔調不在內" in page
    answer = newcomer.post("/audition", project=house.stage.project_id, band="low")
    assert answer.status_code == 303
    made = begun(house, newcomer)  # the one that runs
    page = newcomer.get(answer.location).text
    claims = made.claims()
    for way in (f"/check/{claims['read']}", f"/record/{claims['read']}", f"/record/{claims[FREE]}"):
        assert f'href="{way}"' in page
    assert "/hand-in" not in page
    made.record()
    assert f'href="/transcribe/{claims[FREE]}"' in newcomer.get("/audition").text
    assert newcomer.post(f"/audition/{made.id}/hand-in").status_code == 303
    assert "試音交出去了" in newcomer.get("/audition").text
    made.listen(other=True, at=house.now)
    made.listen(other=True, at=house.now)
    page = newcomer.get("/audition").text
    assert "一共 5 段，兩位以上的審聽員各有 5、5 段聽到的不是" in page
    assert "起可以再試一次" in page


def test_the_page_follows_the_measuring_and_the_editor_leads_back_to_handing_in(house, newcomer):
    made = begun(house, newcomer)
    assert "data-under-way" not in newcomer.get("/audition").text  # nothing was spoken yet
    made.record()
    assert 'href="/audition">交出試音</a>' in newcomer.get(f"/transcribe/{made.claims()[FREE]}").text
    with house.store.catalogue.write() as session:
        heard = session.scalars(select(Segment).where(Segment.claim_id == made.claims()["read"])).first()
        more = Segment(id=str(uuid4()), take_id=heard.take_id, claim_id=heard.claim_id, chosen=True)
        more.start_sample, more.end_sample, more.created_at = 0, heard.end_sample, house.now
        session.add(more)  # nothing is known of it yet
    assert 'data-build="hand-in" data-under-way' in newcomer.get("/audition").text


def test_a_recorder_and_an_editor_open_on_an_audition(house, newcomer):
    made = begun(house, newcomer)
    made.record()
    for way in (f"/record/{made.claims()[FREE]}", f"/transcribe/{made.claims()[FREE]}"):
        page = newcomer.get(way)
        assert page.status_code == 200, way
        assert '<a href="/audition">' in page.text  # the way back to its steps


def test_every_state_of_the_audition_is_said_in_every_language(house):
    browser = house.sign_in(house.stage.contributor(vouched=False))
    said = []

    def look():
        pages = {locale: browser.get(f"/audition?lang={locale}").text for locale in LOCALES}
        assert all(f'<html lang="{locale}">' in page for locale, page in pages.items())
        said.append(pages["en"].split("<main")[1])

    look()
    made = begun(house, browser)
    look()
    made.record(held=4)
    look()
    made.hand_in()
    look()
    made.listen(confirms=True)
    made.listen(confirms=True)
    look()
    assert len(set(said)) == 5


def test_somebody_elses_audition_does_not_exist(house, newcomer):
    made = handed_in(house.stage)
    assert newcomer.post(f"/audition/{made.id}/hand-in").status_code == 404


def test_a_listener_takes_hears_and_decides(house):
    made = handed_in(house.stage, held=1)
    browser = house.sign_in(house.stage.reviewer())
    page = browser.get("/staff/auditions").text
    review = next(each.id for each in made.reviews() if each.id[:8] in page)
    assert "鎖定並打開" in browser.get(f"/staff/auditions/{review}").text
    assert browser.post(f"/staff/auditions/{review}/take").status_code == 303
    page = browser.get(f"/staff/auditions/{review}").text
    assert "破音" in page
    assert WORDS[0] not in page  # what the person wrote is not shown to whom writes it down again
    with house.store.catalogue.read():
        texts = dict(zip(made.items(FREE), made.words, strict=True))
    said = {f"text.{segment}": text for segment, text in texts.items()}
    fence = made.reviews()[0].fence or made.reviews()[1].fence
    answer = browser.post(f"/staff/auditions/{review}/decide", fence=str(fence), **said)
    assert answer.status_code == 303
    assert "現在沒有試音要聽" in browser.get("/staff/auditions").text  # nobody hears one twice


def test_a_listener_learns_nothing_of_the_person_and_others_see_no_audition(house):
    made = handed_in(house.stage)
    reviewer = house.sign_in(house.stage.reviewer())
    review = made.reviews()[0].id
    reviewer.post(f"/staff/auditions/{review}/take")
    page = reviewer.get(f"/staff/auditions/{review}").text
    assert made.actor.id not in page
    assert re.search(r">\s*c-\d{4}\b", page) is None
    assert "NT$" not in page
    for role in ("manager", "ml"):
        assert house.staff(role).get(f"/staff/auditions/{review}").status_code == 404
    nobody = create_staff(house.store, name="New", role="reviewer", now=house.now)
    stranger = house.sign_in(Actor(role="reviewer", id=nobody))  # knows none of our varieties
    assert stranger.get(f"/staff/auditions/{review}").status_code == 404
    assert review[:8] not in stranger.get("/staff/auditions").text
    assert "還沒有" in stranger.get("/staff/auditions").text


def test_an_audition_is_due_in_the_promised_time(house):
    made = handed_in(house.stage)
    row = made.row()
    assert row.due_at - row.submitted_at == timedelta(hours=72)
