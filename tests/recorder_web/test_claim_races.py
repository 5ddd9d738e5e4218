"""Claims over real HTTP, by everybody at once, on both databases."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Audit, Claim, Offer, RoundEntry, Task
from speechcorpus.workflows.claims import accept_offer, claim_task, return_claim
from speechcorpus.workflows.consent_texts import keep_consent_texts
from speechcorpus.workflows.lapses import expire_claims
from speechcorpus.workflows.leases import keep_claim, let_go
from speechcorpus.workflows.offers import decline_offer
from speechcorpus.workflows.round_clock import advance_rounds
from tests.drawing import announced, drawer, drawn_round, join, offers
from tests.racing import at_once, more_tasks, race, racers, serving
from tests.recorder_web.house import CONSENT, furnish
from tests.stage import set_stage


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, items_per_task=1)


def open_house(store, now, folder):
    house = furnish(store, now, folder / "static")
    return house, keep_consent_texts(store, CONSENT)


def claimers(store, now, folder, *, people, tasks):
    """Everybody asks for one of the tasks at once; the answers, and what stands in the catalogue."""
    house, consent = open_house(store, now, folder)
    more_tasks(house.stage, tasks)
    wanted = house.stage.tasks("low")[-tasks:]
    crowd = racers(house.stage, people, consent)
    with serving(house.app, folder) as address:
        raced = race(address, [who.post(f"/tasks/{wanted[n % tasks]}/claim") for n, who in enumerate(crowd)])
    with store.catalogue.read() as session:
        holds = session.execute(select(Claim.task_id, Claim.contributor_id).where(Claim.state == "active"))
        rows = [tuple(row) for row in holds]
        assert check_audit(session) is None
        states = Counter(session.scalars(select(Task.state).where(Task.id.in_(wanted))))
        fences = set(session.scalars(select(Task.fence).where(Task.id.in_(wanted))))
    assert (states, fences) == ({"claimed": tasks}, {1})
    assert len({task for task, _ in rows}) == len({who for _, who in rows}) == len(rows) == tasks
    assert Counter(raced.statuses) == {303: tasks, 409: people - tasks}
    return raced


def test_of_forty_claimers_ten_hold_the_ten_tasks_and_nobody_meets_an_error(store, now, tmp_path):
    claimers(store, now, tmp_path, people=40, tasks=10)


@pytest.mark.slow
def test_of_two_hundred_claimers_fifty_hold_the_fifty_tasks(store, now, tmp_path):
    claimers(store, now, tmp_path, people=200, tasks=50)


def test_one_person_in_twenty_tabs_holds_one_claim(store, now, tmp_path):
    house, consent = open_house(store, now, tmp_path)
    more_tasks(house.stage, 8)
    tasks = [task for band in ("low", "high") for task in house.stage.tasks(band)[:10]]
    (who,) = racers(house.stage, 1, consent)
    with serving(house.app, tmp_path) as address:
        raced = race(address, [who.post(f"/tasks/{task}/claim") for task in (tasks * 2)[:20]])
    assert Counter(raced.statuses) == {303: 1, 409: 19}
    with store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(Claim)) == 1
        assert session.scalar(select(func.count()).where(Task.state == "claimed")) == 1


def test_where_the_end_of_a_lease_meets_a_heartbeat_a_hand_in_and_a_return_one_edge_wins(
    store, now, tmp_path
):
    house, consent = open_house(store, now, tmp_path)
    more_tasks(house.stage, 6)
    tasks = house.stage.tasks("low")[:6]
    crowd = racers(house.stage, len(tasks), consent)
    claims = [claim_task(store, who.actor, task, now=now) for who, task in zip(crowd, tasks, strict=True)]
    house.later(hours=24, seconds=1)  # the lease of every one is over, and nobody has noticed
    with serving(house.app, tmp_path) as address:

        def over_http(path):
            return lambda: race(address, [path]).statuses[0]

        acts = [lambda: expire_claims(store, now=house.now)]
        for who, claim in zip(crowd, claims, strict=True):
            acts.append(over_http(who.post(f"/claims/{claim}/return", fence="1")))
            acts.append(over_http(who.post(f"/claims/{claim}/submit")))
            acts.append(lambda c=claim, w=who: keep_claim(store, w.actor, c, fence=1, now=house.now))
        answers = at_once(acts)
    assert [each for each in answers if isinstance(each, int) and each >= 500] == []
    with store.catalogue.read() as session:
        for claim_id in claims:
            claim = session.get_one(Claim, claim_id)
            task = session.get_one(Task, claim.task_id)
            acts_on = select(Audit.action).where(Audit.object == f"claim:{claim_id}").order_by(Audit.seq)
            ends = session.scalars(acts_on).all()
            assert (claim.state, task.state, ends[1:]) in [
                ("released", "open", ["claim.released"]),
                ("expired", "open", ["claim.expired"]),
            ]
        assert check_audit(session) is None


def test_whoever_slept_past_the_lease_changes_nothing(stage):
    sleeper, next_one, task = stage.contributor(), stage.contributor(), stage.tasks()[0]
    old = claim_task(stage.store, sleeper, task, now=stage.now)
    with stage.store.catalogue.read() as session:
        asleep = session.get_one(Claim, old)
        session.expunge(asleep)
    at = stage.now + timedelta(hours=24, seconds=1)
    expire_claims(stage.store, now=at)
    new = claim_task(stage.store, next_one, task, now=at)
    acts = [lambda: keep_claim(stage.store, sleeper, old, fence=1, now=at)]
    acts.append(lambda: return_claim(stage.store, sleeper, old, fence=1, now=at))
    acts.append(lambda: with_old_row(stage, asleep, at))
    assert at_once(acts) == ["claim.edge", "claim.edge", "claim.stale"]
    with stage.store.catalogue.read() as session:
        held = session.get_one(Task, task)
        assert (held.state, held.fence, session.get_one(Claim, new).state) == ("claimed", 2, "active")


def with_old_row(stage, asleep, at):
    with stage.store.catalogue.write() as session:
        let_go(session, asleep, "return", now=at)


def test_of_many_taps_on_one_draw_one_ticket_comes(stage):
    the_round, person = announced(stage), drawer(stage)
    receipts = at_once(
        [lambda n=n: join(stage, the_round, person, nonce=f"{n:032x}")["receipt_id"] for n in range(8)]
    )
    assert len(set(receipts)) == 1
    with stage.store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(RoundEntry)) == 1


def test_an_offer_that_is_taken_declined_and_late_at_once_ends_once(stage):
    people = [drawer(stage) for _ in range(2)]
    the_round = drawn_round(stage, people, most=1)
    (who, offer) = next(iter(offers(stage, the_round).items()))
    person, other = (people if people[0].id == who else people[::-1])[:2]
    late, store = offer.accept_until, stage.store
    early = late - timedelta(seconds=1)
    acts = [lambda: accept_offer(store, person, offer.id, now=early) for _ in range(3)]
    acts.append(lambda: decline_offer(store, person, offer.id, now=early))
    acts += [lambda: advance_rounds(store, now=late) for _ in range(2)]
    answers = at_once(acts)
    with store.catalogue.read() as session:
        ended = session.get_one(Offer, offer.id)
        claims = session.scalars(select(Claim)).all()
        held = set(session.scalars(select(Offer.contributor_id).where(Offer.state == "open")))
    if ended.state == "taken":
        assert [claim.id for claim in claims] == [ended.claim_id]
        assert held == set()
    else:
        assert (ended.state, claims, held) == ("passed", [], {other.id})
        assert "offer.over" in answers
