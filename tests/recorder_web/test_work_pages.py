"""My work: what can be done about a clip, what it pays, and what is mine to keep."""

import io
import json
import re
import zipfile
from itertools import product

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.domain.canonical import canonical_json
from speechcorpus.store.models import VerdictRow
from speechcorpus.work.certificate import verify_certificate
from speechcorpus.work.receipts import verify_receipt
from tests.hearing import an_item, clipped, decide, finding, handed_in, refuse, wording


@pytest.fixture
def recorder(house):
    return house.stage.recorder(task=0)


@pytest.fixture
def refused(house, recorder):
    """An item that two people refused, an hour ago."""
    item = an_item(recorder, "p0", wording())
    handed_in(recorder)
    refuse(house.stage, item)
    house.later(hours=4)
    return item


@pytest.fixture
def accepted(house, recorder):
    """An item that was heard and accepted."""
    item = an_item(recorder, "p0", wording())
    handed_in(recorder)
    decide(house.stage, item, "accept")
    house.later(hours=4)
    return item


def page(browser, recorder, show="all", **more):
    said = "".join(f"&{key}={value}" for key, value in more.items())
    answer = browser.get(f"/work?claim={recorder.claim}&show={show}&lang=en{said}")
    assert answer.status_code == 200
    return answer.text


def test_a_held_clip_can_be_mended_or_contested_and_keeps_its_price(house, recorder):
    item, mine = an_item(recorder, "p0", clipped()), house.sign_in(recorder.actor)
    text = page(mine, recorder)
    assert f'href="/record/{recorder.claim}#p0"' in text
    assert f'action="/work/{item}/contest"' in text
    assert "Nothing to appeal now" in text
    assert "NT$ 25.00<br>kept for you" in text
    mine.post(f"/work/{item}/contest", code="audio.clipped", words="")
    after = page(mine, recorder)
    assert f'action="/work/{item}/contest"' not in after
    assert "People will listen: clipped" in after
    assert f'action="/claims/{recorder.claim}/submit"' in after


@pytest.mark.parametrize("own", ["yes", "no"])
def test_a_copy_of_one_s_own_recording_can_be_heard_beside_it_and_nobody_else_s(house, recorder, own):
    said = {"other": an_item(recorder, "p0"), "exact": "no", "own": own}
    an_item(recorder, "p1", finding("content.duplicate", "flag", "0.99", "0.95", "1", facts=said))
    shown = page(house.sign_in(recorder.actor), recorder)
    assert ("Play the other one</a>" in shown) == (own == "yes")
    assert len(re.findall(f'data-play href="/api/v1/segments/{said["other"]}/audio"', shown)) == 1 + (
        own == "yes"
    )


def test_a_refused_clip_shows_number_limit_place_and_the_clock_of_its_appeal(house, recorder, refused):
    mine = house.sign_in(recorder.actor)
    text = page(mine, recorder, "todo")
    assert "noise.third-voice" in text
    assert re.search(rf"/api/v1/segments/{refused}/audio#t=\d", text)
    assert "Recording: appeal until" in text
    mine.post(f"/work/{refused}/appeal", line="record", words="a radio")
    after = page(mine, recorder)
    assert "Recording: under appeal, answered by" in after
    assert "Recording: under appeal, answered by" in page(mine, recorder, "review")
    assert "Recording: under appeal" not in page(mine, recorder, "passed")
    house.later(days=20)
    assert f'action="/work/{refused}/appeal"' not in page(mine, recorder)


def first_way(text):
    """What the best way to mend a clip is called."""
    return re.search(r"way--best.*?<h3[^>]*>(.*?)</h3>", text, re.S)[1]


def test_what_was_sent_back_is_written_anew_first_unless_its_sound_was_measured_to_be_wrong(house, recorder):
    mine, first, second = house.sign_in(recorder.actor), an_item(recorder, "p0", wording()), clipped()
    handed_in(recorder)
    decide(house.stage, first, "fix", note="「沒關係」寫了兩次。")
    house.later(hours=4)
    written = page(mine, recorder)
    assert first_way(written) == "Change the text"
    assert f'href="/record/{recorder.claim}#p0"' in written  # speaking it anew is a way as well
    with house.store.catalogue.write() as session:
        second.verdict_id = session.scalars(select(VerdictRow.id)).one()
        session.add(second)
    assert first_way(page(mine, recorder)) == "Record it again"


