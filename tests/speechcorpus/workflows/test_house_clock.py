"""A clock that jumps and a server that was away end nothing early."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from speechcorpus.domain.errors import SittingError, StoreError
from speechcorpus.store.models import Audit, Claim, TimeLost
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.house_clock import (
    DatabaseClock,
    Reading,
    clock_of,
    keep_time,
    lost_since,
    steps_since,
)
from speechcorpus.workflows.janitor import tidy
from speechcorpus.workflows.lapses import expire_claims
from speechcorpus.workflows.leases import keep_claim
from speechcorpus.workflows.round_clock import advance_rounds
from speechcorpus.workflows.sittings import heartbeat
from tests.drawing import announced, drawer, drawn_round, join, kept, offers
from tests.stage import set_stage

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, items_per_task=1)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now, items_per_task=1)


class Machine:
    """Both clocks of a machine, set by hand, and whoever looks at them once a minute."""

    def __init__(self, stage, at, *, name="clock"):
        self.store, self.name = stage.store, name
        self.reading = Reading(wall=at, monotonic_ms=5_000, boot="b1")
        self.look()

    def look(self):
        return keep_time(self.store, self.reading, name=self.name)

    def run(self, span, *, wall=None):
        """Let time go by; `wall` is what the wall clock makes of it."""
        self.reading = replace(
            self.reading,
            wall=self.reading.wall + (span if wall is None else wall),
            monotonic_ms=self.reading.monotonic_ms + int(span.total_seconds() * 1000),
        )
        return self.look()

    @property
    def wall(self):
        return self.reading.wall


def lease(stage, claim):
    with stage.store.catalogue.read() as session:
        return session.get_one(Claim, claim).lease_until


def state(stage, claim):
    with stage.store.catalogue.read() as session:
        return session.get_one(Claim, claim).state


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_clock_set_by_an_hour_ends_no_lease_no_offer_and_no_round(stage, jump):
    people = [drawer(stage) for _ in range(3)]
    the_round = drawn_round(stage, people[:2], most=1)
    at = the_round.closes_at
    claim = claim_task(stage.store, people[2], stage.tasks("high")[0], now=at)
    coming = announced(stage, bands=("medium",), now=at)
    machine = Machine(stage, at + timedelta(hours=11, minutes=30))
    before = lease(stage, claim)
    assert machine.run(MINUTE, wall=MINUTE + jump) == jump
    assert expire_claims(stage.store, now=machine.wall) == 0
    assert advance_rounds(stage.store, now=machine.wall) == 0
    assert lease(stage, claim) == before + jump
    moved = kept(stage, coming.id)
    assert (moved.opens_at, moved.closes_at) == (coming.opens_at + jump, coming.closes_at + jump)
    (offer,) = offers(stage, the_round).values()
    assert offer.accept_until == at + timedelta(hours=12) + jump
    assert machine.run(MINUTE, wall=MINUTE - jump) == -jump
    assert lease(stage, claim) == before
    with stage.store.catalogue.read() as session:
        noted = session.scalars(select(TimeLost.seconds).order_by(TimeLost.id)).all()
        assert noted == [jump.total_seconds(), -jump.total_seconds()]
        assert (
            session.scalars(select(Audit.action).where(Audit.object == "deadlines")).all()
            == ["time.step"] * 2
        )


def test_two_workers_that_see_one_jump_move_deadlines_once(stage):
    claim = claim_task(stage.store, stage.contributor(), stage.tasks()[0], now=stage.now)
    one = Machine(stage, stage.now)
    other = Machine(stage, stage.now)
    before = lease(stage, claim)
    one.run(MINUTE, wall=HOUR)
    other.run(MINUTE + timedelta(seconds=2), wall=HOUR + timedelta(seconds=2))
    assert lease(stage, claim) == before + HOUR - MINUTE


def test_a_clock_that_drifts_or_a_look_that_comes_late_moves_nothing(lite):
    machine = Machine(lite, lite.now)
    assert machine.run(HOUR) == timedelta(0)
    assert machine.run(MINUTE, wall=MINUTE + timedelta(seconds=60)) == timedelta(0)
    machine.reading = replace(machine.reading, boot="b2", monotonic_ms=1, wall=machine.wall + HOUR)
    assert machine.look() == timedelta(0)  # a restart: nobody can tell a jump from time gone by


def test_what_was_over_before_the_jump_stays_over(lite):
    claim = claim_task(lite.store, lite.contributor(), lite.tasks()[0], now=lite.now)
    over = lease(lite, claim) + MINUTE
    machine = Machine(lite, over)
    machine.run(MINUTE, wall=HOUR)
    assert lease(lite, claim) < over
    assert expire_claims(lite.store, now=machine.wall) == 1


@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_an_outage_is_added_to_every_deadline_that_had_not_come(lite, boot):
    claim = claim_task(lite.store, lite.contributor(), lite.tasks()[0], now=lite.now)
    machine, before = Machine(lite, lite.now, name="web"), lease(lite, claim)
    assert machine.run(timedelta(seconds=60)) == timedelta(0)
    machine.reading = replace(machine.reading, boot=boot)
    assert machine.run(2 * HOUR) == 2 * HOUR
    assert lease(lite, claim) == before + 2 * HOUR
    with lite.store.catalogue.read() as session:
        assert lost_since(session, lite.now) == 2 * HOUR
        assert lost_since(session, machine.wall) == timedelta(0)
        assert steps_since(session, lite.now) == timedelta(0)


def test_time_the_house_lost_is_added_to_the_hard_end_as_well(lite):
    person = lite.contributor()
    claim = claim_task(lite.store, person, lite.tasks()[0], now=lite.now)
    late = lite.now + timedelta(hours=200)
    machine = Machine(lite, lite.now, name="web")
    machine.run(2 * HOUR)
    assert keep_claim(lite.store, person, claim, fence=1, now=late) == lite.now + timedelta(hours=122)


def test_a_draw_that_was_out_of_reach_stays_open_longer(lite):
    the_round, person = announced(lite), drawer(lite)
    machine = Machine(lite, the_round.opens_at + MINUTE, name="web")
    machine.run(HOUR)
    assert kept(lite, the_round.id).opens_at == the_round.opens_at
    assert join(lite, the_round, person, now=the_round.closes_at + 59 * MINUTE)


def test_nothing_ends_while_people_cannot_reach_us(lite):
    claim = claim_task(lite.store, lite.contributor(), lite.tasks()[0], now=lite.now)
    over = lease(lite, claim) + MINUTE
    machine = Machine(lite, over - 2 * MINUTE, name="web")
    tidy(lite.store, over)  # a worker alone, and then for an hour
    tidy(lite.store, over + HOUR)
    assert state(lite, claim) == "active"
    machine.run(HOUR + 2 * MINUTE)  # people are back
    tidy(lite.store, machine.wall)
    assert state(lite, claim) == "active"
    for _ in range(2):
        machine.run(MINUTE)
    tidy(lite.store, machine.wall)
    assert state(lite, claim) == "expired"


def test_the_editor_keeps_a_claim_alive_and_an_old_fence_does_not(stage):
    person = stage.contributor()
    claim = claim_task(stage.store, person, stage.tasks()[0], now=stage.now)
    at = stage.now + timedelta(hours=23, minutes=50)
    for fence in (0, 2):
        with pytest.raises(SittingError) as refused:
            keep_claim(stage.store, person, claim, fence=fence, now=at)
        assert refused.value.code == "claim.stale"
    assert lease(stage, claim) == stage.now + timedelta(hours=24)
    assert keep_claim(stage.store, person, claim, fence=1, now=at) == at + timedelta(minutes=30)


def test_a_recorder_that_goes_on_after_the_end_makes_nothing_longer(lite):
    recorder, at = lite.recorder(), lite.now + timedelta(hours=24, seconds=1)
    before = lease(lite, recorder.claim)
    assert expire_claims(lite.store, now=at) == 1
    heartbeat(lite.store, recorder.actor, recorder.sitting, state="open", now=at)
    assert lease(lite, recorder.claim) == before


def test_the_databases_time_counts_on_postgresql(store):
    clock = clock_of(store)
    assert clock() <= clock()
    assert isinstance(clock, DatabaseClock) is not store.catalogue.is_sqlite


def test_time_goes_on_while_the_database_does_not_answer(now):
    seconds, answers = iter([0.0, 30.0]), iter([now])

    def ask():
        for answer in answers:
            return answer
        raise StoreError("database.busy", "busy")

    clock = DatabaseClock(ask, lambda: next(seconds))
    assert [clock(), clock()] == [now, now + timedelta(seconds=30)]
