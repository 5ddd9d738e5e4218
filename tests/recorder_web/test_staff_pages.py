"""Reviewers see sound, text and evidence; managers see coverage; neither sees what is not theirs to see."""

import json
import re
from dataclasses import fields, is_dataclass

import pytest
from sqlalchemy import select

from speechcorpus.domain.finding_codes import CODES
from speechcorpus.store.models import (
    Contributor,
    DeviceCheck,
    FindingRow,
    OutcomeRow,
    Review,
    Segment,
    Sitting,
    Take,
)
from speechcorpus.workflows.views.queue import queue_view
from speechcorpus.workflows.views.review import refusal_codes, review_view


@pytest.fixture
def reviewer(house):
    return house.staff("reviewer")


@pytest.fixture
def holding(house, work, reviewer):
    """A reviewer who holds the flagged item."""
    assert reviewer.post(f"/staff/review/{work.flagged_review}/take").status_code == 303
    house.later(minutes=1)  # and listens
    return reviewer


def fence_of(page):
    return re.search(r'name="fence" value="(\d+)"', page)[1]


def decide(browser, review, decision, **form):
    page = browser.get(f"/staff/review/{review}").text
    said = {"fence": fence_of(page), "decision": decision, **form}
    return browser.post(f"/staff/review/{review}/decide", **said)


def review_row(house, review):
    with house.store.catalogue.read() as session:
        return session.get_one(Review, review)


def names_of(value):
    """Every field name of a nest of dataclasses."""
    if is_dataclass(value):
        for field in fields(value):
            yield field.name
            yield from names_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for each in value:
            yield from names_of(each)
    elif hasattr(value, "values"):
        for each in value.values():
            yield from names_of(each)


FORBIDDEN = re.compile(
    r"contributor|pseudonym|name_of|contact|price|minor|pay_|amount|reviewer|decision|gold"
)


def test_a_reviewers_payload_has_no_field_for_identity_pay_or_other_decisions(house, work, holding):
    rows = queue_view(house.store, holding.actor, now=house.now)
    view = review_view(house.store, holding.actor, work.flagged_review, now=house.now)
    assert len(rows) == 2
    assert [name for name in names_of(rows) if FORBIDDEN.search(name)] == []
    assert [name for name in names_of(view) if FORBIDDEN.search(name)] == []


def test_nothing_on_a_review_page_names_the_contributor_or_the_pay(house, work, holding):
    with house.store.catalogue.read() as session:
        people = session.scalars(select(Contributor)).all()
    for path in ("/staff/queue", f"/staff/review/{work.flagged_review}"):
        page = holding.get(path).text
        for person in people:
            assert person.id not in page
            assert person.pseudonym not in page
        assert "NT$" not in page
        for hidden in (work.flagged, work.ben_claim):
            assert hidden not in page


def test_the_queue_is_ordered_worst_first_then_longest_waiting(house, work, reviewer):
    worse = house.handed_in(work.held, severity=2)
    order = [row.review_id for row in queue_view(house.store, reviewer.actor, now=house.now)]
    assert order == [worse, work.flagged_review, work.sampled_review]


def test_the_queue_says_its_keys(work, reviewer):
    assert "next, previous clip" in reviewer.get("/staff/queue?lang=en").text


def test_the_queue_says_number_limit_place_and_time_left(house, work, reviewer):
    house.handed_in(work.held)
    house.later(hours=10)
    page = reviewer.get("/staff/queue?lang=en").text
    assert "noise.burst" in page
    assert re.search(r"<b>18\.4</b><span class=\"x-u\">dB", page)
    assert "62 h left" in page
    assert "promised 72 h" in page
    assert 'aria-label="0.5–0.8 s"' in page


def test_the_queue_can_be_narrowed(work, reviewer):
    assert reviewer.get("/staff/queue?severity=flag&lang=en").text.count("/take") == 2  # its row, and "first"
    assert "No clip matches" in reviewer.get("/staff/queue?band=high&lang=en").text


def test_two_reviewers_do_not_hold_the_same_item(house, work, holding):
    other = house.staff("reviewer")
    assert work.flagged_review not in other.get("/staff/queue").text
    refused = other.post(f"/staff/review/{work.flagged_review}/take")
    assert (refused.status_code, "review.taken" in refused.text) == (409, True)
    assert other.get(f"/staff/review/{work.flagged_review}/audio").status_code == 404
    assert "take" in other.get(f"/staff/review/{work.flagged_review}").text


