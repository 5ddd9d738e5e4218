"""Pages of double transcription: one writes, a third settles, a manager sees how well they agree."""

import re

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.store.models import OutcomeRow, SecondTranscript, Segment, Settlement
from speechcorpus.workflows.gold import mark_gold_item
from tests.recorder_web.api.test_events import ask
from tests.second import OTHER, set_variety

FIRST = "今仔日天氣真好。"


@pytest.fixture
def drawn(house):
    """The id of a second transcript of a recorded and accepted item."""
    recorder = house.stage.recorder()
    segment = house.recorded("p0", recorder)
    house.judged(segment, "accepted", text=FIRST)
    with house.store.catalogue.write() as session:
        for line in ("record", "transcribe"):
            session.add(OutcomeRow(segment_id=segment, line=line, state="accepted", price_minor=1000))
    mark_gold_item(house.store, house.stage.manager, segment, decision="accept", code=None, now=house.now)
    with house.store.catalogue.read() as session:
        return session.scalars(select(SecondTranscript.id)).one()


@pytest.fixture
def writer(house):
    return house.sign_in(house.stage.contributor())


def fence_of(page: str) -> str:
    return re.search(r'name="fence" value="(\d+)"', page)[1]


def hand_in(writer, drawn, text: str):
    assert writer.post(f"/second/{drawn}/take").status_code == 303
    page = writer.get(f"/second/{drawn}").text
    return writer.post(f"/second/{drawn}", fence=fence_of(page), text=text)


def settlement_of(house) -> str:
    with house.store.catalogue.read() as session:
        return session.scalars(select(Settlement.id)).one()


def settled_text(house) -> str | None:
    with house.store.catalogue.read() as session:
        return session.scalars(select(Settlement.text)).one()


@pytest.mark.parametrize("locale", LOCALES)
def test_every_page_speaks_every_language(house, drawn, writer, locale):
    assert writer.get(f"/second?lang={locale}").status_code == 200
    assert writer.get(f"/second/{drawn}?lang={locale}").status_code == 200  # the way to take it
    hand_in(writer, drawn, "買3斤。")
    assert writer.get(f"/second/{drawn}?lang={locale}").status_code == 200
    hand_in(writer, drawn, OTHER)
    assert writer.get(f"/second?lang={locale}").status_code == 200
    third, manager, row = house.staff("reviewer"), house.staff("manager"), settlement_of(house)
    assert third.get(f"/staff/settle?lang={locale}").status_code == 200
    assert third.get(f"/staff/settle/{row}?lang={locale}").status_code == 200
    third.post(f"/staff/settle/{row}/take")
    assert third.get(f"/staff/settle/{row}?lang={locale}").status_code == 200
    third.post(f"/staff/settle/{row}/decide", fence="1", side="own", own="買3斤。")
    assert third.get(f"/staff/settle/{row}?lang={locale}").status_code == 200
    assert manager.get(f"/staff/agreement?lang={locale}").status_code == 200


def test_the_second_page_shows_the_sound_and_no_word_of_anybody_else(house, drawn, writer):
    writer.post(f"/second/{drawn}/take")
    page = writer.get(f"/second/{drawn}?lang=en").text
    assert f'src="/second/{drawn}/audio"' in page
    assert "NT$ 10.00 when handed in" in page
    assert FIRST not in page
    sound = writer.get(f"/second/{drawn}/audio")
    assert (sound.status_code, sound.data[:4]) == (200, b"RIFF")
    with house.store.catalogue.read() as session:
        assert session.scalars(select(Segment.id)).one() not in page


def test_a_text_with_an_error_is_kept_and_shown_with_the_reason_but_no_proposal(drawn, writer):
    assert hand_in(writer, drawn, "買3斤蚵仔。").headers["Location"] == f"/second/{drawn}"
    page = writer.get(f"/second/{drawn}?lang=en").text
    assert "買3斤蚵仔。</textarea>" in page
    assert "digits" in page
    assert "買三斤" not in page


def test_a_handed_in_text_is_counted_with_its_pay(drawn, writer):
    assert hand_in(writer, drawn, FIRST).headers["Location"] == "/second"
    page = writer.get("/second?lang=en").text
    assert re.search(r"Owed to you.*NT\$ 10\.00", page, re.S)
    assert writer.get(f"/second/{drawn}").status_code == 404


