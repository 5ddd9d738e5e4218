"""A file of prompts comes in whole or not at all; every line and change can be read afterwards."""

import hashlib

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from speechcorpus.domain.actor import Actor
from speechcorpus.domain.errors import AccessError, SittingError
from speechcorpus.store.models import Audit, Prompt, PromptImport, PromptOrigin
from speechcorpus.workflows.projects import import_prompts, make_tasks
from speechcorpus.workflows.prompt_import import import_prompt_file
from tests.stage import set_stage

FILE = "𬦰（peh）起來\n食飽未？\n\n食飽未？\n".encode()


@pytest.fixture
def stage(store, now):
    return set_stage(store, now)


def bring(stage, data=FILE, **changes):
    asked = {
        "file_name": "nan-tw.txt",
        "form": "common-voice",
        "variety": "nan-TW",
        "kind": "read",
        "licence": "CC0-1.0",
        "id_prefix": "cv",
        "now": stage.now,
        **changes,
    }
    actor = asked.pop("actor", stage.manager)
    return import_prompt_file(stage.store, actor, stage.project_id, data, **asked)


def prompts_of_files(stage):
    with stage.store.catalogue.read() as session:
        rows = session.execute(
            select(Prompt, PromptOrigin, PromptImport)
            .join(PromptOrigin, PromptOrigin.prompt_id == Prompt.id)
            .join(PromptImport, PromptImport.id == PromptOrigin.import_id)
            .order_by(PromptOrigin.line_number)
        ).all()
        session.expunge_all()
    return rows


def test_the_line_the_change_and_the_file_stay_known(stage):
    done = bring(stage)
    (first, origin, kept), (second, _, _) = prompts_of_files(stage)
    assert (first.text, first.reading, first.licence) == ("𬦰起來", "peh 起 來", "CC0-1.0")
    assert (origin.line_number, origin.line) == (1, "𬦰（peh）起來")
    assert origin.changes == [{"kind": "bracket", "before": "𬦰（peh）起來", "after": "𬦰起來"}]
    assert (kept.file_name, kept.file_sha256) == ("nan-tw.txt", hashlib.sha256(FILE).hexdigest())
    assert kept.log["repeats"] == [{"number": 4, "line": "食飽未？", "first": 2}]
    assert (second.text, second.reading) == ("食飽未？", None)
    assert done.new == (first.id, second.id)
    with stage.store.catalogue.read() as session:
        last = session.scalars(select(Audit).order_by(Audit.seq.desc())).first()
        assert last.action == "prompts.imported"
        assert kept.file_sha256 in last.detail


def test_a_sentence_without_a_final_mark_is_reported_and_not_changed(stage):
    tails = [one for one in bring(stage).remarks if one.rule == "PUN-TAIL"]
    assert [(one.number, one.severity) for one in tails] == [(1, "warning")]


def test_a_reading_that_is_too_long_or_misspelt_is_reported(stage):
    data = "id\ttext\treading\nq1\t好人。\thó-lâng--ah\nq2\t好貨。\thó hùe\nq3\t好。\thó\n".encode()
    remarks = [(one.number, one.rule, one.found) for one in bring(stage, data, form="tsv").remarks]
    assert remarks == [(2, "TL-ALIGN", "好人。"), (3, "TL-MARK", "hùe")]


def test_the_same_file_again_brings_nothing_and_is_logged_too(stage):
    first, again = bring(stage), bring(stage)
    assert (len(first.new), len(again.new), again.known) == (2, 0, 2)
    assert len(prompts_of_files(stage)) == 2
    assert first.import_id != again.import_id


def test_one_bad_line_refuses_the_file_with_its_number_unless_it_is_to_be_skipped(stage):
    data = "好。\n巧（笑）\n巧（khá\n".encode()
    with pytest.raises(SittingError) as refused:
        bring(stage, data)
    assert (refused.value.code, refused.value.facts) == ("prompt.form", {"line": 2, "faults": 2})
    assert str(refused.value).startswith("line 2 has a bracket without a reading")
    assert prompts_of_files(stage) == []
    done = bring(stage, data, skip_faults=True)
    assert (len(done.new), [one.number for one in done.skipped]) == (1, [2, 3])
    assert prompts_of_files(stage)[0][2].log["skipped"][0]["number"] == 2


