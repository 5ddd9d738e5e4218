"""What is promised is set aside, what is accepted is owed once, and what is not needed goes back."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from speechcorpus.domain.errors import LedgerError, SittingError
from speechcorpus.store.models import Claim, LedgerTransaction, OutcomeRow
from speechcorpus.store.store import Store
from speechcorpus.workflows import ledger
from speechcorpus.workflows.claim_money import give_back
from speechcorpus.workflows.flat_fees import accrue_flat, release_flat, reserve_flat
from speechcorpus.workflows.outcomes import release_refused
from speechcorpus.workflows.views.ledger import budget_of, statements_of
from tests.money import BY_MINUTE, Money, money

pytestmark = pytest.mark.either_database


@pytest.fixture
def house(store: Store, now: datetime) -> Money:
    return money(store, now)


def end(house: Money, claim_id: str, state: str = "submitted") -> None:
    with house.store.catalogue.write() as session:
        claim = session.get_one(Claim, claim_id)
        claim.state = state
        give_back(session, claim, now=house.now)


def release(house: Money, segment: str, line: str) -> None:
    with house.store.catalogue.write() as session:
        release_refused(session, session.get_one(OutcomeRow, (segment, line)), now=house.now)


def test_publishing_terms_puts_in_their_budget_once(house: Money) -> None:
    with house.store.catalogue.write() as session:
        ledger.fund_as_promised(session, house.terms, now=house.now)
    project = house.project
    assert house.balances() == {f"funding:{project}": -1_000_000, f"project_budget:{project}": 1_000_000}
    assert house.faults() == []


def test_terms_in_another_currency_are_not_published(house: Money) -> None:
    other = replace(house.terms, price=replace(house.terms.price, currency="USD"))
    with (
        pytest.raises(LedgerError, match="the project's money is TWD, the terms name USD") as caught,
        house.store.catalogue.write() as session,
    ):
        ledger.fund_as_promised(session, other, now=house.now)
    assert caught.value.code == "ledger.currency"


def test_a_bank_reference_is_booked_once(house: Money) -> None:
    with house.store.catalogue.write() as session:
        ledger.fund(session, house.project, 500, reference="bank 7", now=house.now)
    with (
        pytest.raises(LedgerError, match="bank 7 was booked before") as caught,
        house.store.catalogue.write() as session,
    ):
        ledger.fund(session, house.project, 500, reference="bank 7", now=house.now)
    assert caught.value.code == "ledger.funded"
    assert house.balances()[f"project_budget:{house.project}"] == 1_000_500


def test_the_example_of_the_contract_comes_out_in_the_database(house: Money) -> None:
    """`fair-work.md` §7 with 8 items: 6 fine, one text refused, one item refused and overturned."""
    person, project = house.person(), house.project
    with house.store.catalogue.write() as session:
        flat = {"kind": "audition", "key": "1", "amount": 10_000, "now": house.now}
        reserve_flat(session, person, project, **flat)
        accrue_flat(session, person, project, **flat)
        accrue_flat(session, person, project, **flat)  # owed once, however often it is said
    claim = house.claim(person, 8)
    assert house.balances()[f"reserved:{project}"] == 20_000
    for _ in range(6):
        fine = house.item(claim)
        house.close(fine, "record", "accept")
        house.close(fine, "transcribe", "accept")
    part, none = (house.item(claim, refusable=True) for _ in range(2))
    house.close(part, "record", "accept")
    for segment, line in ((part, "transcribe"), (none, "record"), (none, "transcribe")):
        house.close(segment, line, "refuse")
    end(house, claim)
    assert house.balances()[f"reserved:{project}"] == 3_500  # an overturn never waits for funding
    for line in ("record", "transcribe"):
        house.close(none, line, "overturn")
    release(house, part, "transcribe")
    release(house, part, "transcribe")
    owed = 10_000 + 8 * 1500 + 7 * 1000
    assert house.balances() == {
        f"funding:{project}": -1_000_000,
        f"project_budget:{project}": 1_000_000 - owed,
        f"owed:{person}": owed,
    }
    assert house.faults() == []


def test_what_a_claim_can_no_longer_owe_goes_back_when_it_ends(house: Money) -> None:
    claim = house.claim(house.person(), 3)
    done, held = house.item(claim), house.item(claim)
    house.close(done, "record", "accept")
    house.close(held, "record", "void")
    assert house.balances()[f"reserved:{house.project}"] == 7_500 - 1_500  # it may be spoken anew
    end(house, claim)
    assert house.balances()[f"reserved:{house.project}"] == 2_000  # both texts are not decided yet
    for segment in (done, held):
        house.close(segment, "transcribe", "void")
    assert f"reserved:{house.project}" not in house.balances()
    assert house.faults() == []


def test_a_claim_beyond_the_budget_is_not_made(store: Store, now: datetime) -> None:
    house = money(store, now, budget_minor=7_000)
    house.claim(house.person(), 2)
    with pytest.raises(SittingError, match="no money left") as caught:
        house.claim(house.person(), 1)
    assert caught.value.code == "budget.short"
    assert house.balances()[f"project_budget:{house.project}"] == 2_000


def test_sound_paid_by_the_minute_is_rounded_once_a_claim(store: Store, now: datetime) -> None:
    house = money(store, now, **BY_MINUTE)
    person = house.person()
    claim = house.claim(person, 4)
    owed = []
    for _ in range(4):
        item = house.item(claim, seconds=0.01)  # 0.25 of a minor unit
        house.close(item, "record", "accept")
        with house.store.catalogue.read() as session:
            owed.append(ledger.accrued(session, [item]).get((item, "record"), 0))
            assert session.get_one(OutcomeRow, (item, "record")).price_minor == owed[-1]
    assert owed == [1, 0, 0, 0]
    end(house, claim)
    assert house.balances()[f"reserved:{house.project}"] == 4_000
    assert house.faults() == []


def test_by_the_minute_each_of_two_is_paid_their_own_sound_in_whatever_order(
    store: Store, now: datetime
) -> None:
    house = money(store, now, **BY_MINUTE)
    holder, partner = house.person(), house.person()
    claim = house.claim(holder, 4)
    for seconds, seat in ((0.01, holder), (0.5, partner), (0.05, holder), (0.3, partner), (0.02, holder)):
        house.close(house.item(claim, seconds=seconds, seat=seat), "record", "accept")
    held = house.balances()
    assert (held[f"owed:{holder}"], held[f"owed:{partner}"]) == (2, 20)  # 0.08 s and 0.8 s at 25 a second
    end(house, claim)
    assert house.faults() == []


def test_a_long_talk_is_covered_by_the_budget_beyond_its_quota(store: Store, now: datetime) -> None:
    house = money(store, now, **BY_MINUTE)
    person = house.person()
    claim = house.claim(person, 1)
    house.close(house.item(claim, seconds=3600), "record", "accept")
    assert house.balances()[f"owed:{person}"] == 90_000
    end(house, claim)
    assert house.faults() == []


def test_a_wrong_posting_is_taken_back_once_and_never_edited(house: Money) -> None:
    before = house.balances()
    with house.store.catalogue.write() as session:
        number = ledger.fund(session, house.project, 500, reference="bank 7", now=house.now)
        ledger.reverse(session, number, now=house.now)
    assert house.balances() == before
    for wrong in (number, number + 1):
        with (
            pytest.raises(LedgerError, match="cannot be taken back") as caught,
            house.store.catalogue.write() as session,
        ):
            ledger.reverse(session, wrong, now=house.now)
        assert caught.value.code == "ledger.reversed"
    assert house.faults() == []


def test_what_is_set_aside_for_an_audition_that_is_off_goes_back(house: Money) -> None:
    before = house.balances()
    flat = {"kind": "audition", "key": "1", "now": house.now}
    with house.store.catalogue.write() as session:
        reserve_flat(session, "c", house.project, amount=10_000, **flat)
        release_flat(session, house.project, **flat)
        release_flat(session, house.project, **flat)
    assert house.balances() == before


def test_a_statement_names_every_line_that_is_owed(house: Money) -> None:
    person = house.person()
    item = house.item(house.claim(person))
    house.close(item, "record", "accept")
    with house.store.catalogue.read() as session:
        statement, *others = statements_of(session, person)
        budget = budget_of(session, house.project)
    assert others == []
    assert (statement.owed_minor, statement.paying_minor, statement.paid_minor) == (1500, 0, 0)
    line, *more = statement.lines
    assert more == []
    assert (line.kind, line.segment_id, line.amount_minor, line.where) == ("record", item, 1500, "owed")
    assert (budget.funded_minor, budget.reserved_minor, budget.owed_minor) == (1_000_000, 3_500, 1_500)


TAMPERED = {
    "UPDATE ledger_entry SET amount_minor = 1 + amount_minor WHERE account LIKE 'o%'": "ledger.unbalanced",
    "UPDATE ledger_entry SET account = 'owed:me' WHERE account LIKE 'owed:%'": "ledger.chain",
    "UPDATE ledger_transaction SET kind = 'reserve' WHERE kind = 'accrue'": "ledger.chain",
    "UPDATE ledger_transaction SET state = 'draft' WHERE kind = 'accrue'": "ledger.draft",
    "DELETE FROM ledger_entry WHERE account LIKE 'owed:%'": "ledger.unbalanced",
}


@pytest.mark.parametrize(("change", "rule"), TAMPERED.items())
def test_one_changed_row_is_named_with_its_rule(sqlite_store: Store, now, change: str, rule: str) -> None:
    house = money(sqlite_store, now)
    house.close(house.item(house.claim(house.person())), "record", "accept")
    with house.store.catalogue.write() as session:
        accrual = session.query(LedgerTransaction.id).filter_by(kind="accrue").scalar()
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'ledger%'"
        for name in session.execute(text(triggers)).scalars().all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text(change))
    assert (rule, f"ledger:{accrual}") in house.faults()


def test_a_changed_balance_and_a_changed_outcome_are_named(sqlite_store: Store, now: datetime) -> None:
    house = money(sqlite_store, now)
    item = house.item(house.claim(house.person()))
    house.close(item, "record", "accept")
    with house.store.catalogue.write() as session:
        session.execute(text("UPDATE outcome SET price_minor = 9 WHERE line = 'record'"))
        session.execute(text("UPDATE ledger_account SET balance_minor = 7 WHERE name LIKE 'reserved:%'"))
    assert house.faults() == [
        ("ledger.balance", f"account:{house.project}/reserved:{house.project}"),
        ("ledger.owed", f"outcome:{item}/record"),
    ]


def test_time_is_kept_to_the_microsecond_in_the_chain(house: Money) -> None:
    with house.store.catalogue.write() as session:
        later = house.now + timedelta(microseconds=123_457)
        ledger.fund(session, house.project, 5, reference="台新銀行 é", now=later)
    assert house.faults() == []
