"""The servers of calls are named once, to `serve`; no process list and no log shows the secret."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from speechcorpus.cli._calls import to_arguments
from speechcorpus.cli.serve import command as serve
from speechcorpus.store.store import open_store
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from speechcorpus.workflows.turn import credentials
from tests.dialogue import pair
from tests.rig.server import web_server
from tests.stage import set_stage

SECRET = "north-wind-and-the-sun"
RELAY = "turns:relay.example.org:5349?transport=tcp"


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    file = tmp_path / "turn.secret"
    file.write_text(f"{SECRET}\n")
    return file


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (["--turn-url", "https://relay.example.org"], "turn.url"),
        (["--turn-url", RELAY], "turn.secret"),
        (["--turn-url", RELAY, "--turn-secret-file", "/no/such/file"], "turn.secret"),
    ],
)
def test_what_cannot_work_is_refused_by_its_code_and_makes_no_store(named, code, tmp_path):
    data = tmp_path / "data"
    answer = CliRunner().invoke(serve, ["--data", str(data), *named])
    assert (answer.exit_code, code in answer.output) == (2, True)
    assert not data.exists()


def test_children_learn_of_the_secret_only_where_it_lies(secret_file):
    said = to_arguments(["stun:relay.example.org", RELAY], secret_file)
    assert said == [
        "--turn-url",
        "stun:relay.example.org",
        "--turn-url",
        RELAY,
        "--turn-secret-file",
        str(secret_file),
    ]
    assert to_arguments([], None) == []


def test_a_web_process_gives_the_password_to_the_two_and_shows_the_secret_nowhere(tmp_path, secret_file):
    data, log = tmp_path / "data", tmp_path / "log"
    store = open_store(data, None)
    store.catalogue.migrate()
    now = datetime.now(UTC)
    two = pair(set_stage(store, now), devices="two")
    signed = exchange_invite(store, invite_contributor(store, two.holder.id, now=now), now=now)
    options = ("--log-format", "json", *to_arguments([RELAY], secret_file))
    with log.open("wb") as lines, web_server(data, options=options, log=lines) as server:
        cookie = {"Cookie": f"sc_contributor={signed.session_token}"}
        status, answer = server.ask("GET", f"/api/v1/claims/{two.claim}/call", cookie)
        shown = Path(f"/proc/{server.process.pid}/cmdline").read_text()
    (relay,) = answer["ice_servers"]
    until = datetime.fromtimestamp(int(relay["username"].split(":")[0]) - 3600, UTC)
    assert (status, answer["relay"]) == (200, True)
    assert (relay["username"], relay["credential"]) == credentials(SECRET, answer["call"], now=until)
    assert str(secret_file) in shown
    for text in (shown, log.read_text()):
        assert SECRET not in text
        assert relay["credential"] not in text
    store.catalogue.close()
