"""The page of one's payout account, and the list that a payer takes to the bank."""

import csv
import io

import pytest

from recorder_web.i18n import LOCALES
from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import Payout
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from tests.recorder_web.house import House
from tests.recorder_web.test_payout_pages import owing

__all__ = ["owing"]

FORM = {"holder": "王小明", "bank": "822 中國信託 南港分行", "number": "=0012-345"}


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_speaks_every_language_before_and_after(house: House, locale: str):
    person = house.sign_in(house.stage.contributor())
    assert "/work/account" in person.get(f"/work/papers?lang={locale}").text
    assert person.get(f"/work/account?lang={locale}").status_code == 200
    assert person.post("/work/account", **FORM).status_code == 303
    shown = person.get(f"/work/account?lang={locale}")
    assert 'value="王小明"' in shown.text
    assert shown.headers["Cache-Control"] == "private, no-store"
    assert person.post("/work/account/forget").status_code == 303
    assert "王小明" not in person.get("/work/account").text


def test_what_is_no_account_says_what_to_do(house: House):
    person = house.sign_in(house.stage.contributor())
    answer = person.post("/work/account", **{**FORM, "number": " "})
    assert answer.status_code == 422
    assert "收款帳戶的每一欄都要填" in answer.text


def test_a_payer_takes_the_list_of_an_approved_batch_and_no_cell_of_it_is_a_formula(house: House, owing):
    store, now = house.store, house.now
    payout = propose_payout(store, owing.signed_in("manager", owing.manager.id), owing.project, now=now)
    with store.catalogue.read() as session:
        sha256, payees = session.get_one(Payout, payout).sha256, sorted(owing.balances())
    one = next(name.removeprefix("owed:") for name in payees if name.startswith("owed:"))
    house.sign_in(Actor(role="contributor", id=one)).post("/work/account", **FORM)
    payer, path = house.staff("payer"), f"/staff/payouts/{payout}/accounts.csv"
    assert payer.get(path).status_code == 404
    approve_payout(store, owing.signed_in("payer"), payout, sha256=sha256, now=now)
    assert payer.post(f"/staff/payouts/{payout}/send").status_code == 303
    assert path in payer.get("/staff/payouts").text
    answer = payer.get(path)
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("text/csv", "no-store")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sorted(row["number"] for row in rows) == ["", "'=0012-345"]
    for role in ("manager", "reviewer", "ml", "operator"):
        assert house.staff(role).get(path).status_code == 404
