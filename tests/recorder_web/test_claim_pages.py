"""What browsers claim, on the pages of those who judge and of those who decide."""

import re

import pytest
from sqlalchemy import select

from recorder_web.i18n import LOCALES
from speechcorpus.domain.errors import SittingError
from speechcorpus.record.compare import ROWS
from speechcorpus.store.models import Segment, TakeClaim
from speechcorpus.workflows.finish import finish_take
from speechcorpus.workflows.views.believed import WORDED
from tests.recorder_web.house import burst, finding
from tests.stage import voice, work_off


@pytest.fixture
def heard(house, work):
    """The flagged item's take, listened to by a worker."""
    work_off(house.stage)
    return work


def said_rows(page):
    return dict(re.findall(r'<tr data-row="([a-z-]+)" data-says="([a-z]+)">', page))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_reviewer_sees_every_claim_beside_what_was_measured(house, heard, locale):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{heard.flagged_review}/take")
    page = reviewer.get(f"/staff/review/{heard.flagged_review}?lang={locale}").text
    rows = said_rows(page)
    assert list(rows) == list(ROWS)
    assert (rows["counts"], rows["bytes"], rows["meter"]) == ("agrees", "agrees", "unknown")
    assert "32000 / 32000 / 32000" in page


def test_every_row_has_its_words():
    assert set(WORDED) == set(ROWS)


def test_a_reviewer_sees_which_browser_it_was_and_nothing_that_names_a_person(house, heard):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{heard.flagged_review}/take")
    page = reviewer.get(f"/staff/review/{heard.flagged_review}?lang=en").text
    assert "every sample counted" in page
    assert heard.ben.actor.id not in page


def test_before_a_worker_has_listened_the_page_says_what_it_knows(house, work):
    reviewer = house.staff("reviewer")
    reviewer.post(f"/staff/review/{work.flagged_review}/take")
    rows = said_rows(reviewer.get(f"/staff/review/{work.flagged_review}").text)
    assert list(rows) == ["bytes", "counts", "duration", "markers", "rate"]


@pytest.mark.parametrize(("decision", "segments"), [("use", 1), ("aside", 0)])
def test_a_manager_decides_about_a_take_whose_rate_cannot_be_true(house, decision, segments):
    take = house.stage.recorder().record(voice(2), prompt="p0")
    windows = [{"sample": 100 * n, "count": 9, "p5_us": str(9000 * n)} for n in range(8)]
    take.finish(clock={"windows": windows, "exchanges": []})
    manager = house.sign_in(house.stage.manager)
    page = manager.get("/staff/funnel?lang=en").text
    assert f'<tr data-take="{take.id}">' in page
    assert "16000 Hz" in page
    address = f"/staff/funnel/held/{take.id}"
    assert house.staff("reviewer").post(address, decision=decision).status_code == 404
    assert manager.post(address, decision="maybe").status_code == 422
    assert manager.post(address, decision=decision).status_code == 303
    assert take.id not in manager.get("/staff/funnel?lang=en").text
    assert manager.post(address, decision=decision).status_code == 404
    work_off(house.stage)
    with house.store.catalogue.read() as session:
        assert len(session.scalars(select(Segment)).all()) == segments
        assert bool(session.get(TakeClaim, (take.id, "zeros"))) == bool(segments)


def test_a_take_that_is_too_long_is_shown_and_asks_nothing(house):
    take = house.stage.recorder().record(voice(11), prompt="p0")
    document = take.manifest()
    with pytest.raises(SittingError):
        finish_take(house.store, take.recorder.actor, take.id, document, now=house.now)
    page = house.sign_in(house.stage.manager).get("/staff/funnel?lang=en").text
    row = page[page.index(f'data-take="{take.id}"') :].split("</tr>")[0]
    assert "11.0 s" in row
    assert "<form" not in row


def test_a_contributor_reads_that_a_fault_of_ours_is_paid(house, work):
    overrun = finding("platform.capture-overrun", "flag", "480", "0", "1")
    house.judged(work.held, "repairable", burst(), overrun, sequence=2)
    page = work.ann.get("/work?lang=en").text
    assert page.count("our fault, it is paid") == 1
    assert "our fault" not in work.ben.get("/work?lang=en").text
