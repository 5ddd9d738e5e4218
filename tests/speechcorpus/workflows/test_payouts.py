"""Two people send money, neither to themselves: what one proposed, the other approves and a bank gets."""

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, LedgerError, SittingError, SpeechCorpusError
from speechcorpus.store.models import Acquaintance, Payout, Receipt
from speechcorpus.store.store import Store
from speechcorpus.workflows.payments import end_payments, send_payout
from speechcorpus.workflows.payouts import approve_payout, cancel_payout, propose_again, propose_payout
from speechcorpus.workflows.sign_in import SignedIn
from speechcorpus.workflows.views.ledger import statements_of
from tests.money import Money, money

pytestmark = pytest.mark.either_database

Owing = tuple[Money, str, str]


@pytest.fixture
def owing(store: Store, now: datetime) -> Owing:
    """Two people who are owed 2,500 and 1,500."""
    return owing_in(store, now)


@pytest.fixture
def owing_here(sqlite_store: Store, now: datetime) -> Owing:
    """The same, where the database does not matter."""
    return owing_in(sqlite_store, now)


def owing_in(store: Store, now: datetime) -> Owing:
    house = money(store, now)
    one, two = house.person(), house.person()
    for person, lines in ((one, ("record", "transcribe")), (two, ("record",))):
        item = house.item(house.claim(person, 1))
        for line in lines:
            house.close(item, line, "accept")
    return house, one, two


def propose(house: Money, signed: SignedIn | None = None) -> str:
    signed = signed or house.signed_in("payer")
    return propose_payout(house.store, signed, house.project, now=house.now)


def sha256_of(house: Money, payout: str) -> str:
    with house.store.catalogue.read() as session:
        return session.get_one(Payout, payout).sha256


def approve(house: Money, payout: str, signed: SignedIn | None = None, sha256: str | None = None) -> None:
    signed = signed or house.signed_in("payer")
    approve_payout(house.store, signed, payout, sha256=sha256 or sha256_of(house, payout), now=house.now)


def refused(code: str, act: Callable[[], object], kind: type[SpeechCorpusError] = LedgerError) -> None:
    with pytest.raises(kind) as caught:
        act()
    assert caught.value.code == code


def test_what_is_owed_is_proposed_approved_sent_and_settled(owing: Owing) -> None:
    house, one, two = owing
    payout = propose(house, house.signed_in("manager", house.manager.id))
    assert house.balances()[f"owed:{one}"] == 2500  # a proposal moves nothing
    approve(house, payout)
    payer = house.signed_in("payer").actor
    batch = send_payout(house.store, payer, payout, now=house.now)
    assert hashlib.sha256(batch).hexdigest() == sha256_of(house, payout)
    said = {each["payee"]: each["amount_minor"] for each in json.loads(batch)["payments"]}
    assert said == {one: 2500, two: 1500}
    assert house.balances()[f"paying:{one}"] == 2500
    end_payments(house.store, payer, payout, "settle", reference="bank 1", now=house.now)
    held = house.balances()
    assert (held[f"paid:{one}"], held[f"paid:{two}"]) == (2500, 1500)
    with house.store.catalogue.read() as session:
        assert session.get_one(Payout, payout).state == "settled"
        kept = session.query(Receipt).filter_by(kind="payment", contributor_id=one).one()
        assert {line.where for line in statements_of(session, one)[0].lines} == {"paid"}
    receipt = json.loads(kept.document)
    assert receipt["amount_minor"] == 2500
    assert sorted(row["line"] for row in receipt["items"]) == ["record", "transcribe"]
    assert house.faults() == []


def test_a_payment_that_did_not_arrive_is_owed_again_and_only_that_one(owing: Owing) -> None:
    house, one, two = owing
    payout = propose(house)
    approve(house, payout)
    payer = house.signed_in("payer").actor
    send_payout(house.store, payer, payout, now=house.now)
    said = {"contributor_id": two, "now": house.now}
    assert end_payments(house.store, payer, payout, "fail", reference="closed account", **said) == 1
    assert end_payments(house.store, payer, payout, "settle", reference="bank 2", now=house.now) == 1
    held = house.balances()
    assert (held[f"paid:{one}"], held[f"owed:{two}"]) == (2500, 1500)
    again = [lambda: end_payments(house.store, payer, payout, "fail", reference="x", **said)]
    refused("payout.edge", again[0], SittingError)
    with house.store.catalogue.read() as session:
        assert session.get_one(Payout, payout).state == "settled"
    assert house.faults() == []
    propose(house)  # takes up what is owed again