def test_after_half_an_hour_another_may_take_it(house, work, holding):
    other = house.staff("reviewer")
    house.later(minutes=31)
    assert holding.get(f"/staff/review/{work.flagged_review}/audio").status_code == 404
    assert other.post(f"/staff/review/{work.flagged_review}/take").status_code == 303


def test_the_item_audio_is_a_wav_of_exactly_the_item(work, holding):
    audio = holding.get(f"/staff/review/{work.flagged_review}/audio")
    assert audio.mimetype == "audio/wav"
    assert audio.data[:4] == b"RIFF"
    assert holding.get(f"/staff/review/{work.flagged_review}/other").status_code == 404  # it is no copy
    part = holding.get(f"/staff/review/{work.flagged_review}/audio", headers={"Range": "bytes=44-143"})
    assert (part.status_code, part.data) == (206, audio.data[44:144])


def test_the_inspector_is_told_spans_and_reasons(work, holding):
    page = holding.get(f"/staff/review/{work.flagged_review}?lang=en").text
    data = json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])
    assert data["review"] == {"id": work.flagged_review, "fence": int(fence_of(page))}
    assert data["audio"] == f"/staff/review/{work.flagged_review}/audio"
    assert [span["code"] for span in data["spans"]] == ["audio.too-loud"]
    assert data["codes"] == [*(code.code for code in refusal_codes()), "transcript.not-verbatim"]


def test_the_evidence_shows_what_passed_beside_what_did_not(work, holding):
    page = holding.get(f"/staff/review/{work.flagged_review}?lang=en").text
    for said in ("−12.2", "≤ −14", "± 1.5", "21.4", "≥ 20", "310", "≥ 150"):
        assert said in page


@pytest.mark.parametrize(
    ("path", "said"),
    [("mstp", "every sample counted"), ("worklet", "by an audio graph, samples not counted")],
)
def test_a_reviewer_reads_how_the_sound_was_captured(house, work, holding, path, said):
    with house.store.catalogue.write() as session:
        take = session.get_one(Segment, review_row(house, work.flagged_review).segment_id).take_id
        session.get_one(Take, take).capture_path = path
    page = holding.get(f"/staff/review/{work.flagged_review}?lang=en").text
    assert f'data-path="{path}">{said}</dd>' in page


def test_a_reviewer_reads_what_the_device_check_of_the_sitting_found(house, work, holding):
    page = holding.get(f"/staff/review/{work.flagged_review}?lang=en").text
    assert '<dd id="device-check">none</dd>' in page
    ours = [
        {"name": "gate", "result": "flag", "facts": {}},
        {"name": "ledger", "result": "fail", "facts": {}},
    ]
    claimed = {"checks": [{"name": "ledger", "result": "pass", "facts": {}}], "settings": {}}
    with house.store.catalogue.write() as session:
        take = session.get_one(Take, session.get_one(Segment, work.flagged).take_id)
        sitting = session.get_one(Sitting, take.sitting_id)
        known = {"contributor_id": sitting.contributor_id, "take_id": take.id, "capture_path": "mstp"}
        known |= {"device": {}, "claimed": claimed, "found": ours, "passed": False, "body_sha256": "a" * 64}
        session.add(DeviceCheck(id="check", created_at=house.now, **known))
        sitting.device_check_id = "check"
    page = holding.get(f"/staff/review/{work.flagged_review}?lang=en").text
    shown = page[page.index('<dd id="device-check">') :]
    shown = shown[: shown.index("</dd>")]
    assert "not passed" in shown
    assert 'chip--fix">samples lost' in shown
    assert 'chip--flag">exact silence' in shown


def test_accepting_decides_the_item(house, work, holding):
    assert decide(holding, work.flagged_review, "accept").headers["Location"] == "/staff/queue"
    assert review_row(house, work.flagged_review).decision == "accept"
    with house.store.catalogue.read() as session:
        lines = session.scalars(select(OutcomeRow.state).where(OutcomeRow.segment_id == work.flagged)).all()
    assert set(lines) == {"accepted"}
    assert "Recording accepted" in work.ben.get(f"/work?claim={work.ben_claim}&show=passed&lang=en").text


