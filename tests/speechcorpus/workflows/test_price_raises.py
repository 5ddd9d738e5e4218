"""A price under a claim goes up, with its money set aside, and never down."""

from datetime import datetime

import pytest

from speechcorpus.domain.errors import LedgerError, SittingError
from speechcorpus.store.models import Claim
from speechcorpus.store.store import Store
from speechcorpus.workflows.claim_money import give_back
from speechcorpus.workflows.price_raises import raise_prices
from tests.money import BY_MINUTE, Money, money

pytestmark = pytest.mark.either_database


def rise(house: Money, record: int, transcribe: int) -> int:
    said = {"record": record, "transcribe": transcribe}
    return raise_prices(house.store, house.manager, house.project, **said, now=house.now)


def test_open_and_later_lines_gain_and_accepted_ones_stay(store: Store, now: datetime) -> None:
    house = money(store, now)
    person = house.person()
    claim = house.claim(person, 3)
    first, second = house.item(claim), house.item(claim)
    house.close(first, "record", "accept")
    assert rise(house, 1600, 1000) == 1
    assert rise(house, 1600, 1000) == 0
    third = house.item(claim)
    for segment, line in (
        (first, "transcribe"),
        (second, "record"),
        (third, "record"),
        (third, "transcribe"),
    ):
        house.close(segment, line, "accept")
    assert house.balances()[f"owed:{person}"] == 1500 + 2 * 1600 + 2 * 1000
    house.close(second, "transcribe", "void")
    with house.store.catalogue.write() as session:
        held = session.get_one(Claim, claim)
        held.state = "submitted"
        give_back(session, held, now=now)
    assert f"reserved:{house.project}" not in house.balances()
    assert house.faults() == []


def test_a_price_is_never_lowered_and_never_raised_beyond_the_budget(store: Store, now: datetime) -> None:
    house = money(store, now, budget_minor=10_000)
    house.claim(house.person(), 2)
    before = house.balances()
    with pytest.raises(LedgerError, match="was promised 1000 for transcribe") as caught:
        rise(house, 1500, 999)
    assert caught.value.code == "price.lower"
    with pytest.raises(SittingError, match="no money left"):
        rise(house, 9000, 1000)
    assert house.balances() == before


def test_a_price_by_the_minute_gains_with_the_next_piece(sqlite_store: Store, now: datetime) -> None:
    house = money(sqlite_store, now, **BY_MINUTE)
    person = house.person()
    claim = house.claim(person, 4)
    house.close(house.item(claim, seconds=60), "record", "accept")
    rise(house, 1800, 1000)
    house.close(house.item(claim, seconds=60), "record", "accept")
    assert house.balances()[f"owed:{person}"] == 2 * 1800
    assert house.faults() == []
