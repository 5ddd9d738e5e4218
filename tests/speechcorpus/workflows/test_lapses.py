"""What ends by the clock alone: never the work that was delivered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from speechcorpus.domain.actor import Actor
from speechcorpus.store.models import (
    Audit,
    Base,
    Chunk,
    Claim,
    OutcomeRow,
    Segment,
    Sitting,
    Take,
    Task,
    TaskPrompt,
    VerdictRow,
)
from speechcorpus.store.store import Store
from speechcorpus.work.terms_file import parse_terms
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.lapses import abandon_sittings, expire_claims
from speechcorpus.workflows.people import create_contributor, create_staff
from speechcorpus.workflows.projects import create_project, import_prompts, make_tasks
from tests.stage import set_stage

DEMO = Path(__file__).parents[3] / "speechcorpus" / "workflows" / "demo_data"
SHA = "ab" * 32
PROMPT = {"kind": "read", "variety": "nan-TW", "text": "食飽未？", "reading": None, "licence": "CC0-1.0"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Held:
    """A task held under a claim that ends in an hour, with an open sitting."""

    store: Store
    now: datetime
    lease_until: datetime

    def add(self, *rows: Base) -> None:
        with self.store.catalogue.write() as session:
            for row in rows:
                session.add(row)
                session.flush()

    def deliver(self, *, outcome: str | None) -> None:
        """One stored item, with a verdict unless `outcome` is None."""
        take = Take(
            id="take",
            sitting_id="sitting",
            sequence=1,
            track="main",
            prompt_ids=["p1"],
            rate_hz=48_000,
            channels=1,
            capture_path="mstp",
            first_sitting_sample=0,
            body_sha256=SHA,
            state="stored",
            created_at=self.now,
        )
        item = Segment(
            id="item",
            take_id="take",
            claim_id="claim",
            prompt_id="p1",
            start_sample=0,
            end_sample=48_000,
            created_at=self.now,
        )
        self.add(take, item)
        if outcome:
            self.add(
                VerdictRow(
                    id="verdict",
                    segment_id="item",
                    sequence=1,
                    evaluator="e",
                    terms_sha256=SHA,
                    facts="{}",
                    outcome=outcome,
                    created_at=self.now,
                )
            )

    def states(self) -> tuple[str, str]:
        with self.store.catalogue.read() as session:
            return session.get_one(Claim, "claim").state, session.scalars(select(Task.state)).one()

    def actions(self) -> list[str]:
        with self.store.catalogue.read() as session:
            return list(session.scalars(select(Audit.action).where(Audit.actor == "operator:janitor")))


@pytest.fixture
def held(store: Store, now: datetime) -> Held:
    manager = Actor(role="manager", id=create_staff(store, name="Lîm", role="manager", now=now))
    terms = parse_terms((DEMO / "terms_nan-TW.toml").read_text(encoding="utf-8"))
    project_id = create_project(store, manager, terms=terms, title="A project", now=now)
    import_prompts(store, manager, project_id, [{"id": "p1", **PROMPT}], now)
    make_tasks(store, manager, project_id, items_per_task=1, now=now)
    contributor_id = create_contributor(store, locale="zh-Hant", now=now)
    with store.catalogue.write() as session:
        task, *others = session.scalars(select(Task).order_by(Task.band))
        task.state, task.fence = "claimed", 1
        for other in others:
            session.execute(delete(TaskPrompt).where(TaskPrompt.task_id == other.id))
            session.delete(other)
    lease_until = now + HOUR
    claim = Claim(
        id="claim",
        task_id=task.id,
        contributor_id=contributor_id,
        fence=1,
        terms_sha256=terms.sha256,
        price={},
        evaluator="e",
        claimed_at=now,
        lease_until=lease_until,
    )
    sitting = Sitting(
        id="sitting",
        contributor_id=contributor_id,
        claim_id="claim",
        band="low",
        device={},
        body_sha256=SHA,
        opened_at=now,
        last_seen_at=now,
    )
    held = Held(store, now, lease_until)
    held.add(claim, sitting)
    return held


def test_a_claim_lives_until_its_lease_is_over(held: Held) -> None:
    assert expire_claims(held.store, now=held.lease_until) == 0
    assert held.states() == ("active", "claimed")


def test_a_task_with_nothing_recorded_is_open_again(held: Held) -> None:
    after = held.lease_until + timedelta(seconds=1)
    assert expire_claims(held.store, now=after) == 1
    assert held.states() == ("expired", "open")
    assert held.actions() == ["claim.expired"]
    assert expire_claims(held.store, now=after) == 0


def test_what_passed_is_handed_in_when_the_lease_is_over(held: Held) -> None:
    held.deliver(outcome="accepted")
    assert expire_claims(held.store, now=held.lease_until + HOUR) == 1
    claim, task = held.states()
    assert claim == "submitted"
    assert task in ("accepted", "in_review")  # a sample is heard
    with held.store.catalogue.read() as session:
        assert session.get_one(OutcomeRow, ("item", "record")).state in ("accepted", "pending")
    assert held.actions() == ["claim.submitted"]


def test_an_item_that_is_not_measured_yet_is_waited_for_a_day(held: Held) -> None:
    held.deliver(outcome=None)
    assert expire_claims(held.store, now=held.lease_until + 23 * HOUR) == 0
    assert held.states() == ("active", "claimed")
    assert expire_claims(held.store, now=held.lease_until + 25 * HOUR) == 1
    assert held.states() == ("expired", "open")


def test_an_item_that_is_held_does_not_keep_the_task(held: Held) -> None:
    held.deliver(outcome="rejected")
    assert expire_claims(held.store, now=held.lease_until + HOUR) == 1
    assert held.states() == ("expired", "open")


def sitting_and_take(held: Held) -> tuple[str, str]:
    with held.store.catalogue.read() as session:
        return session.get_one(Sitting, "sitting").state, session.get_one(Take, "take").state


def test_a_sitting_is_abandoned_after_seven_days_of_silence(held: Held) -> None:
    held.deliver(outcome=None)
    with held.store.catalogue.write() as session:
        session.get_one(Take, "take").state = "receiving"
    assert abandon_sittings(held.store, now=held.now + 7 * DAY) == 0
    assert abandon_sittings(held.store, now=held.now + 7 * DAY + HOUR) == 1
    assert sitting_and_take(held) == ("abandoned", "failed")
    assert held.actions() == ["sitting.abandoned"]


def test_bytes_that_still_arrive_keep_a_sitting_open(held: Held) -> None:
    held.deliver(outcome=None)
    held.add(
        Chunk(take_id="take", index=0, offset=0, length=480, sha256=SHA, received_at=held.now + DAY),
    )
    assert abandon_sittings(held.store, now=held.now + 7 * DAY + HOUR) == 0
    assert sitting_and_take(held) == ("open", "stored")


@pytest.mark.either_database
def test_a_row_that_cannot_be_ended_delays_no_other_and_no_other_chore(
    store: Store, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    stage = set_stage(store, now)
    bad, good = (claim_task(store, stage.contributor(), task, now=now) for task in stage.tasks())
    with store.catalogue.write() as session:
        claim = session.get_one(Claim, bad)
        claim.lease_until -= HOUR  # the first of all
        session.get_one(Task, claim.task_id).fence += 1  # how it came to that nobody knows
    tidy(store, now + 30 * HOUR)
    with store.catalogue.read() as session:
        assert session.get_one(Claim, bad).state == "active"
        assert session.get_one(Claim, good).state == "expired"
    (told,) = caplog.messages
    assert told.startswith(bad)
    assert "this hold of the task is over" in told


def test_the_janitor_looks_after_leases_and_silence(held: Held) -> None:
    tidy(held.store, held.now + 8 * DAY)
    assert held.actions() == ["claim.expired", "sitting.abandoned"]
