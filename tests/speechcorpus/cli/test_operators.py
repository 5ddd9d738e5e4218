"""What an operator types to open a project, as they type it."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text

from speechcorpus.cli import cli
from speechcorpus.domain.errors import AccessError
from speechcorpus.store.models import Acquaintance, Prompt, Staff, TakeClaim, Task
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.sign_in import exchange_invite
from speechcorpus.workflows.worker import utc_now
from tests.stage import keep_consent_text, set_stage, voice

DEMO = Path(__file__).parents[3] / "speechcorpus" / "workflows" / "demo_data"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli, arguments)


def done(*arguments: str) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output + str(result.exception)
    return result.output


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(tmp_path / "data")


def test_an_operator_opens_a_project_with_prompts_and_tasks(data: str) -> None:
    done("people", "invite", "--data", data, "--role", "manager", "--name", "Lîm")
    said = done("project", "create", "--data", data, str(DEMO / "terms_nan-TW.toml"))
    opened = re.match(r"project (\S+) is open under terms [0-9a-f]{64}", said)
    assert opened
    rows = ["--variety", "nan-TW", "--licence", "CC0-1.0", str(DEMO / "prompts_nan-TW.tsv")]
    said = done("prompts", "import", "--data", data, "--project", opened[1], *rows)
    again = done("prompts", "import", "--data", data, "--project", opened[1], *rows)
    assert again == "0 prompts are new, 0 tasks were made\n"
    store = open_store(Path(data))
    with store.catalogue.read() as session:
        prompts = session.scalar(select(func.count()).select_from(Prompt))
        tasks = session.scalar(select(func.count()).select_from(Task))
        first = session.get_one(Prompt, "nan-001")
    store.catalogue.close()
    assert said == f"{prompts} prompts are new, {tasks} tasks were made\n"
    assert (first.text, first.variety, first.kind) == ("早起的風真涼，來去公園行行咧。", "nan-TW", "read")


@pytest.mark.parametrize(
    ("role", "path"), [("contributor", "/join"), ("reviewer", "/staff/join"), ("ml", "/staff/join")]
)
def test_an_invited_person_is_let_in_by_the_printed_link(data: str, role: str, path: str) -> None:
    name = [] if role == "contributor" else ["--name", "A person"]
    link = done(
        "people", "invite", "--data", data, "--role", role, *name, "--address", "http://here:1/"
    ).strip()
    address, _, token = link.partition("#")
    assert address == f"http://here:1{path}"
    store = open_store(Path(data))
    assert exchange_invite(store, token, now=utc_now()).actor.role == role
    store.catalogue.close()


def test_somebody_who_is_known_gets_a_new_link_and_no_second_account(sqlite_store: Store) -> None:
    invite = ("people", "invite", "--data", str(sqlite_store.data_dir), "--name", "Tân", "--role")
    lost, new = (done(*invite, "payer", *more).strip().partition("#")[2] for more in ([], ["--again"]))
    with pytest.raises(AccessError):
        exchange_invite(sqlite_store, lost, now=utc_now())
    assert exchange_invite(sqlite_store, new, now=utc_now()).actor.role == "payer"
    with sqlite_store.catalogue.read() as session:
        assert session.scalar(select(func.count()).select_from(Staff)) == 1
    assert run(*invite, "ml", "--again").exit_code == 1  # nobody of this name has that role


def test_a_project_without_a_manager_is_told_what_to_do(data: str) -> None:
    result = run("project", "create", "--data", data, str(DEMO / "terms_nan-TW.toml"))
    assert "speechcorpus people invite --role manager" in str(result.exception)


def test_the_doctor_finds_a_fresh_store_whole_and_names_what_is_rotten(data: str) -> None:
    done("people", "invite", "--data", data, "--role", "manager", "--name", "Lîm")
    assert "0 faults" in done("doctor", "--data", data)
    store = open_store(Path(data))
    with store.catalogue.write() as session:
        triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        for name in session.scalars(text(triggers)).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(text("UPDATE audit SET action = 'nothing' WHERE seq = 1"))
    store.catalogue.close()
    result = run("doctor", "--data", data)
    assert result.exit_code == 1
    assert "audit.chain audit:1\n1 faults" in result.output


def test_the_doctor_does_not_make_a_store_where_there_is_none(tmp_path: Path) -> None:
    result = run("doctor", "--data", str(tmp_path))
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "holds no store" in result.output


def test_the_doctor_says_how_often_the_live_meter_was_off_and_what_waits(data: str) -> None:
    done("people", "invite", "--data", data, "--role", "manager", "--name", "Lîm")
    assert "live meter off by more than 0.3 dB: 0 of 0 takes (0.0 %)\n" in done("doctor", "--data", data)
    store = open_store(Path(data))
    stage = set_stage(store, utc_now())
    keep_consent_text(store)
    take = stage.recorder().record(voice(2), prompt="p0")
    clock = [{"sample": 100 * n, "count": 9, "p5_us": str(9000 * n)} for n in range(8)]
    take.finish(clock={"windows": clock, "exchanges": []})
    with store.catalogue.write() as session:
        keep = {"claimed": None, "measured": {"off_db": "0.5"}, "created_at": stage.now}
        session.add(TakeClaim(take_id=take.id, row="meter", says="ours", **keep))
    store.catalogue.close()
    said = done("doctor", "--data", data)
    assert "1 of 1 takes (100.0 %)  ALARM" in said
    assert f"take.rate take:{take.id} waits for a person since" in said


def test_a_member_of_staff_who_also_works_is_never_given_their_own_work(data: str) -> None:
    done("people", "invite", "--data", data, "--role", "manager", "--name", "Lîm")
    done("people", "invite", "--data", data, "--role", "reviewer", "--name", "A-hun")
    done("people", "invite", "--data", data, "--role", "contributor")
    one_person = ("people", "own-account", "--data", data, "--staff", "A-hun", "--contributor")
    for _ in range(2):
        assert done(*one_person, "c-0001") == "A-hun is c-0001\n"
    assert "no such person" in str(run(*one_person, "c-0002").exception)
    store = open_store(Path(data))
    with store.catalogue.read() as session:
        assert session.scalars(select(Acquaintance.kind)).all() == ["own"]
    store.catalogue.close()
