"""Sentences kept back for dev and test: a task holds those of one pool, and a draw gives them out last."""

from collections import defaultdict

from sqlalchemy import select

from speechcorpus.corpus.prompt_pool import FEWEST, pool_of
from speechcorpus.store.models import Prompt, Task, TaskPrompt
from speechcorpus.workflows.projects import import_prompts, make_tasks
from tests.drawing import drawer, drawn_round, offers
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
