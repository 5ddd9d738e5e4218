"""Random histories of money against a model that knows nothing of the ledger."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from speechcorpus.domain.errors import LedgerError, SittingError
from speechcorpus.store.models import Claim, ClosedRefusal, OutcomeRow, Payout
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows import ledger
from speechcorpus.workflows.claim_money import give_back
from speechcorpus.workflows.outcomes import release_refused
from speechcorpus.workflows.payments import end_payments, send_payout
from speechcorpus.workflows.payouts import approve_payout, cancel_payout, propose_payout
from tests.money import Money, money

NOW = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
BUDGET, PRICES = 20_000, {"record": 1500, "transcribe": 1000}
PICK = st.integers(0, 10**6)  # which of those there are, modulo


@dataclass(kw_only=True)
class Held:
    """A claim as the model has it: what it set aside and has not spent, and its lines by their state."""

    person: str
    prompts: int
    active: bool = True
    items: int = 0
    lines: dict[tuple[str, str], str] = field(default_factory=dict)
    spent: int = 0
    seats: dict[str, str] = field(default_factory=dict)  # item -> who recorded it

    @property
    def reserve(self) -> int:
        if self.active:
            return self.prompts * 2500 - self.spent
        return sum(PRICES[line] for (_, line), state in self.lines.items() if state in ("pending", "refused"))


class Histories(RuleBasedStateMachine):
    """Claims, decisions, appeals and payouts in any order."""

    stores: ClassVar[Iterator[Store]]

    @initialize()
    def begin(self) -> None:
        self.house: Money = money(next(self.stores), NOW, budget_minor=BUDGET)
        self.people = [self.house.person() for _ in range(3)]
        self.payers = [self.house.signed_in("payer") for _ in range(2)]
        self.claims: dict[str, Held] = {}
        self.refusable: set[str] = set()
        self.funded, self.owed, self.paying, self.paid = BUDGET, Counter(), Counter(), Counter()
        self.batch: tuple[str, Counter] | None = None
        self.step = 0

    @rule(more=st.integers(1, 9_000))
    def fund(self, more: int) -> None:
        self.step += 1
        with self.house.store.catalogue.write() as session:
            ledger.fund(session, self.house.project, more, reference=f"b{self.step}", now=NOW)
        self.funded += more

    @rule(who=PICK, prompts=st.integers(1, 3))
    def claim(self, who: int, prompts: int) -> None:
        person, fits = self.people[who % 3], self.free >= prompts * 2500
        if fits:
            self.claims[self.house.claim(person, prompts)] = Held(person=person, prompts=prompts)
        else:
            with pytest.raises(SittingError, match="no money left"):
                self.house.claim(person, prompts)

    @rule(which=PICK, refusable=st.booleans(), who=PICK, beside=st.booleans())
    def record(self, which: int, refusable: bool, who: int, beside: bool) -> None:
        """Record as the holder, or beside them: then somebody else sits at a device of their own."""
        room = {key: held for key, held in self.claims.items() if held.active and held.items < held.prompts}
        assume(room)
        claim_id, held = self.one_of(room, which)
        seat = self.people[who % 3] if beside else held.person
        item = self.house.item(claim_id, refusable=refusable, seat=seat)
        held.seats[item] = seat
        held.items += 1
        held.lines |= dict.fromkeys(((item, line) for line in PRICES), "pending")
        if refusable:
            self.refusable.add(item)

    @rule(which=PICK, event=st.sampled_from(["accept", "refuse", "void", "overturn"]))
    def decide(self, which: int, event: str) -> None:
        before = {"overturn": "refused"}.get(event, "pending")
        found = {
            key: held
            for held in self.claims.values()
            for key, state in held.lines.items()
            if state == before and (event != "refuse" or key[0] in self.refusable)
        }
        assume(found)
        (item, line), held = self.one_of(found, which)
        self.house.close(item, line, event)
        after = {"refuse": "refused", "void": "void"}.get(event, "accepted")
        held.lines[item, line] = after
        if after == "accepted":
            held.spent += PRICES[line]
            self.owed[held.seats[item]] += PRICES[line]

    @rule(which=PICK)
    def window_closes(self, which: int) -> None:
        found = {
            key: held
            for held in self.claims.values()
            for key, state in held.lines.items()
            if state == "refused"
        }
        assume(found)
        (item, line), held = self.one_of(found, which)
        assume(not held.active)
        with self.house.store.catalogue.write() as session:
            session.add(ClosedRefusal(segment_id=item, line=line, closed_at=NOW))
            session.flush()
            release_refused(session, session.get_one(OutcomeRow, (item, line)), now=NOW)
        held.lines[item, line] = "closed"

    @rule(which=PICK, state=st.sampled_from(["submitted", "released", "expired"]))
    def end(self, which: int, state: str) -> None:
        active = {key: held for key, held in self.claims.items() if held.active}
        assume(active)
        claim_id, held = self.one_of(active, which)
        with self.house.store.catalogue.write() as session:
            claim = session.get_one(Claim, claim_id)
            claim.state = state
            give_back(session, claim, now=NOW)
        held.active = False

    @rule(by=st.integers(0, 1))
    def propose(self, by: int) -> None:
        assume(self.batch is None)
        store, payer, project = self.house.store, self.payers[by], self.house.project
        if +self.owed:
            self.batch = propose_payout(store, payer, project, now=NOW), +self.owed
            self.by = by
        else:
            with pytest.raises(LedgerError, match="nothing is owed"):
                propose_payout(store, payer, project, now=NOW)

    @rule(ends=st.sampled_from(["settle", "fail", "split", "cancel"]))
    def pay(self, ends: str) -> None:
        assume(self.batch is not None)
        payout, amounts = self.batch
        store, payer = self.house.store, self.payers[1 - self.by]
        self.batch = None
        if ends == "cancel":
            cancel_payout(store, payer.actor, payout, now=NOW)
            return
        with store.catalogue.read() as session:
            sha256 = session.get_one(Payout, payout).sha256
        approve_payout(store, payer, payout, sha256=sha256, now=NOW)
        send_payout(store, payer.actor, payout, now=NOW)
        for number, (person, minor) in enumerate(amounts.items()):
            event = ("settle", "fail")[number % 2] if ends == "split" else ends
            said = {"contributor_id": person, "reference": f"{payout} {number}", "now": NOW}
            end_payments(store, payer.actor, payout, event, **said)
            if event == "settle":
                self.owed[person] -= minor
                self.paid[person] += minor

    @property
    def free(self) -> int:
        gone = sum(self.owed.values()) + sum(self.paid.values())
        return self.funded - gone - sum(held.reserve for held in self.claims.values())

    @invariant()
    def the_ledger_says_what_the_model_says(self) -> None:
        if not hasattr(self, "house"):
            return
        project = self.house.project
        held = {
            f"funding:{project}": -self.funded,
            f"project_budget:{project}": self.free,
            f"reserved:{project}": sum(each.reserve for each in self.claims.values()),
            **{f"owed:{person}": self.owed[person] for person in self.people},
            **{f"paid:{person}": self.paid[person] for person in self.people},
        }
        assert self.house.balances() == {name: minor for name, minor in held.items() if minor}

    def teardown(self) -> None:
        if hasattr(self, "house"):
            assert self.house.faults() == []

    @staticmethod
    def one_of(found: dict, which: int):
        return list(found.items())[which % len(found)]


def fresh_stores(template: Path) -> Iterator[Store]:
    """A new store for every history."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix="sc-money-"))
        shutil.copy(template, folder / "catalogue.sqlite")
        store = open_store(folder)
        yield store
        store.catalogue.close()
        shutil.rmtree(folder)


def fresh_on_postgres(emptied: Callable[[], str], folder: Path) -> Iterator[Store]:
    """The one database of the run, emptied for every history."""
    while True:
        store = open_store(folder, emptied())
        yield store
        store.catalogue.close()


def run(stores: Iterator[Store], histories: int, steps: int) -> None:
    Histories.stores = stores
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=histories,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            deadline=None,
        ),
    )


def test_whatever_happens_the_ledger_agrees_with_the_model(sqlite_template: Path) -> None:
    run(fresh_stores(sqlite_template), histories=3, steps=10)


@pytest.mark.slow
def test_long_histories_agree_with_the_model(sqlite_template: Path) -> None:
    run(fresh_stores(sqlite_template), histories=60, steps=40)


@pytest.mark.slow
def test_long_histories_agree_with_the_model_on_postgresql(
    emptied_postgres: Callable[[], str], tmp_path: Path
) -> None:
    run(fresh_on_postgres(emptied_postgres, tmp_path), histories=60, steps=40)
