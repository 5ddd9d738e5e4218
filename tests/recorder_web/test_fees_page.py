"""What a reviewer is paid for decisions, as they, a manager and a payer see it."""

import pytest

from recorder_web.i18n import LOCALES
from speechcorpus.workflows import people
from speechcorpus.workflows.impartial import declare_own_account
from tests.hearing import SAMPLE_ALL, an_item, decide, handed_in
from tests.recorder_web.house import furnish

PAYS = {"pay_within_d": "review = { minor = 300, audition_minor = 6000 }\npay_within_d"}


@pytest.fixture
def paying(sqlite_store, now, tmp_path):
    """A house whose terms pay decisions, and a reviewer who made one."""
    house = furnish(sqlite_store, now, tmp_path / "static", **PAYS, **SAMPLE_ALL)
    reviewer, recorder = house.staff("reviewer"), house.stage.recorder()
    item = an_item(recorder, "p0")
    handed_in(recorder)
    decide(house.stage, item, "accept", by=reviewer.actor)
    return house, reviewer


@pytest.mark.parametrize("locale", LOCALES)
def test_a_reviewer_reads_what_decisions_are_paid_and_what_they_are_owed(paying, locale):
    _, reviewer = paying
    answer = reviewer.get(f"/staff/fees?lang={locale}")
    assert answer.status_code == 200
    for amount in ("NT$ 3.00", "NT$ 60.00"):
        assert amount in answer.text


def test_a_reviewer_is_told_that_their_fees_wait_until_a_manager_has_named_their_account(paying):
    house, reviewer = paying
    assert "請管理員在" in reviewer.get("/staff/fees").text
    payer = house.staff("payer")
    assert "NT$ 3.00" in payer.get("/staff/payouts").text.partition("notice--fix")[2].partition("</p>")[0]
    person = people.create_contributor(house.store, locale="zh-Hant", now=house.now)
    said = {"staff_id": reviewer.actor.id, "contributor_id": person, "now": house.now}
    declare_own_account(house.store, house.stage.manager, **said)
    told = reviewer.get("/staff/fees").text
    assert "請管理員在" not in told
    assert "c-" in told.partition('role="status"')[2].partition("</p>")[0]


def test_nobody_else_has_such_a_page_and_terms_say_what_a_decision_is_paid(paying):
    paid, _ = paying
    for role in ("manager", "payer", "ml", "operator"):
        assert paid.staff(role).get("/staff/fees").status_code == 404
    terms = paid.sign_in(paid.stage.manager).get("/staff/terms").text
    assert "審聽員每次判斷" in terms
    assert "NT$ 60.00" in terms


def test_where_no_project_pays_decisions_the_page_says_so(house):
    page = house.staff("reviewer").get("/staff/fees")
    assert (page.status_code, "目前沒有計畫按次付酬" in page.text) == (200, True)