@pytest.mark.parametrize(
    ("table", "code"),
    [
        ("id\ttext\nq1\t好。\n12\t毋好。\n", "prompt.form"),
        (f"id\ttext\nq1\t好。\n{'q' * 41}\t毋好。\n", "prompt.form"),
        ("id\ttext\nq1\t好。\np1\t別句。\n", "id.conflict"),
    ],
)
def test_a_refusal_of_the_project_names_the_line(stage, table, code):
    with pytest.raises(SittingError, match="line 3: ") as refused:
        bring(stage, table.encode(), form="tsv")
    assert (refused.value.code, refused.value.facts["line"]) == (code, 3)
    assert prompts_of_files(stage) == []


def test_texts_without_derivatives_are_refused_by_every_door(stage):
    with pytest.raises(SittingError, match=r"CC BY-ND 3\.0 TW may not be changed"):
        bring(stage, licence="CC BY-ND 3.0 TW")
    row = {"id": "q1", "kind": "read", "variety": "nan-TW", "text": "好。", "licence": "CC-BY-ND-4.0"}
    with pytest.raises(SittingError, match=r"CC-BY-ND-4\.0 may not be changed"):
        import_prompts(stage.store, stage.manager, stage.project_id, [row], stage.now)


def test_only_a_manager_of_the_house_imports(stage):
    for actor in (stage.reviewer(), stage.contributor(), Actor(role="manager", id="nobody")):
        with pytest.raises(AccessError) as refused:
            bring(stage, actor=actor)
        assert refused.value.code == "not-found"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM prompt_import",
        "DELETE FROM prompt_origin",
        "UPDATE prompt_import SET form = 'text'",
        "UPDATE prompt_origin SET line = ''",
    ],
)
def test_the_database_keeps_where_prompts_came_from(stage, statement):
    bring(stage)
    refused = pytest.raises(DatabaseError, match="never changed nor removed")
    with refused, stage.store.catalogue.write() as session:
        session.execute(text(statement))


def test_tasks_can_be_made_of_chosen_prompts_alone_in_their_order(stage):
    new = bring(stage, "一。\n二。\n三。\n".encode(), form="text").new
    wanted = [new[2], new[0]]
    asked = {"items_per_task": 9, "only": wanted, "now": stage.now}
    assert make_tasks(stage.store, stage.manager, stage.project_id, **asked) == 3  # one for each band
    assert make_tasks(stage.store, stage.manager, stage.project_id, **asked) == 0
    with stage.store.catalogue.read() as session:
        held = session.execute(
            text("SELECT DISTINCT position, prompt_id FROM task_prompt WHERE prompt_id LIKE 'cv-%'")
        ).all()
    assert sorted(map(tuple, held)) == [(0, wanted[0]), (1, wanted[1])]


def test_a_topic_may_say_how_long_one_should_speak_and_a_sentence_may_not(stage):
    table = "id\ttext\ttarget_s\nt1\t講你的庄頭。\t180\nt2\t講你上愛食的。\t\n".encode()
    bring(stage, table, form="tsv", kind="monologue")
    with stage.store.catalogue.read() as session:
        assert [session.get_one(Prompt, each).target_s for each in ("t1", "t2")] == [180, None]
    for target in ("0", "20000", "180.5", "三"):
        with pytest.raises(SittingError, match="target_s"):
            bring(stage, f"id\ttext\ttarget_s\nt3\t講話。\t{target}\n".encode(), form="tsv", kind="monologue")
    with pytest.raises(SittingError, match="target_s is of topics"):
        bring(stage, table.replace(b"t1", b"t4"), form="tsv", kind="read")
