"""Under gunicorn the house is the same: told by its environment, one process or several."""

import json
import logging
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

import pytest

from recorder_web.wsgi import make_app
from speechcorpus.domain.errors import StoreError
from speechcorpus.store.store import Store
from speechcorpus.workflows.log_lines import JOBS, REQUESTS
from tests.rig.server import ROOT, Server, free_port
from tests.rig.wire import registered
from tests.stage import sha256, voice


@pytest.fixture
def gunicorn(sqlite_store: Store) -> Iterator[Server]:
    """Two processes of threads on the folder of the store."""
    pytest.importorskip("gunicorn", reason="no gunicorn: the extra `dev` is not installed")
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "recorder_web.wsgi:make_app()",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--log-level", "error"]
    told = {**os.environ, "SPEECHCORPUS_DATA": str(sqlite_store.data_dir)}
    with subprocess.Popen(command, env=told, cwd=ROOT) as process:
        try:
            server = Server(sqlite_store.data_dir, Listening(port))  # type: ignore[arg-type]
            wait_for(server, process)
            yield server
        finally:
            process.terminate()


@pytest.fixture(autouse=True)
def own_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an application sets up for its process ends with the test."""
    monkeypatch.setattr(logging.root, "handlers", list(logging.root.handlers))
    for each in (logging.root, REQUESTS, JOBS):
        monkeypatch.setattr(each, "level", each.level)


class Listening:
    """The address of a server that listens by itself."""

    def __init__(self, port: int) -> None:
        self._port = port

    def getsockname(self) -> tuple[str, int]:
        """Host and port."""
        return "127.0.0.1", self._port


def wait_for(server: Server, process: "subprocess.Popen[bytes]") -> None:
    end_s = time.monotonic() + 60
    while time.monotonic() < end_s and process.poll() is None:
        with suppress(OSError, HTTPException):
            if server.ask("GET", "/healthz", {})[0] == 200:
                return
        time.sleep(0.1)
    pytest.fail("gunicorn did not start")


@pytest.mark.slow
def test_a_take_goes_up_through_gunicorn_and_a_cut_body_is_refused(
    sqlite_store: Store, gunicorn: Server
) -> None:
    client, take = registered(sqlite_store, gunicorn, voice(12), ago_s=60)
    client.raw(take, 0, until=100_000).close()
    for index in range(take.chunk_count):
        assert client.send(take, index)[0] == 201
    status, answer = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert (status, answer["take_sha256"]) == (200, sha256(take.master))


def test_the_application_is_told_by_its_environment(sqlite_store: Store, tmp_path: Path) -> None:
    app = make_app({"SPEECHCORPUS_DATA": str(sqlite_store.data_dir)})
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json and answer.json["status"]) == (200, "ok")
    with pytest.raises(StoreError, match="revision"):
        make_app({"SPEECHCORPUS_DATA": str(tmp_path / "new")})
    with pytest.raises(StoreError, match="not for a bucket"):
        make_app({"SPEECHCORPUS_DATA": "x", "SPEECHCORPUS_BLOBS": "s3://b", "SPEECHCORPUS_ACCEL": "/_blobs/"})
    with pytest.raises(KeyError):
        make_app({})


def test_it_logs_shows_its_figures_and_keeps_its_reserve_as_our_own_server_does(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    told = {"SPEECHCORPUS_DATA": str(sqlite_store.data_dir), "SPEECHCORPUS_LOG_FORMAT": "json"}
    client = make_app(told).test_client()
    token = (sqlite_store.data_dir / "keys" / "metrics.token").read_text().strip()
    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert client.get("/join").status_code == 200
    with sqlite3.connect(sqlite_store.data_dir / "catalogue.sqlite") as tables:
        tables.execute("ALTER TABLE credential RENAME TO secret")  # what nobody foresaw
    assert client.post("/join/exchange", json={"token": "t"}).status_code == 500
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    requests = [(each["route"], each["status"]) for each in lines if each["event"] == "request"]
    assert requests == [("/join", 200), ("/join/exchange", 500)]
    (crash,) = (each for each in lines if each["event"] == "unforeseen error")
    assert (crash["error"], "credential" in str(crash)) == ("e3q8", False)  # SQLAlchemy's code, not its words
    assert client.application.extensions["speechcorpus.settings"].reserve_bytes == 1 << 30


def test_its_reserve_and_its_token_may_be_told_and_without_a_form_only_what_goes_wrong_is_logged(
    sqlite_store: Store, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "token").write_text("a-token-of-this-test")
    told = {"SPEECHCORPUS_DATA": str(sqlite_store.data_dir), "SPEECHCORPUS_RESERVE_BYTES": str(1 << 60)}
    client = make_app({**told, "SPEECHCORPUS_METRICS_TOKEN_FILE": str(tmp_path / "token")}).test_client()
    said = {"Authorization": "Bearer a-token-of-this-test"}
    assert client.get("/metrics", headers=said).status_code == 200
    assert not (sqlite_store.data_dir / "keys" / "metrics.token").exists()
    assert [each["code"] for each in client.get("/readyz").json["reasons"]] == ["storage.full"]  # type: ignore[index]
    assert client.get("/join").status_code == 200
    assert capsys.readouterr().err == ""