def test_what_passed_is_in_the_ledger_and_its_receipts_can_be_downloaded(house, recorder, accepted):
    mine, stranger = house.sign_in(recorder.actor), house.sign_in(house.stage.contributor())
    text = page(mine, recorder)
    assert "Earned until today" in text
    assert text.count("NT$ 25.00") >= 2
    assert "NT$ 15.00" in text
    papers = mine.get("/work/papers?lang=en").text
    links = re.findall(r'href="(/work/receipts/[^"]+)"', papers)
    key = house.store.receipt_key().public_key()
    kinds = set()
    for link in links:
        document = mine.get(link)
        assert "attachment" in document.headers["Content-Disposition"]
        assert verify_receipt(document.data, [key]).valid
        kinds.add(json.loads(document.data)["kind"])
        assert stranger.get(link).status_code == 404
    assert kinds == {"claim", "upload", "submission", "decision"}
    assert mine.get("/work/papers?page=x").status_code == 422
    assert mine.get("/work/papers?page=9").status_code == 200


def test_the_public_keys_are_for_everybody(house):
    keys = house.app.test_client().get("/keys.json")
    assert keys.status_code == 200
    assert json.loads(keys.data)["schema"] == "speechcorpus-keys/1"


def test_a_proof_and_all_my_data_are_mine_alone(house, recorder, accepted):
    mine, stranger = house.sign_in(recorder.actor), house.sign_in(house.stage.contributor())
    link = f"/work/{accepted}/proof.zip"
    assert link in page(mine, recorder)
    with zipfile.ZipFile(io.BytesIO(mine.get(link).data)) as archive:
        assert {"clip.wav", "facts.json", "terms.json", "verdict.json", "transcript.txt"} <= set(
            archive.namelist()
        )
    assert stranger.get(link).status_code == 404
    with zipfile.ZipFile(io.BytesIO(mine.get("/work/export.zip").data)) as archive:
        assert f"items/{accepted}/clip.wav" in archive.namelist()
        told = archive.read(f"items/{accepted}/item.json").decode()
    assert "reviewer" not in told
    with zipfile.ZipFile(io.BytesIO(stranger.get("/work/export.zip").data)) as archive:
        assert not [name for name in archive.namelist() if name.startswith(("items/", "takes/"))]
    for side in (house.staff("reviewer"), house.staff("manager")):
        assert side.get("/work/export.zip").status_code in (401, 404)


def test_the_form_of_a_certificate_ticks_nothing_and_its_document_verifies(house, recorder, accepted):
    mine = house.sign_in(recorder.actor)
    form = mine.get("/work/certificate?lang=en").text
    assert not re.search(r"<input[^>]* checked", form)
    month = re.search(r'<option value="(\d{4}-\d{2})"', form)[1]
    said = {"first": month, "last": month, "as": "json"}
    plain = mine.post("/work/certificate", **said)
    key = house.store.receipt_key().public_key()
    check = verify_certificate(plain.data, [key])
    assert check.valid
    assert (check.certificate.name, check.certificate.amount_minor) == (None, None)
    assert canonical_json(json.loads(plain.data)) == plain.data
    named = mine.post("/work/certificate", **said, name="陳怡君", amount="yes")
    assert (json.loads(named.data)["name"], json.loads(named.data)["amount_minor"]) == ("陳怡君", 2500)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"first": "0", "last": "9"}, "certificate.period"),
        ({"first": "2026-12", "last": "2026-01"}, "certificate.period"),
        ({"first": "2030-01", "last": "2030-01"}, "certificate.nothing"),
        ({"first": "2026-01", "last": "2026-12", "name": "陳𠀋君"}, "certificate.characters"),
        ({"first": "2026-01", "last": "2026-12", "name": "陳" * 41}, "certificate.name"),
    ],
)
def test_a_certificate_that_cannot_be_made_says_why(house, recorder, said, code):
    answer = house.sign_in(recorder.actor).post("/work/certificate", **said)
    assert (answer.status_code, code in answer.text) == (422, True)


def test_every_page_speaks_every_language(house, recorder, refused):
    mine, nobody = house.sign_in(recorder.actor), house.sign_in(house.stage.contributor())
    paths = ("/work?show=all", "/work/papers?", "/work/certificate?")
    for locale, path, browser in product(LOCALES, paths, (mine, nobody)):
        answer = browser.get(f"{path}&lang={locale}")
        assert (answer.status_code, f'lang="{locale}"' in answer.text) == (200, True)


def test_long_lists_come_in_pages(house, recorder, monkeypatch):
    an_item(recorder, "p0", clipped())
    mine = house.sign_in(recorder.actor)
    monkeypatch.setattr("recorder_web.contributor.work.CLIPS", 1)
    assert "Page 1 of 2" in page(mine, recorder)
    assert "Page 2 of 2" in page(mine, recorder, page=7)