def test_sending_back_tells_the_contributor_what_to_repair_and_not_who_asked(house, work, holding):
    assert decide(holding, work.flagged_review, "fix", note="請寫「看海」。").status_code == 303
    page = work.ben.get(f"/work?claim={work.ben_claim}&show=todo&lang=en").text
    assert "請寫「看海」。" in page
    assert holding.actor.id not in page


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "review.finding-required"),
        ({"code": "noise.third-voice"}, "review.span-required"),
        ({"code": "noise.third-voice", "start_s": "1.5", "end_s": "0.5"}, "review.span-required"),
        ({"code": "noise.third-voice", "start_s": "0", "end_s": "99"}, "review.span-required"),
        ({"code": "noise.third-voice", "start_s": "NaN", "end_s": "1"}, "review.span-required"),
        ({"code": "noise.third-voice", "start_s": "x", "end_s": "1"}, "review.span-required"),
        ({"code": "audio.too-loud", "start_s": "0", "end_s": "1"}, "review.finding-required"),
        ({"code": "voice.timbre", "start_s": "0", "end_s": "1"}, "review.finding-required"),
        ({"code": "content.offence", "start_s": "0", "end_s": "1"}, "finding.clause"),
    ],
)
def test_a_refusal_without_reason_and_place_is_no_refusal(house, work, holding, form, code):
    refused = decide(holding, work.flagged_review, "reject", **form)
    assert (refused.status_code, code in refused.text) == (422, True)
    assert review_row(house, work.flagged_review).state == "assigned"


def test_a_refusal_keeps_its_code_and_span_and_waits_for_a_second_person(house, work, holding):
    marked = {"code": "noise.third-voice", "start_s": "0.25", "end_s": "1.5"}
    assert decide(holding, work.flagged_review, "reject", **marked).status_code == 303
    with house.store.catalogue.read() as session:
        row = session.scalars(select(FindingRow).where(FindingRow.review_id == work.flagged_review)).one()
        lines = session.scalars(select(OutcomeRow.state).where(OutcomeRow.segment_id == work.flagged)).all()
    assert (row.code, row.start_sample, row.end_sample, row.measured) == (
        "noise.third-voice",
        4000,
        24000,
        "1.25",
    )
    assert set(lines) == {"pending"}


def test_a_decision_with_an_old_fence_changes_nothing(house, work, holding):
    refused = holding.post(f"/staff/review/{work.flagged_review}/decide", fence="0", decision="accept")
    assert (refused.status_code, "review.lease-lost" in refused.text) == (409, True)
    assert review_row(house, work.flagged_review).state == "assigned"


def test_refusing_offers_only_what_listeners_can_mark(house, work, holding):
    page = holding.get(f"/staff/review/{work.flagged_review}").text
    offered = re.findall(r'name="code" value="([^"]+)"', page)
    masked = "content.personal-data"  # said with an acceptance: nobody is refused for it
    assert offered == [*(code.code for code in refusal_codes()), "transcript.not-verbatim", masked]
    refusable = (CODES[code] for code in offered if code != masked)
    assert all(code.pay == "refusable" and not code.decided_by_machine for code in refusable)


def test_an_invite_link_is_shown_once_and_works(house):
    manager = house.staff("manager")
    page = manager.post("/staff/people/contributors", locale="en").text
    link = re.search(r'value="(http://localhost/join#([\w-]+))"', page)
    assert link[1] not in manager.get("/staff/people").text
    answer = house.app.test_client().post("/join/exchange", json={"token": link[2]})
    assert answer.json == {"next": "/home"}


def test_a_member_of_staff_is_invited_to_their_own_door(house):
    page = house.staff("manager").post("/staff/people/staff", name="R. 王", role="reviewer").text
    link = re.search(r'value="http://localhost/staff/join#([\w-]+)"', page)
    answer = house.app.test_client().post("/staff/join/exchange", json={"token": link[1]})
    assert answer.json == {"next": "/staff/home"}
    assert any(line.startswith("sc_staff=") for line in answer.headers.getlist("Set-Cookie"))


@pytest.mark.parametrize("form", [{"name": "", "role": "reviewer"}, {"name": "a", "role": "king"}, {}])
def test_staff_without_a_name_or_with_a_made_up_role_are_not_made(house, form):
    refused = house.staff("manager").post("/staff/people/staff", **form)
    assert (refused.status_code, "request.field" in refused.text) == (422, True)


@pytest.mark.parametrize("path", ["contributors", "staff"])
def test_only_managers_invite(house, path):
    refused = house.staff("reviewer").post(f"/staff/people/{path}", locale="en", name="a", role="ml")
    assert refused.status_code == 404
