"""Money as an operator and two people type it."""

import json
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from speechcorpus.cli import cli
from speechcorpus.store.models import Claim
from speechcorpus.store.store import Store
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.worker import utc_now
from tests.money import Money, money


def run(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(cli, arguments, input=said)


def done(*arguments: str, said: str | None = None) -> str:
    result = run(*arguments, said=said)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


@pytest.fixture
def house(sqlite_store: Store) -> Money:
    house = money(sqlite_store, utc_now(), budget_minor=10_000)
    house.close(house.item(house.claim(house.person(), 1)), "record", "accept")
    return house


PASSWORD = "kim-á-ji̍t thinn-khì chin hó"


@pytest.fixture
def staff(house: Money) -> Money:
    """Two payers and a manager, who have set their passwords at the shell."""
    for name, role in (("Ia", "payer"), ("Bi", "payer"), ("Mo", "manager")):
        create_staff(house.store, name=name, role=role, now=utc_now())
        store = ("--data", str(house.store.data_dir))
        said = done(
            "people", "set-password", "--role", role, "--name", name, *store, said=f"{PASSWORD}\n" * 2
        )
        assert f"{name} signs in with this password" in said
    return house


def test_what_is_owed_is_paid_by_two_people_at_the_shell(staff: Money, tmp_path: Path) -> None:
    house = staff
    store = ("--data", str(house.store.data_dir), "--name")
    payout = done("payout", "propose", house.project, *store, "Ia", said=PASSWORD).split()[-1]
    listed = done("payout", "list", *store, "Ia", said=PASSWORD)
    assert f"project {house.project}: TWD 15.00 owed to 1" in listed
    assert f"{payout} proposed TWD 15.00 to 1, batch " in listed
    sha256, out = listed.split()[-1], tmp_path / "batch.json"
    approve = ("payout", "approve", payout, "--sha256", sha256, "--out", str(out))
    assert run(*approve, *store, "Mo", said=PASSWORD).exception.code == "not-found"
    assert run(*approve, *store, "Bi", said="guessed it!").exception.code == "password.wrong"
    assert "bytes for the bank" in done(*approve, *store, "Bi", said=PASSWORD)
    assert json.loads(out.read_bytes())["total_minor"] == 1500
    done("payout", "send", payout, "--out", str(out), *store, "Bi", said=PASSWORD)
    ended = ("--reference", "bank 1", *store, "Bi")
    assert done("payout", "fail", payout, *ended, said=PASSWORD).endswith("1 payments ended\n")
    assert run("payout", "settle", payout, *ended, said=PASSWORD).exception.code == "payout.edge"
    assert done("ledger", "check", *store[:2]) == "0 faults in the ledger\n"


def test_what_somebody_lost_is_taken_from_them_at_the_shell(staff: Money) -> None:
    store = ("--data", str(staff.store.data_dir), "--name", "Ia")
    said = done("people", "forget-keys", "--role", "payer", *store)
    assert said.startswith("1 taken away")
    assert run("payout", "list", *store, said=PASSWORD).exception.code == "password.wrong"


def test_money_from_outside_is_booked_once_and_logged(house: Money) -> None:
    fund = ("fund", house.project, "5000", "--data", str(house.store.data_dir), "--reference", "bank 7")
    assert done(*fund) == f"project {house.project} was put in 15000, 12500 is free\n"
    assert run(*fund).exception.code == "ledger.funded"
    nowhere = run("fund", "nowhere", "5000", "--data", str(house.store.data_dir), "--reference", "b")
    assert nowhere.exception.code == "not-found"


def test_ledger_check_and_doctor_name_the_row_and_the_rule(house: Money, now: datetime) -> None:
    with house.store.catalogue.write() as session:
        session.connection().exec_driver_sql("UPDATE ledger_account SET balance_minor = 9")
    store = ("--data", str(house.store.data_dir))
    for command in (("ledger", "check"), ("doctor",)):
        result = run(*command, *store)
        assert result.exit_code == 1
        assert f"ledger.balance account:{house.project}/reserved:{house.project}\n" in result.output


def test_a_price_is_raised_at_the_shell(house: Money) -> None:
    with house.store.catalogue.read() as session:
        claims = session.scalar(select(func.count()).select_from(Claim))
    prices = ("--record", "1501", "--transcribe", "1000", "--data", str(house.store.data_dir))
    said = done("project", "raise-prices", house.project, *prices)
    assert (said, claims) == ("1 claims gain\n", 1)
