"""Where money goes is sealed under a key for each person, read by payers alone, and gone with its key."""

import json
import stat

import pytest
from sqlalchemy import select, text

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError, StoreError
from speechcorpus.store.models import Audit, IdentityPrivate, Payout
from speechcorpus.workflows.erasure import erase_person
from speechcorpus.workflows.payout_accounts import (
    Account,
    accounts_of_batch,
    forget_account,
    own_account,
    rotate_house_key,
    save_account,
)
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from speechcorpus.workflows.withdrawals import Asked, withdraw
from tests.money import money

MINE = Account(holder="王小明", bank="822 中國信託 南港分行", number="0012-345-678901")


@pytest.fixture
def made(store, now):
    return money(store, now)


@pytest.fixture
def person(made):
    return Actor(role="contributor", id=made.person())


def everything(store):
    """All the text that the catalogue and the data folder hold, but for the file of keys."""
    with store.catalogue.read() as session:
        rows = [str(row) for row in session.execute(text("SELECT * FROM identity_private"))]
        rows += [str(row) for row in session.execute(text("SELECT * FROM audit"))]
    return "\n".join(rows)


def batch_of(made, person):
    """A proposed batch that pays this person, and who may approve it."""
    made.close(made.item(made.claim(person.id, 1)), "record", "accept")
    payout = propose_payout(
        made.store, made.signed_in("manager", made.manager.id), made.project, now=made.now
    )
    return payout, made.signed_in("payer")


def approved(made, payout, payer):
    with made.store.catalogue.read() as session:
        sha256 = session.get_one(Payout, payout).sha256
    approve_payout(made.store, payer, payout, sha256=sha256, now=made.now)


def test_an_account_is_its_owners_and_stands_nowhere_in_plain(store, made, person, now):
    assert own_account(store, person) is None
    save_account(store, person, MINE, now=now)
    assert own_account(store, person) == MINE
    assert own_account(store, Actor(role="contributor", id=made.person())) is None
    for secret in (MINE.holder, MINE.bank, MINE.number, "南港分行", "345-678901"):
        assert secret not in everything(store)
    path = store.data_dir / "keys" / "identity.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_payer_reads_it_for_a_batch_that_was_approved_and_each_look_is_logged(store, made, person, now):
    save_account(store, person, MINE, now=now)
    payout, payer = batch_of(made, person)
    with pytest.raises(AccessError):
        accounts_of_batch(store, payer.actor, payout, now=now)
    approved(made, payout, payer)
    (paid,) = accounts_of_batch(store, payer.actor, payout, now=now)
    assert (paid.account, paid.amount_minor) == (MINE, 1500)
    for role in ("manager", "reviewer", "ml", "operator"):
        with pytest.raises(AccessError):
            accounts_of_batch(store, made.signed_in(role).actor, payout, now=now)
    with store.catalogue.read() as session:
        looks = session.scalars(select(Audit).where(Audit.action == "accounts.read")).all()
    assert [json.loads(row.detail)["people"] for row in looks] == [1]


def test_who_has_given_none_stands_in_the_list_without_one(store, made, person, now):
    payout, payer = batch_of(made, person)
    approved(made, payout, payer)
    assert [each.account for each in accounts_of_batch(store, payer.actor, payout, now=now)] == [None]


def test_erasing_a_person_destroys_the_key_and_a_withdrawal_leaves_the_account_for_what_is_owed(
    store, made, person, now
):
    save_account(store, person, MINE, now=now)
    withdraw(store, person, Asked(scope="all"), now=now)
    assert own_account(store, person) == MINE
    with store.catalogue.write() as session:
        erase_person(session, person.id, now)
    with store.catalogue.read() as session:
        assert session.get(IdentityPrivate, person.id) is None


def test_each_change_has_a_key_of_its_own_and_it_can_be_forgotten(store, made, person, now):
    seen = set()
    for number in ("1", "2"):
        save_account(store, person, Account(holder="a", bank="b", number=number), now=now)
        with store.catalogue.read() as session:
            seen.add(session.get_one(IdentityPrivate, person.id).wrapped_key)
    assert len(seen) == 2
    forget_account(store, person, now=now)
    forget_account(store, person, now=now)
    assert own_account(store, person) is None


def test_a_new_key_of_the_house_opens_what_the_old_one_did_and_the_one_before_the_last_opens_nothing(
    store, made, person, now
):
    save_account(store, person, MINE, now=now)
    file = store.data_dir / "keys" / "identity.keys"
    first = file.read_text()
    assert rotate_house_key(store, now=now) == 1
    assert first in file.read_text()
    assert rotate_house_key(store, now=now) == 1
    assert first not in file.read_text()
    assert own_account(store, person) == MINE
    file.write_text(first)
    with pytest.raises(StoreError, match="not in its file"):
        own_account(store, person)


def test_a_sealed_account_is_nobody_elses_and_a_lost_key_is_not_begun_anew(store, made, person, now):
    save_account(store, person, MINE, now=now)
    other = Actor(role="contributor", id=made.person())
    with store.catalogue.write() as session:
        session.execute(text("UPDATE identity_private SET contributor_id = :id"), {"id": other.id})
    with pytest.raises(StoreError):
        own_account(store, other)
    file = store.data_dir / "keys" / "identity.keys"
    for other_file in (lambda: file.write_text(f"k2 {'A' * 43}=\n"), file.unlink):
        other_file()
        with pytest.raises(StoreError, match="not the one in use"):
            save_account(store, person, MINE, now=now)


@pytest.mark.parametrize("change", [{"holder": ""}, {"bank": "x" * 81}, {"number": "1\n2"}])
def test_an_account_is_three_lines_of_text(store, person, now, change):
    said = {"holder": "a", "bank": "b", "number": "c", **change}
    with pytest.raises(SittingError) as refused:
        save_account(store, person, Account(**said), now=now)
    assert refused.value.code == "account.field"
