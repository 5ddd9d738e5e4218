"""The page on which a person takes back: what it destroys is said first, and asked once."""

import re

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.store.models import Consent


def plain(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page.text))


def text_of(house, browser, purpose):
    with house.store.catalogue.read() as session:
        mine = (Consent.contributor_id == browser.actor.id, Consent.purpose == purpose)
        return session.scalars(select(Consent.text_sha256).where(*mine)).one()


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_speaks_every_language_before_and_after(house, work, locale):
    assert work.ben.get(f"/withdraw?item={work.flagged}&lang={locale}").status_code == 200
    work.ben.post("/withdraw", scope="item", item=work.flagged, sure="yes")
    work.ben.post("/withdraw", scope="all", sure="yes")
    assert work.ben.get(f"/withdraw?lang={locale}").status_code == 200


def test_what_cannot_be_promised_is_said_before_consent_and_before_withdrawal(house, work):
    for path in ("/consent?lang=en", "/withdraw?lang=en"):
        said = plain(work.ann.get(path))
        assert "Within 60 seconds" in said
        assert "Models already trained, and copies out of our reach" in said
        assert "Pay that was given or is owed is never taken back" in said


def test_nothing_happens_without_the_tick_and_to_somebody_elses_item(house, work):
    assert work.ben.post("/withdraw", scope="all").status_code == 422
    assert work.ben.post("/withdraw", scope="world", sure="yes").status_code == 422
    assert work.ann.post("/withdraw", scope="item", item=work.flagged, sure="yes").status_code == 404
    assert work.ann.get(f"/withdraw?item={work.flagged}").status_code == 404
    assert house.staff("manager").get("/withdraw").status_code in (401, 404)
    assert work.ben.get(f"/api/v1/segments/{work.flagged}/audio").status_code == 200


def test_an_item_that_was_taken_back_is_in_no_reply(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    assert reviewer.get(f"/staff/review/{work.flagged_review}/audio").status_code == 200
    done = work.ben.post("/withdraw", scope="item", item=work.flagged, sure="yes")
    assert done.headers["Location"] == "/withdraw#taken"
    for browser, path in (
        (work.ben, f"/api/v1/segments/{work.flagged}/audio"),
        (work.ben, f"/work/{work.flagged}/proof.zip"),
        (reviewer, f"/staff/review/{work.flagged_review}/audio"),
    ):
        assert browser.get(path).status_code == 404
    for browser, path in (
        (work.ben, f"/work?claim={work.ben_claim}&show=all"),
        (work.ben, f"/transcribe/{work.ben_claim}"),
        (work.ben, f"/record/{work.ben_claim}"),
        (reviewer, "/staff/queue"),
        (reviewer, f"/staff/review/{work.flagged_review}"),
    ):
        page = browser.get(path).text
        assert work.flagged not in page
    assert work.sampled in work.ben.get(f"/work?claim={work.ben_claim}&show=all").text


def test_one_purpose_ends_and_the_page_says_so(house, work):
    said = {"scope": "purpose", "purpose": "release", "text_sha256": text_of(house, work.ann, "release")}
    assert work.ann.post("/withdraw", **said, sure="yes").status_code == 303
    page = work.ann.get("/withdraw?lang=en")
    assert 'value="release"' not in page.text
    assert 'value="record"' in page.text
    assert "Withdrawn" in plain(page)
    assert work.ann.post("/withdraw", **said, sure="yes").status_code == 409


def test_a_closed_account_still_sees_its_receipt_and_its_ledger(house, work):
    work.ben.post("/withdraw", scope="all", sure="yes")
    page = work.ben.get("/withdraw?lang=en")
    assert "What is owed to you will still be paid" in plain(page)
    receipt = re.search(r'href="(/work/receipts/[^"]+)"', page.text).group(1)
    document = work.ben.get(receipt).json
    assert (document["kind"], document["items"][0]["item"]) == ("withdrawal", "all")
    assert work.ben.get("/work/papers").status_code == 200
    assert work.ben.get("/home").status_code == 403