def test_a_third_person_settles_by_the_text_that_stands_on_a_side(house, drawn, writer):
    hand_in(writer, drawn, OTHER)
    third, row = house.staff("reviewer"), settlement_of(house)
    third.post(f"/staff/settle/{row}/take")
    page = third.get(f"/staff/settle/{row}?lang=en").text
    plain = re.sub(r"<[^>]+>", "", page)
    assert FIRST in plain
    assert OTHER in plain
    assert third.get(f"/staff/settle/{row}/audio").data[:4] == b"RIFF"
    left = plain.index(FIRST) < plain.index(OTHER)
    said = {"fence": fence_of(page), "side": "left" if left else "right"}
    assert third.post(f"/staff/settle/{row}/decide", **said).headers["Location"] == "/staff/settle"
    assert settled_text(house) == FIRST


def test_the_third_persons_page_names_nobody_and_no_pay(house, drawn, writer):
    hand_in(writer, drawn, OTHER)
    third, row = house.staff("reviewer"), settlement_of(house)
    third.post(f"/staff/settle/{row}/take")
    page = third.get(f"/staff/settle/{row}").text + third.get("/staff/settle").text
    for hidden in ("NT$", writer.actor.id, drawn):
        assert hidden not in page


def test_an_own_text_with_an_error_stays_on_the_page(house, drawn, writer):
    hand_in(writer, drawn, OTHER)
    third, row = house.staff("reviewer"), settlement_of(house)
    third.post(f"/staff/settle/{row}/take")
    answer = third.post(f"/staff/settle/{row}/decide", fence="1", side="own", own="買3斤。")
    assert answer.headers["Location"] == f"/staff/settle/{row}"
    assert "買3斤。</textarea>" in third.get(f"/staff/settle/{row}").text
    assert settled_text(house) is None


def test_the_manager_sees_agreement_and_sets_the_share(house, drawn, writer):
    hand_in(writer, drawn, OTHER)
    manager = house.staff("manager")
    page = manager.get("/staff/agreement?lang=en").text
    assert "Symmetric CER" in page
    said = {"project": house.stage.project_id, "pct": "12"}
    assert manager.post("/staff/agreement/share", **said).status_code == 303
    assert 'value="12"' in manager.get("/staff/agreement").text
    assert manager.post("/staff/agreement/share", project="x", pct="12").status_code == 404
    assert manager.post("/staff/agreement/share", **{**said, "pct": "101"}).status_code == 422
    assert manager.post("/staff/agreement/share", **{**said, "pct": "1.5"}).status_code == 422


def test_pages_are_there_for_their_role_alone(house, drawn, writer):
    reviewer, manager = house.staff("reviewer"), house.staff("manager")
    assert "Symmetric CER" not in reviewer.get("/staff/agreement?lang=en").text
    assert manager.get("/staff/settle").status_code == 404
    assert house.app.test_client().get("/second").status_code == 401
    stranger = house.stage.contributor()
    set_variety(house.stage, stranger, "cmn-TW")
    assert house.sign_in(stranger).get(f"/second/{drawn}").status_code == 404


def test_two_do_not_write_the_same_segment(house, drawn, writer):
    writer.post(f"/second/{drawn}/take")
    other = house.sign_in(house.stage.contributor())
    answer = other.post(f"/second/{drawn}/take")
    assert (answer.status_code, "second.taken" in answer.text) == (409, True)


def test_a_program_takes_hears_and_hands_in(drawn, writer):
    path = f"/second-transcripts/{drawn}"
    (row,) = ask(writer, "GET", "/second-transcripts").get_json()["waiting"]
    assert (row["id"], row["price_minor"]) == (drawn, 1000)
    fence = ask(writer, "POST", f"{path}/take", {}).get_json()["fence"]
    assert writer.get(f"/api/v1{path}/audio").data[:4] == b"RIFF"
    held = ask(writer, "PUT", f"{path}/text", {"text": "買3斤。", "fence": fence}).get_json()
    assert (held["done"], held["errors"][0]["rule"]) == (False, "NUM-DIGIT")
    assert "replacement" not in held["errors"][0]
    assert ask(writer, "GET", path).get_json()["draft"] == "買3斤。"
    assert ask(writer, "PUT", f"{path}/text", {"text": FIRST, "fence": fence}).get_json()["done"]
    assert ask(writer, "GET", path).status_code == 404
