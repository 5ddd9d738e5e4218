"""Segments over HTTP: one take, cut, joined, moved and taken back; every answer is the take as it is now."""

import pytest

from tests.monologue import sentences, talk
from tests.recorder_web.api.test_events import ask


@pytest.fixture
def heard(house, shared):
    return talk(house.stage, sentences(shared, 1, 2, pause_s=3.2))


@pytest.fixture
def mine(house, heard):
    return house.sign_in(heard.actor)


def shown(mine, heard):
    return ask(mine, "GET", f"/takes/{heard.take.id}/segments").get_json()


def seen(segment) -> dict[str, int]:
    return {"version": segment["version"], "revision": segment["revision"]}


def test_a_take_is_cut_joined_moved_and_taken_back(mine, heard):
    before = shown(mine, heard)
    first = before["segments"][0]
    path = f"/segments/{first['id']}"
    middle = (first["start_sample"] + first["end_sample"]) // 2
    split = ask(
        mine, "POST", f"{path}/split", {"at_sample": middle, "text_at": 0, "snap": False, **seen(first)}
    )
    one, other, *_ = split.get_json()["segments"]
    assert (one["id"], one["end_sample"], other["start_sample"]) == (first["id"], middle, middle)
    said = {"next": other["id"], "next_version": other["version"], "next_revision": 0, **seen(one)}
    joined = ask(mine, "POST", f"{path}/merge", said).get_json()["segments"][0]
    edges = {"start_sample": joined["start_sample"] + 160, "end_sample": joined["end_sample"], "snap": False}
    moved = ask(mine, "PUT", f"{path}/edges", {**edges, **seen(joined)}).get_json()
    assert moved["segments"][0]["start_sample"] == first["start_sample"] + 160
    for number in (3, 2, 1):
        assert moved["undoable"] == number
        moved = ask(mine, "POST", f"/takes/{heard.take.id}/edits/{number}/undo", {}).get_json()
    spans = [
        (each["id"], each["start_sample"], each["end_sample"], each["text"]) for each in moved["segments"]
    ]
    assert spans == [
        (each["id"], each["start_sample"], each["end_sample"], each["text"]) for each in before["segments"]
    ]
    assert moved["undoable"] is None


def test_a_segment_is_given_to_another_speaker(mine, heard):
    first = shown(mine, heard)["segments"][0]
    path = f"/segments/{first['id']}/speaker"
    lane = ask(mine, "PUT", path, {"speaker": "guest", **seen(first)}).get_json()["segments"][0]
    assert (lane["speaker"], lane["measured"]) == ("guest", True)
    back = ask(mine, "PUT", path, {"speaker": None, **seen(lane)}).get_json()["segments"][0]
    assert back["speaker"] is None


def test_where_speech_has_no_text_is_told(mine, heard):
    view = shown(mine, heard)
    assert view["unwritten"]
    assert all(0 <= start < end <= view["frames"] for start, end in view["unwritten"])


def test_a_state_that_is_over_is_a_conflict_and_what_makes_no_segment_is_refused(mine, heard):
    first = shown(mine, heard)["segments"][0]
    cut = {"at_sample": first["start_sample"] + 16_000, "text_at": 0, "snap": False, **seen(first)}
    path = f"/segments/{first['id']}/split"
    old = ask(mine, "POST", path, {**cut, "version": 7})
    assert (old.status_code, old.get_json()["code"]) == (409, "segment.conflict")
    outside = ask(mine, "POST", path, {**cut, "at_sample": 0})
    assert (outside.status_code, outside.get_json()["code"]) == (422, "segment.outside")
    assert ask(mine, "POST", path, {**cut, "more": 1}).status_code == 422


def test_another_ones_take_does_not_exist(house, heard):
    stranger = house.sign_in(house.stage.contributor())
    first = heard.segments()[0]
    cut = {"at_sample": 9_000, "text_at": 0, "snap": False, "version": 1, "revision": 0}
    assert ask(stranger, "GET", f"/takes/{heard.take.id}/segments").status_code == 404
    assert ask(stranger, "POST", f"/segments/{first.id}/split", cut).status_code == 404
    assert ask(stranger, "POST", f"/takes/{heard.take.id}/edits/1/undo", {}).status_code == 404
