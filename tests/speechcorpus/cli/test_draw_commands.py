"""`speechcorpus round` and `speechcorpus draw`, as a manager and as a doubter run them."""

import json
import re

import pytest
from click.testing import CliRunner

from speechcorpus.cli import cli
from speechcorpus.workflows.views.rounds import round_record
from tests.drawing import drawer, drawn_round, nonce_of
from tests.stage import set_stage


@pytest.fixture
def stage(sqlite_store, now):
    return set_stage(sqlite_store, now, items_per_task=1)


def run(*words, code=0):
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == code, result.output
    return result.output


def test_a_round_is_announced_listed_and_called_off(stage):
    data = ("--data", str(stage.store.data_dir))
    said = run("round", "announce", stage.project_id, *data, "--band", "low", "--most", "3")
    round_id = re.match(r"round (\S+): 3 tasks, open \d{4}-\d\d-\d\d \d\d:\d\d UTC", said)[1]
    assert f"{round_id} announced" in run("round", "list", *data)
    run("round", "cancel", round_id, *data, "--reason", "wrong prompts")
    assert re.search(
        rf"{round_id} cancelled .* 0 of 0 served, 3 tasks, wrong prompts", run("round", "list", *data)
    )


def test_a_draw_is_computed_again_from_its_file_alone(stage, tmp_path):
    people = [drawer(stage) for _ in range(3)]
    the_round = drawn_round(stage, people)
    record, file = round_record(stage.store, the_round.id), tmp_path / "round.json"
    file.write_text(json.dumps(record))
    assert (
        run("draw", "verify", str(file), "--commit", record["commit"], "--root", record["root"]) == "valid\n"
    )
    file.write_text(json.dumps(record | {"seed": "00" * 32}))
    assert (
        run("draw", "verify", str(file), code=1)
        == "false: commit: the seed is not the one that was committed to\n"
    )
    told = json.loads(run("draw", "verify", str(file), "--json", code=1))
    assert (told["valid"], told["fault"]) == (False, "commit")
    file.write_text(json.dumps(record))
    assert "ticket" in run("draw", "verify", str(file), "--entry", "c-none", nonce_of(people[0]), code=1)


def test_a_file_that_cannot_be_read_in_one_way_is_none(tmp_path):
    file = tmp_path / "round.json"
    file.write_text('{"seed": 0.5}')
    result = CliRunner().invoke(cli, ["draw", "verify", str(file)])
    assert result.exception.code == "canonical.float"
