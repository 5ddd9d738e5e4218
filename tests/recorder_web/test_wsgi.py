"""Under gunicorn the house is the same: told by its environment, one process or several."""

import os
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
