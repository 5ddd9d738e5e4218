from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, select

from speechcorpus.domain.errors import AccessError, SpeechCorpusError
from speechcorpus.qc.judge import EVALUATOR
from speechcorpus.store.audit import check_audit
from speechcorpus.store.models import Claim, Review, Segment, Task
from speechcorpus.workflows.claims import claim_task, return_claim
from speechcorpus.workflows.consents import give_consent
from speechcorpus.workflows.reviews import take_review
from speechcorpus.workflows.sittings import heartbeat
from tests.stage import PURPOSES, set_stage, voice


@pytest.fixture
def stage(store, now):
    return set_stage(store, now, items_per_task=1)


@pytest.fixture
def lite(sqlite_store, now):
    return set_stage(sqlite_store, now)


def at_once(acts):
    """Let all acts begin together; return what each gave, or the code it was refused with."""
    start = Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except SpeechCorpusError as refusal:
            return refusal.code

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def count(stage, table, *where):
    with stage.store.catalogue.read() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def test_of_many_who_claim_one_task_at_once_one_gets_it(stage):
    task, people = stage.tasks()[0], [stage.contributor() for _ in range(12)]
    answers = at_once([lambda p=p: claim_task(stage.store, p, task, now=stage.now) for p in people])
    assert answers.count("task.taken") == 11
    assert count(stage, Claim) == 1
    with stage.store.catalogue.read() as session:
        assert (session.get_one(Task, task).state, session.get_one(Task, task).fence) == ("claimed", 1)
        assert check_audit(session) is None


def test_many_claimers_on_many_tasks_fill_each_task_once(stage):
    tasks, people = stage.tasks(), [stage.contributor() for _ in range(12)]
    acts = [
        lambda p=p, n=n: claim_task(stage.store, p, tasks[n % 4], now=stage.now) for n, p in enumerate(people)
    ]
    answers = at_once(acts)
    assert answers.count("task.taken") == 8
    assert count(stage, Task, Task.state == "claimed") == 4
    assert count(stage, Claim, Claim.state == "active") == 4


def test_one_person_who_asks_twice_at_once_holds_one_claim(stage):
    person, tasks = stage.contributor(), stage.tasks()
    answers = at_once([lambda t=t: claim_task(stage.store, person, t, now=stage.now) for t in tasks])
    assert answers.count("claim.too-many") == 3
    assert count(stage, Claim, Claim.contributor_id == person.id) == 1


def test_a_review_is_held_by_one_of_many_reviewers(stage):
    segment = stored_item(stage)
    with stage.store.catalogue.write() as session:
        terms = session.scalars(select(Claim.terms_sha256)).one()
        session.add(
            Review(id="r1", segment_id=segment, terms_sha256=terms, state="queued", created_at=stage.now)
        )
    reviewers = [stage.reviewer() for _ in range(8)]
    answers = at_once([lambda r=r: take_review(stage.store, r, "r1", now=stage.now).fence for r in reviewers])
    assert sorted(map(str, answers)) == ["1"] + ["review.taken"] * 7


def stored_item(stage):
    take = stage.recorder().record(voice(2), prompt="p0")
    take.finish()
    with stage.store.catalogue.read() as session:
        return session.scalars(select(Segment.id)).one()


def test_the_same_chunk_sent_by_eight_connections_has_one_effect(stage):
    take = stage.recorder().take(voice(6), prompt="p0")
    answers = at_once([lambda: take.send(0).created for _ in range(8)])
    assert sorted(answers) == [False] * 7 + [True]


def test_a_take_finished_twice_at_once_is_stored_once(stage):
    take = stage.recorder().record(voice(6), prompt="p0")
    answers = at_once([take.finish for _ in range(4)])
    assert [answer.receipt for answer in answers] == [take.finish().receipt] * 4
    assert count(stage, Segment) == 1


def test_terms_prices_and_evaluator_are_frozen_with_the_claim(lite):
    recorder = lite.recorder()
    with lite.store.catalogue.read() as session:
        claim = session.get_one(Claim, recorder.claim)
    assert claim.evaluator == EVALUATOR
    assert (claim.price["currency"], claim.price["record"]) == ("TWD", {"unit": "item", "minor": 1500})
    assert claim.lease_until == lite.now + timedelta(hours=24)


def test_nobody_works_without_the_consent_the_terms_need(lite):
    person, task = lite.contributor(consents=False), lite.tasks()[0]
    give_consent(lite.store, person, purposes=PURPOSES[:2], language="en", now=lite.now)
    with pytest.raises(AccessError) as refused:
        claim_task(lite.store, person, task, now=lite.now)
    assert (refused.value.code, refused.value.facts) == ("consent.missing", {"purposes": "release"})
    give_consent(lite.store, person, purposes=PURPOSES, language="en", now=lite.now)
    assert claim_task(lite.store, person, task, now=lite.now)


def test_a_claim_of_somebody_else_does_not_exist(lite):
    recorder = lite.recorder()
    for actor in (lite.contributor(), lite.reviewer(), lite.manager):
        with pytest.raises(AccessError) as refused:
            return_claim(lite.store, actor, recorder.claim, now=lite.now)
        assert refused.value.code == "not-found"


def test_a_heartbeat_keeps_a_claim_alive_up_to_a_day_beyond_its_time(lite):
    recorder = lite.recorder()

    def beat(**span):
        at = lite.now + timedelta(**span)
        return (
            heartbeat(lite.store, recorder.actor, recorder.sitting, state="open", now=at).lease_until
            - lite.now
        )

    assert beat(hours=1) == timedelta(hours=24)
    assert beat(hours=23, minutes=50) == timedelta(hours=24, minutes=20)
    assert beat(hours=200) == timedelta(hours=120)
