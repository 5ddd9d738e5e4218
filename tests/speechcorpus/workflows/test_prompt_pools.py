"""Sentences kept back for dev and test: a task holds those of one pool, and a draw gives them out last."""

from collections import defaultdict
from uuid import uuid4

import pytest
from sqlalchemy import select

from speechcorpus.corpus.prompt_pool import FEWEST, pool_of, preferred
from speechcorpus.store.models import Contributor, CorpusName, Prompt, ReleaseItem, Task, TaskPrompt
from speechcorpus.workflows.claims import claim_task
from speechcorpus.workflows.projects import import_prompts, make_tasks
from speechcorpus.workflows.prompt_pools import order_for, own_splits
from speechcorpus.workflows.views.open_offers import open_offers
from speechcorpus.workflows.views.worth import Timings
from tests.accepted import accepted_clips
from tests.drawing import drawer, drawn_round, offers
from tests.published import approve, built
from tests.release_corpus import sentence
from tests.stage import set_stage

MANY = FEWEST + 40


def filled(stage, count):
    same = {"kind": "read", "variety": "nan-TW", "reading": None, "licence": "CC0"}
    rows = [{**same, "id": f"s{i:04d}", "text": sentence(i)} for i in range(count)]
    import_prompts(stage.store, stage.manager, stage.project_id, rows, stage.now)
    make_tasks(stage.store, stage.manager, stage.project_id, items_per_task=10, now=stage.now)


def pools(stage):
    """The pools of the sentences of each task made of the import, in the low band."""
    with stage.store.catalogue.read() as session:
        rows = session.execute(
            select(Task.id, Prompt.text)
            .join(TaskPrompt, TaskPrompt.task_id == Task.id)
            .join(Prompt, Prompt.id == TaskPrompt.prompt_id)
            .where(Task.band == "low", Prompt.id.startswith("s"))
        ).all()
    found = defaultdict(list)
    for task_id, text in rows:
        found[task_id].append(pool_of(stage.project_id, text))
    return found


def test_a_task_of_a_large_import_holds_sentences_of_one_pool_and_a_tenth_is_kept_back(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    filled(stage, MANY)
    found = pools(stage)
    assert all(len(set(each)) == 1 for each in found.values())
    kept_back = sum(len(each) for each in found.values() if each[0] != "train")
    assert 0.06 < kept_back / MANY < 0.18
    assert sum(map(len, found.values())) == MANY


def test_a_draw_keeps_those_tasks_for_people_who_are_in_dev_or_test(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    filled(stage, MANY)
    found = pools(stage)
    people = [drawer(stage) for _ in range(4)]
    the_round = drawn_round(stage, people, most=len(found) + 1)
    given = {offer.task_id for offer in offers(stage, the_round).values()}
    assert len(given) == len(people)
    assert {found[task][0] for task in given & found.keys()} == {"train"}


def test_of_few_sentences_none_is_kept_back(sqlite_store, now):
    stage = set_stage(sqlite_store, now)
    filled(stage, 30)
    assert sorted(len(each) for each in pools(stage).values()) == [10, 10, 10]


def offered(stage, actor):
    """The first open task of each kind that a person sees in the low band, and the pool of its sentences."""
    with stage.store.catalogue.read() as session:
        person = session.get_one(Contributor, actor.id)
        found = [
            each for each in open_offers(session, person, Timings(session)) if each.work.band.name == "low"
        ]
        return [
            (each.task_id, session.get_one(Task, each.task_id).pool) for each in found if each.items == 10
        ]


def test_of_open_tasks_whoever_is_in_no_held_out_split_is_given_the_sentences_of_train_first(
    sqlite_store, now
):
    stage = set_stage(sqlite_store, now)
    filled(stage, MANY)
    kept = pools(stage)
    full = [task for task, each in kept.items() if len(each) == 10]
    seen = []
    for _ in full:
        actor = stage.contributor()
        ((task_id, pool),) = offered(stage, actor)
        assert {pool} == set(kept[task_id])
        seen.append(pool)
        claim_task(stage.store, actor, task_id, now=now)
    assert seen == sorted(seen, key=lambda pool: pool != "train")  # the others when nothing else is left
    assert len(set(seen)) > 1


def test_of_open_tasks_whoever_is_in_dev_or_test_of_the_newest_release_is_given_those_of_their_split(
    sqlite_store, now
):
    stage = set_stage(sqlite_store, now)
    people = accepted_clips(stage)
    filled(stage, MANY)
    version = built(stage)
    assert {offered(stage, actor)[0][1] for actor in people} == {"train"}  # nobody has published it
    approve(stage, version)
    with stage.store.catalogue.read() as session:
        names = select(CorpusName.object_id, CorpusName.name).where(CorpusName.kind == "speaker")
        speakers = dict(iter(session.execute(names)))
        items = select(ReleaseItem.utt_id, ReleaseItem.split).where(ReleaseItem.split != "extra")
        splits = {utt_id.partition("-")[0]: split for utt_id, split in session.execute(items)}
        own = {actor.id: own_splits(session, actor.id) for actor in people}
    held_out = {person: splits[name] for person, name in speakers.items() if splits[name] != "train"}
    assert set(held_out.values()) == {"dev", "test"}
    assert own == {
        actor.id: {stage.project_id: held_out[actor.id]} if actor.id in held_out else {} for actor in people
    }
    for actor in people:
        wanted = held_out.get(actor.id, "train")
        assert offered(stage, actor)[0][1] == wanted


@pytest.mark.parametrize("split", [None, "train", "dev", "test"])
def test_open_tasks_and_tasks_of_a_draw_are_given_in_one_order(store, now, split):
    stage = set_stage(store, now)
    names = [str(uuid4()) for _ in range(12)]
    pool = dict(zip(names, ["train", "dev", "test", None] * 3, strict=True))
    with store.catalogue.write() as session:
        like = session.scalars(select(Task)).first()
        for task_id in names:
            same = {key: getattr(like, key) for key in ("project_id", "terms_id", "variety", "style", "band")}
            session.add(Task(id=task_id, pool=pool[task_id], created_at=now, **same))
        session.flush()
        splits = {stage.project_id: split} if split in ("dev", "test") else {}
        order = order_for({**splits, "another": "dev"})
        rows = select(Task.id).where(Task.id.in_(names)).order_by(order)
        found = session.scalars(rows).all()
    left, wanted = sorted(names), []
    while left:
        wanted.append(preferred(left, {key: value for key, value in pool.items() if value}, split))
        left.remove(wanted[-1])
    assert list(found) == wanted