def test_a_second_payment_names_only_what_the_first_did_not_pay(owing_here: Owing) -> None:
    house, one, _ = owing_here
    payer, later = house.signed_in("payer").actor, house.item(house.claim(one, 1))
    for reference in ("bank 1", "bank 2"):
        payout = propose(house)
        approve(house, payout)
        send_payout(house.store, payer, payout, now=house.now)
        end_payments(house.store, payer, payout, "settle", reference=reference, now=house.now)
        if reference == "bank 1":
            house.close(later, "transcribe", "accept")
    with house.store.catalogue.read() as session:
        kept = session.query(Receipt).filter_by(kind="payment", subject_id=payout).one()
    rows = [(row["item"], row["line"], row["amount_minor"]) for row in json.loads(kept.document)["items"]]
    assert rows == [(later, "transcribe", 1000)]


def test_a_batch_that_failed_whole_is_proposed_anew_and_needs_a_second_person_anew(owing: Owing) -> None:
    house, one, _ = owing
    payout = propose(house)
    approve(house, payout)
    first, payer = sha256_of(house, payout), house.signed_in("payer")
    send_payout(house.store, payer.actor, payout, now=house.now)
    end_payments(house.store, payer.actor, payout, "fail", reference="rejected file", now=house.now)
    propose_again(house.store, payer, payout, now=house.now)
    assert sha256_of(house, payout) != first
    refused("payout.changed", lambda: approve(house, payout, sha256=first))
    refused("payout.same-person", lambda: approve(house, payout, payer))
    approve(house, payout)
    assert house.balances()[f"paying:{one}"] == 2500
    assert house.faults() == []


def test_nobody_approves_what_they_proposed_or_what_pays_them(owing_here: Owing) -> None:
    house, one, two = owing_here
    proposer, second, third = (house.signed_in("payer") for _ in range(3))
    with house.store.catalogue.write() as session:
        for staff, person in ((proposer, one), (second, two)):
            own = Acquaintance(staff_id=staff.actor.id, contributor_id=person, kind="own")
            own.known_at = house.now
            session.add(own)
    payout = propose(house, proposer)
    refused("payout.same-person", lambda: approve(house, payout, proposer))
    refused("payout.own", lambda: approve(house, payout, second))
    approve(house, payout, third)
    held = house.balances()
    assert held[f"owed:{one}"] == 2500  # what is owed to the proposer waits for another one
    assert held[f"paying:{two}"] == 1500


def test_money_needs_a_sign_in_of_the_last_ten_minutes(owing_here: Owing) -> None:
    house, *_ = owing_here
    payer, payout = house.signed_in("payer"), propose(house)
    sha256, late = sha256_of(house, payout), house.now + timedelta(minutes=10, seconds=1)
    for act in (
        lambda: propose_payout(house.store, payer, house.project, now=late),
        lambda: approve_payout(house.store, payer, payout, sha256=sha256, now=late),
    ):
        refused("payout.sign-in", act, AccessError)
    approve_payout(house.store, payer, payout, sha256=sha256, now=house.now + timedelta(minutes=10))


def test_only_managers_and_payers_propose_and_only_payers_approve(owing_here: Owing) -> None:
    house, one, _ = owing_here
    payout = propose(house)
    for role in ("manager", "reviewer", "ml", "operator"):
        refused("not-found", lambda role=role: approve(house, payout, house.signed_in(role)), AccessError)
    for role in ("reviewer", "ml", "operator"):
        refused("not-found", lambda role=role: propose(house, house.signed_in(role)), AccessError)
    person = Actor(role="contributor", id=one)
    refused("not-found", lambda: send_payout(house.store, person, payout, now=house.now), AccessError)
    refused("not-found", lambda: cancel_payout(house.store, person, payout, now=house.now), AccessError)


def test_one_proposal_at_a_time_and_none_of_nothing(owing_here: Owing) -> None:
    house, *_ = owing_here
    payout = propose(house)
    refused("payout.open", lambda: propose(house))
    cancel_payout(house.store, house.manager, payout, now=house.now)
    refused("payout.edge", lambda: approve(house, payout), SittingError)
    approve(house, propose(house))
    refused("payout.nothing", lambda: propose(house))


def test_a_batch_changed_in_the_database_is_neither_approved_nor_sent(owing_here: Owing) -> None:
    house, *_ = owing_here
    payout = propose(house)
    with house.store.catalogue.write() as session:
        session.get_one(Payout, payout).exponent = 0
    refused("payout.changed", lambda: approve(house, payout))
    assert ("payout.changed", f"payout:{payout}") in house.faults()


def test_a_payment_ends_with_a_reference_and_after_it_was_sent(owing_here: Owing) -> None:
    house, *_ = owing_here
    payout, payer = propose(house), house.signed_in("payer").actor
    approve(house, payout)

    def settle(reference: str) -> Callable[[], object]:
        return lambda: end_payments(house.store, payer, payout, "settle", reference=reference, now=house.now)

    refused("payout.edge", settle("bank"), SittingError)
    send_payout(house.store, payer, payout, now=house.now)
    refused("request.field", settle(""), SittingError)
    refused("request.field", settle("x" * 121), SittingError)
