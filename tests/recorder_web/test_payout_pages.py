"""Payouts in the browser: the manager proposes, the payer approves, hands over and notes the answer."""

import json

import pytest
from flask.testing import FlaskClient

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.terms import Terms
from speechcorpus.workflows.projects import newest_terms
from tests.money import Money
from tests.recorder_web.house import Browser, House


@pytest.fixture
def owing(house: House) -> Money:
    """Two people of the house are owed 2,500 and 1,500."""
    stage = house.stage
    with stage.store.catalogue.read() as session:
        terms = Terms.from_document(newest_terms(session, stage.project_id).document)
    money = Money(store=stage.store, now=house.now, terms=terms, manager=stage.manager)
    for lines in (("record", "transcribe"), ("record",)):
        item = money.item(money.claim(money.person(), 1))
        for line in lines:
            money.close(item, line, "accept")
    return money


def payout_of(page: str) -> str:
    return page.partition('data-payout="')[2].partition('"')[0]


def hidden(page: str, name: str) -> str:
    return page.partition(f'name="{name}" value="')[2].partition('"')[0]


def text_of(browser: Browser) -> str:
    answer = browser.get("/staff/payouts")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_two_people_pay_what_is_owed(house: House, owing: Money) -> None:
    manager, payer = house.sign_in(owing.manager), house.staff("payer")
    assert "40.00" in text_of(manager)
    assert manager.post("/staff/payouts/propose", project=owing.project).status_code == 303
    assert "這是你提出的" in text_of(manager)
    page = text_of(payer)
    payout, sha256 = payout_of(page), hidden(page, "sha256")
    assert manager.post(f"/staff/payouts/{payout}/approve", sha256=sha256).status_code == 404
    assert payer.post(f"/staff/payouts/{payout}/approve", sha256="0" * 64).status_code == 409
    for step in ("approve", "send"):
        assert payer.post(f"/staff/payouts/{payout}/{step}", sha256=sha256).status_code == 303
    assert payer.post(f"/staff/payouts/{payout}/approve", sha256=sha256).status_code == 409
    batch = payer.get(f"/staff/payouts/{payout}/batch.json")
    assert json.loads(batch.data)["total_minor"] == 4000
    one = text_of(payer).partition('<option value="">')[2].partition('<option value="')[2].partition('"')[0]
    said = {"event": "fail", "reference": "account closed", "contributor": one}
    assert payer.post(f"/staff/payouts/{payout}/end", **said).status_code == 303
    assert payer.post(f"/staff/payouts/{payout}/end", event="settle", reference="b1").status_code == 303
    page = text_of(payer)
    assert "account closed" in page
    assert "提出付清" in page  # what did not arrive is owed again


def test_an_old_sign_in_is_told_so_and_moves_nothing(house: House, owing: Money) -> None:
    payer = house.staff("payer")
    house.later(minutes=11)
    page = text_of(payer)
    assert "先用通行密鑰或密碼確認是你本人" in page
    assert "/staff/keys?back=payouts" in page
    answer = payer.post("/staff/payouts/propose", project=owing.project)
    assert answer.status_code == 403
    assert "payout.sign-in" in answer.get_data(as_text=True)


def test_nobody_else_sees_payouts(house: House) -> None:
    for role in ("reviewer", "ml", "operator"):
        assert house.staff(role).get("/staff/payouts").status_code == 404
    assert FlaskClient(house.app).get("/staff/payouts").status_code in (302, 303, 401)
    person = house.sign_in(Actor(role="contributor", id=house.stage.contributor().id))
    assert person.get("/staff/payouts").status_code in (302, 303, 401)


def test_an_empty_page_says_what_will_be_there(house: House) -> None:
    assert "提出的付款會出現在這裡" in text_of(house.staff("payer"))
