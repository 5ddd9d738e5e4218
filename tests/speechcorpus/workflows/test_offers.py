"""Offers: answered, declined, late, handed on down the wait list; and what comes back early."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from speechcorpus.domain.errors import SpeechCorpusError
from speechcorpus.store.models import Audit, Claim, Offer, RoundEntry, Task
from speechcorpus.workflows.claims import accept_offer, claim_task, return_claim
from speechcorpus.workflows.lapses import expire_claims
from speechcorpus.workflows.offers import decline_offer
from speechcorpus.workflows.round_clock import advance_rounds
from tests.drawing import announced, drawer, drawn_round, join, kept, offers
from tests.stage import set_stage

SECOND = timedelta(seconds=1)
ACCEPT = timedelta(hours=12)


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, items_per_task=1)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now, items_per_task=1)


def refusal(act, *said, **more):
    with pytest.raises(SpeechCorpusError) as refused:
        act(*said, **more)
    return refused.value.code


def by_rank(stage, the_round, people):
    with stage.store.catalogue.read() as session:
        rows = session.scalars(
            select(RoundEntry.contributor_id)
            .where(RoundEntry.round_id == the_round.id)
            .order_by(RoundEntry.rank)
        ).all()
    known = {person.id: person for person in people}
    return [known[person] for person in rows]


def one_task(stage, people):
    """A drawn round with one task; the people in the order of their ranks."""
    drawn = [drawer(stage) for _ in range(people)]
    the_round = drawn_round(stage, drawn, most=1)
    return the_round, by_rank(stage, the_round, drawn)


def holder(stage, the_round):
    return next(iter(offers(stage, the_round)), None)


def task_of(stage, the_round):
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Offer.task_id).where(Offer.round_id == the_round.id).distinct()).one()


def test_a_declined_offer_goes_down_the_ranks_and_then_to_all(stage):
    the_round, people = one_task(stage, 3)
    for person in people:
        offer = offers(stage, the_round)[person.id]
        decline_offer(stage.store, person, offer.id, now=the_round.closes_at)
        decline_offer(stage.store, person, offer.id, now=the_round.closes_at)  # again: as it ended
        assert refusal(accept_offer, stage.store, person, offer.id, now=the_round.closes_at) == "offer.over"
    assert holder(stage, the_round) is None
    assert claim_task(stage.store, stage.contributor(), task_of(stage, the_round), now=the_round.closes_at)
    advance_rounds(stage.store, now=the_round.closes_at)
    assert kept(stage, the_round.id).state == "settled"


def test_an_offer_nobody_answers_in_twelve_hours_goes_to_the_next(stage):
    the_round, (first, second) = one_task(stage, 2)
    until = the_round.closes_at + ACCEPT
    assert offers(stage, the_round)[first.id].accept_until == until
    advance_rounds(stage.store, now=until - SECOND)
    assert holder(stage, the_round) == first.id
    late = offers(stage, the_round)[first.id].id
    assert refusal(accept_offer, stage.store, first, late, now=until) == "offer.over"
    advance_rounds(stage.store, now=until)
    assert holder(stage, the_round) == second.id
    advance_rounds(stage.store, now=until + ACCEPT)
    assert holder(stage, the_round) is None
    assert {offer.how for offer in offers(stage, the_round, state="passed").values()} == {"time"}


def test_what_is_returned_early_is_offered_to_the_next_at_once(stage):
    the_round, (first, second, _) = one_task(stage, 3)
    at = the_round.closes_at
    claim = accept_offer(stage.store, first, offers(stage, the_round)[first.id].id, now=at)
    assert advance_rounds(stage.store, now=at) == 0  # people wait: the round goes on
    assert return_claim(stage.store, first, claim, now=at + SECOND) == "released"
    assert holder(stage, the_round) == second.id
    with stage.store.catalogue.read() as session:
        last = session.scalars(select(Audit.action).order_by(Audit.seq.desc()).limit(2)).all()
        assert last[::-1] == ["claim.released", "offer.made"]
        assert session.get_one(Task, task_of(stage, the_round)).state == "open"


def test_a_lease_that_ends_with_nothing_recorded_serves_the_wait_list_too(lite):
    the_round, (first, second) = one_task(lite, 2)
    at = the_round.closes_at
    accept_offer(lite.store, first, offers(lite, the_round)[first.id].id, now=at)
    assert expire_claims(lite.store, now=at + timedelta(hours=24, seconds=1)) == 1
    assert holder(lite, the_round) == second.id


def test_a_win_that_was_given_back_is_no_loss(lite):
    the_round, (first, second) = one_task(lite, 2)
    decline_offer(lite.store, first, offers(lite, the_round)[first.id].id, now=the_round.closes_at)
    decline_offer(lite.store, second, offers(lite, the_round)[second.id].id, now=the_round.closes_at)
    new = drawer(lite)
    after = drawn_round(lite, [first, second, new], now=the_round.closes_at)
    assert after.roll.count(",1]") == 3


def test_who_waits_but_holds_other_work_by_now_is_passed_over(lite):
    the_round, (first, second, third) = one_task(lite, 3)
    at = the_round.closes_at
    claim_task(lite.store, second, lite.tasks("high")[0], now=at)
    decline_offer(lite.store, first, offers(lite, the_round)[first.id].id, now=at)
    assert holder(lite, the_round) == third.id


def test_everybody_is_offered_what_they_ticked_from_what_lacks_most(lite):
    people = [drawer(lite) for _ in range(4)]
    the_round = announced(lite, bands=("low", "high"))
    with lite.store.catalogue.write() as session:  # half of the low band is done already
        done = lite.tasks("low")[:2]
        session.execute(update(Task).where(Task.id.in_(done)).values(state="accepted", round_id=None))
    for n, person in enumerate(people):
        join(lite, the_round, person, bands=("low", "high") if n else ("low",))
    advance_rounds(lite.store, now=the_round.closes_at)
    given = offers(lite, the_round)
    with lite.store.catalogue.read() as session:
        band = {who: session.get_one(Task, offer.task_id).band for who, offer in given.items()}
    assert band.pop(people[0].id) == "low"
    assert set(band.values()) == {"high"}


def test_an_offer_counts_against_the_cap_of_the_person(lite):
    people = [drawer(lite) for _ in range(2)]
    rounds = [announced(lite, bands=(band,), most=1) for band in ("low", "high")]
    for the_round, band in zip(rounds, ("low", "high"), strict=True):
        for person in people:
            join(lite, the_round, person, bands=(band,))
    advance_rounds(lite.store, now=rounds[0].closes_at)
    winners = [holder(lite, the_round) for the_round in rounds]
    assert sorted(winners) == sorted(person.id for person in people)


def test_a_stranger_neither_accepts_nor_declines(lite):
    the_round, (first, second) = one_task(lite, 2)
    offer = offers(lite, the_round)[first.id].id
    for act in (accept_offer, decline_offer):
        assert refusal(act, lite.store, second, offer, now=the_round.closes_at) == "not-found"
        assert refusal(act, lite.store, lite.reviewer(), offer, now=the_round.closes_at) == "not-found"
    assert holder(lite, the_round) == first.id


def test_the_share_of_one_person_binds_once_it_is_worth_a_full_claim(sqlite_store, now):
    changes = {"max_share_pct = 5": "max_share_pct = 50", "claim = { items = 10": "claim = { items = 2"}
    stage = set_stage(sqlite_store, now, items_per_task=2, **changes, **{"max_active = 1": "max_active = 9"})
    person, tasks = (
        stage.contributor(),
        [task for band in ("low", "medium", "high") for task in stage.tasks(band)],
    )
    for task in tasks[:3]:
        claim_task(stage.store, person, task, now=now)
    assert refusal(claim_task, stage.store, person, tasks[3], now=now) == "claim.share"
    assert claim_task(stage.store, stage.contributor(), tasks[3], now=now)
    with stage.store.catalogue.read() as session:
        assert len(session.scalars(select(Claim.id).where(Claim.contributor_id == person.id)).all()) == 3
