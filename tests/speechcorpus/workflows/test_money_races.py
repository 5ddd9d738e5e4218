"""Money when people are quick and machines die: one payment, one posting, and never more than there is."""

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Payout, Task, TaskPrompt, TermsVersion
from speechcorpus.store.store import Store
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.payments import end_payments, send_payout
from speechcorpus.workflows.payouts import approve_payout, propose_payout
from speechcorpus.workflows.sign_in import SignedIn
from tests.money import Money, money
from tests.stage import Stage, set_stage


def all_at_once(acts: list[Callable[[], object]]) -> Counter[str]:
    """Run every act in a thread of its own, all from one start; count the codes of their answers."""
    start, answers = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except SpeechCorpusError as error:
            answers.append(error.code)
        else:
            answers.append("done")

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def owing(house: Money) -> str:
    person = house.person()
    house.close(house.item(house.claim(person, 1)), "record", "accept")
    return person


def proposed(house: Money) -> tuple[str, str]:
    payout = propose_payout(house.store, house.signed_in("payer"), house.project, now=house.now)
    with house.store.catalogue.read() as session:
        return payout, session.get_one(Payout, payout).sha256


def test_of_payers_who_approve_at_once_one_does(store: Store, now: datetime) -> None:
    house = money(store, now)
    person = owing(house)
    payout, sha256 = proposed(house)
    payers = [house.signed_in("payer") for _ in range(4)]

    def approving(payer: SignedIn) -> Callable[[], object]:
        return lambda: approve_payout(store, payer, payout, sha256=sha256, now=now)

    assert all_at_once([approving(payer) for payer in payers]) == {"done": 1, "payout.edge": 3}
    assert house.balances()[f"paying:{person}"] == 1500
    payer = payers[0].actor

    def settling(reference: str) -> Callable[[], object]:
        return lambda: end_payments(store, payer, payout, "settle", reference=reference, now=now)

    send_payout(store, payer, payout, now=now)
    answers = all_at_once([settling(f"bank {number}") for number in range(4)])
    assert answers == {"done": 1, "payout.edge": 3}
    assert house.balances()[f"paid:{person}"] == 1500
    assert house.faults() == []


def tasks(stage: Stage, count: int) -> list[str]:
    """Further open tasks of one prompt each."""
    made = [str(uuid4()) for _ in range(count)]
    with stage.store.catalogue.write() as session:
        terms = session.query(TermsVersion.id).scalar()
        for task_id in made:
            task = Task(id=task_id, project_id=stage.project_id, terms_id=terms, variety="nan-TW")
            task.style, task.band, task.created_at = "read", "low", stage.now
            session.add(task)
        session.flush()
        session.add_all(TaskPrompt(task_id=task_id, position=0, prompt_id="p0") for task_id in made)
    return made


def claims_on_a_budget(store: Store, now: datetime, people: int, paid_for: int) -> None:
    """Let so many people claim at once where there is money for some of them."""
    plenty = {"max_share_pct = 5": "max_share_pct = 100"}
    budget = {"budget_minor = 100000000": f"budget_minor = {paid_for * 2500 + 2499}"}
    stage = set_stage(store, now, **budget, **plenty)
    actors, open_tasks = [stage.contributor() for _ in range(people)], tasks(stage, people)

    def claiming(actor: Actor, task: str) -> Callable[[], object]:
        return lambda: claim_task(store, actor, task, now=now)

    answers = all_at_once([claiming(*pair) for pair in zip(actors, open_tasks, strict=True)])
    assert answers == {"done": paid_for, "budget.short": people - paid_for}


def test_claims_beyond_the_budget_are_refused_and_all_others_are_made(store: Store, now: datetime) -> None:
    claims_on_a_budget(store, now, people=6, paid_for=2)


@pytest.mark.slow
def test_of_100_claims_on_a_budget_for_30_exactly_30_are_made(store: Store, now: datetime) -> None:
    claims_on_a_budget(store, now, people=100, paid_for=30)


DIES = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from sqlalchemy import Engine, event
from speechcorpus.store.store import open_store
from speechcorpus.workflows.payments import send_payout
from speechcorpus.workflows.payouts import approve_payout
from speechcorpus.workflows.sign_in import signed_in

folder, database, token, payout, sha256, now, at = sys.argv[1:]
now, left = datetime.fromisoformat(now), [int(at)]
store = open_store(Path(folder), database or None)
signed = signed_in(store, token, now=now)

def die(*_):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1

# dies at a chosen write: statement by statement through approval and sending, commits among them
def written(connection, cursor, statement, *_):
    if statement.lstrip()[:6] in ("INSERT", "UPDATE"):
        die()

event.listen(Engine, "before_cursor_execute", written)
event.listen(Engine, "commit", die)
approve_payout(store, signed, payout, sha256=sha256, now=now)
if at == "-2":
    os.kill(os.getpid(), signal.SIGKILL)
send_payout(store, signed.actor, payout, now=now)
"""


def killed(house: Money, payout: str, sha256: str, at: int) -> int:
    """Approve and send in a process that dies; return how it ended."""
    store = house.store
    token = house.signed_in("payer").session_token
    database = "" if store.catalogue.is_sqlite else store.catalogue.url.render_as_string(False)
    said = [str(store.data_dir), database, token, payout, sha256, house.now.isoformat(), str(at)]
    return subprocess.run([sys.executable, "-c", DIES, *said], env=os.environ, check=False).returncode


def pay_after_all(house: Money, payout: str, sha256: str, person: str) -> None:
    """Go on as people do who come back after a crash; the person is paid once."""
    with house.store.catalogue.read() as session:
        state = session.get_one(Payout, payout).state
    payer = house.signed_in("payer")
    if state == "proposed":
        approve_payout(house.store, payer, payout, sha256=sha256, now=house.now)
    first = send_payout(house.store, payer.actor, payout, now=house.now)
    assert send_payout(house.store, payer.actor, payout, now=house.now) == first
    end_payments(house.store, payer.actor, payout, "settle", reference=f"bank {payout}", now=house.now)
    assert house.balances()[f"paid:{person}"] == 1500
    assert house.faults() == []


def test_a_crash_between_approval_and_sending_pays_once(sqlite_store: Store, now: datetime) -> None:
    house = money(sqlite_store, now)
    person = owing(house)
    payout, sha256 = proposed(house)
    assert killed(house, payout, sha256, at=-2) == -signal.SIGKILL
    assert house.balances()[f"paying:{person}"] == 1500  # approved for good
    pay_after_all(house, payout, sha256, person)


@pytest.mark.slow
def test_killed_at_any_write_of_a_payout_the_person_is_paid_once(store: Store, now: datetime) -> None:
    house, at = money(store, now, budget_minor=10_000_000), 0
    while True:
        person = owing(house)
        payout, sha256 = proposed(house)
        ended = killed(house, payout, sha256, at)
        pay_after_all(house, payout, sha256, person)
        if ended == 0:
            break
        assert ended == -signal.SIGKILL
        at += 1
    assert at > 8
