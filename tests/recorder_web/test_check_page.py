"""The sound check's page: what it is told, with work in hand and without."""

from tests.recorder_web.test_pages import data_of
from tests.sound_check import calibrated_by_meter


def test_with_work_in_hand_it_knows_what_the_work_asks(work):
    page = work.ann.get(f"/check/{work.ann_claim}").text
    data = data_of(page)
    assert data["claim"] == {"id": work.ann_claim, "band": "low", "variety": "nan-TW"}
    assert data["bands"][0] == {"name": "low", "low": None, "high": 40.0}
    assert data["capture"]["calibration"] in {"preferred", "required"}
    assert data["limits"] == {"speech_min_dbfs": -35.0, "speech_max_dbfs": -14.0, "snr_min_db": 20.0}
    assert data["urls"] == {"record": f"/record/{work.ann_claim}", "home": "/home"}
    assert data["line"]
    assert (data["calibrations"], data["device_checks"]) == ([], [])
    assert '<script type="module" src="/static/assets/check-abc.js">' in page


def test_its_sentences_come_with_it_in_the_language_of_the_page(work):
    texts = data_of(work.ann.get(f"/check/{work.ann_claim}?lang=en").text, "messages")
    assert texts["check.room.title"] == "How loud the room is"
    assert {key.split(".")[0] for key in texts} == {"check", "band", "recorder"}


def test_the_shortest_way_leads_to_the_work_in_hand(work):
    assert work.ann.get("/check").headers["Location"] == f"/check/{work.ann_claim}"


def test_without_work_it_measures_and_compares_with_nothing(house):
    someone = house.sign_in(house.stage.contributor())
    answer = someone.get("/check")
    data = data_of(answer.text)
    assert answer.status_code == 200
    assert (data["claim"], data["line"], data["capture"], data["bands"]) == (None, None, None, [])
    assert data["limits"]["snr_min_db"] == 20.0
    assert data["urls"]["record"] is None


def test_a_calibration_that_holds_is_there_for_its_owner_alone(house):
    actor, other = house.stage.contributor(), house.stage.contributor()
    made = calibrated_by_meter(house.stage, actor).calibration
    (mine,) = data_of(house.sign_in(actor).get("/check").text)["calibrations"]
    assert (mine["id"], mine["u_db"], mine["u_unrepeated_db"]) == (made.id, "2", "2.83")
    assert mine["device"]["label_sha256"] == "5e" * 32
    assert data_of(house.sign_in(other).get("/check").text)["calibrations"] == []
