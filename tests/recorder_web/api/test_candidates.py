"""Tâi-lô typed into one's own item is offered in Hàn-jī, out of the project's own readings."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event, current_thread
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.event import listen, remove

from speechcorpus.store.models import Consent, OutcomeRow, Prompt, Revision
from speechcorpus.workflows import projects
from speechcorpus.workflows.han_candidates import KEPT, LONGEST_TEXT
from tests.recorder_web.house import Browser, House
from tests.statements import statements

READINGS = {"台語真媠。": "Tâi-gí tsin suí.", "𪜶講台語。": "In kóng Tâi-gí.", "呆呆。": "tai-tai"}


@pytest.fixture
def segment(house: House) -> tuple[Browser, str]:
    add_prompts(house, READINGS)
    recorder = house.stage.recorder()
    segment = house.recorded("p0", recorder)
    return house.sign_in(recorder.actor), segment


def add_prompts(house: House, readings: dict[str, str]) -> None:
    rows = [
        {
            "id": f"r{uuid4().hex[:8]}",
            "kind": "read",
            "variety": "nan-TW",
            "text": text,
            "reading": reading,
            "licence": "CC0-1.0",
        }
        for text, reading in readings.items()
    ]
    projects.import_prompts(house.store, house.stage.manager, house.stage.project_id, rows, house.now)


def accept(house: House, item: str, text: str) -> None:
    """Accept an item with this text."""
    with house.store.catalogue.write() as session:
        session.add(Revision(segment_id=item, number=1, text=text, author="t", created_at=house.now))
        for line in ("record", "transcribe"):
            said = {"state": "accepted", "price_minor": 1, "decided_at": house.now}
            session.add(OutcomeRow(segment_id=item, line=line, **said))


def ask(browser: Browser, segment: str, body: object):
    return browser.client.post(
        f"/api/v1/segments/{segment}/candidates",
        data=json.dumps(body).encode(),
        content_type="application/json",
        headers={"X-CSRF-Token": browser.csrf},
    )


def offers(browser: Browser, segment: str, text: str) -> list[list[str]]:
    words = ask(browser, segment, {"text": text}).get_json()["words"]
    return [[one["han"] for one in word["candidates"]] for word in words]


def test_a_typed_word_is_offered_whole_and_then_by_its_syllables(segment):
    browser, item = segment
    words = ask(browser, item, {"text": "𪜶 tai5-gi2"}).get_json()["words"]
    assert [(word["syllables"], word["start"], word["start_utf16"]) for word in words] == [
        (["tâi", "gí"], 2, 3),
        (["tâi"], 2, 3),
        (["gí"], 7, 8),
    ]
    best = words[0]["candidates"][0]
    assert {key: best[key] for key in ("han", "reading", "match", "prompts", "accepted")} == {
        "han": "台語",
        "reading": "tâi-gí",
        "match": "exact",
        "prompts": 2,
        "accepted": 0,
    }


def test_taibun_confirms_a_candidate_and_never_brings_one(segment):
    pytest.importorskip("taibun")
    browser, item = segment
    words = ask(browser, item, {"text": "tâi-gí"}).get_json()["words"]
    assert words[0]["candidates"][0]["estimate"] == "agrees"
    assert offers(browser, item, "kám-siā") == [[], [], []]  # 感謝: taibun knows it, no text here does


def test_the_words_of_others_are_offered_to_nobody_but_the_holder_of_the_item(segment, house):
    browser, item = segment
    other = house.sign_in(house.stage.contributor())
    assert ask(other, item, {"text": "tâi"}).status_code == 404
    assert ask(house.staff("reviewer"), item, {"text": "tâi"}).status_code == 401
    assert ask(browser, str(uuid4()), {"text": "tâi"}).get_json()["code"] == "not-found"


def test_what_is_no_word_is_refused_or_has_no_offer(segment):
    browser, item = segment
    for body in ({}, {"text": 3}, {"text": "a", "more": 1}, {"text": "a" * (LONGEST_TEXT + 1)}, []):
        assert ask(browser, item, body).get_json()["code"] == "request.field"
    assert ask(browser, item, {"text": "台語，\ud800"}).get_json() == {"words": []}


def test_prompts_of_another_variety_are_no_evidence(segment, house):
    browser, item = segment
    said = {"kind": "read", "text": "臺語", "reading": "Tâi-gí", "licence": "CC0-1.0", "variety": "nan-CN"}
    with house.store.catalogue.write() as session:
        session.add(Prompt(id="other", project_id=house.stage.project_id, **said))
    assert offers(browser, item, "tâi-gí")[0] == ["台語"]


def test_new_readings_are_offered_once_the_index_is_ten_minutes_old(segment, house):
    browser, item = segment
    assert offers(browser, item, "lâng") == [[]]
    add_prompts(house, {"人": "lâng"})
    house.later(minutes=9)
    assert offers(browser, item, "lâng") == [[]]
    house.later(minutes=1)
    assert offers(browser, item, "lâng") == [["人"]]


def test_while_one_makes_the_index_anew_the_others_have_the_old_one(segment, house):
    browser, item = segment
    assert offers(browser, item, "lâng") == [[]]
    add_prompts(house, {"人": "lâng"})
    house.later(minutes=10)
    begun, go_on = Event(), Event()

    def pause(_connection, _cursor, statement, *_):
        if current_thread().name.startswith("maker") and "ORDER BY prompt.id" in statement:
            begun.set()
            assert go_on.wait(30)

    listen(Engine, "before_cursor_execute", pause)
    try:
        with ThreadPoolExecutor(1, "maker") as maker, ThreadPoolExecutor(1) as other:
            made = maker.submit(offers, browser, item, "lâng")
            assert begun.wait(30)
            asked = other.submit(offers, house.sign_in(browser.actor), item, "lâng")
            try:
                assert asked.result(10) == [[]]
            finally:
                go_on.set()
            assert made.result(30) == [["人"]]
    finally:
        remove(Engine, "before_cursor_execute", pause)
    assert offers(browser, item, "lâng") == [["人"]]


def test_accepted_clips_are_read_in_one_question(house):
    add_prompts(house, READINGS)
    recorder = house.stage.recorder()
    browser, items = house.sign_in(recorder.actor), [house.recorded(f"p{n}", recorder) for n in range(2)]
    with house.store.catalogue.write() as session:
        for prompt in session.scalars(select(Prompt).where(Prompt.id.in_(("p0", "p1")))):
            prompt.reading = "tsin"
    asked = []
    for item in items:
        accept(house, item, "真。")
        house.later(seconds=KEPT.total_seconds())
        with statements() as sent:
            offers(browser, items[0], "tâi-gí")
        asked.append(len(sent))
    assert asked[0] == asked[1]


@pytest.mark.parametrize(("text", "accepted"), [("今仔日，天氣真好。", 1), ("今仔日天氣誠好。", 0)])
def test_an_accepted_text_counts_as_far_as_it_is_its_prompt(segment, house, text, accepted):
    browser, item = segment
    with house.store.catalogue.write() as session:
        session.get_one(Prompt, "p0").reading = "Kin-á-ji̍t thinn-khì tsin hó."
    accept(house, item, text)
    best = ask(browser, item, {"text": "thinn-khì"}).get_json()["words"][0]["candidates"][0]
    assert (best["han"], best["prompts"], best["accepted"]) == ("天氣", 1, accepted)


def test_a_text_whose_speaker_took_it_back_counts_no_longer(segment, house):
    test_an_accepted_text_counts_as_far_as_it_is_its_prompt(segment, house, "今仔日天氣真好。", 1)
    browser, item = segment
    with house.store.catalogue.write() as session:
        for consent in session.scalars(
            select(Consent).where(Consent.contributor_id == browser.actor.id, Consent.purpose == "release")
        ):
            consent.withdrawn_at = house.now + timedelta(minutes=1)
    house.later(seconds=KEPT.total_seconds())
    best = ask(browser, item, {"text": "thinn-khì"}).get_json()["words"][0]["candidates"][0]
    assert best["accepted"] == 0
