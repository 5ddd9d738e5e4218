"""SIGTERM: what was begun is finished, nobody is left half, and what was logged tells of nobody."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from speechcorpus.store.jobs import enqueue
from speechcorpus.store.models import Chunk, Contributor, Job
from speechcorpus.store.store import Store
from speechcorpus.workflows.people import create_contributor
from speechcorpus.workflows.sign_in import exchange_invite, invite_contributor
from speechcorpus.workflows.worker import utc_now
from tests.rig.server import ROOT, web_server
from tests.speechcorpus.cli.test_serve import FRAMES, Browser, sound_check

JOBS = """
import sys, time
from speechcorpus.cli import cli
from speechcorpus.workflows import worker

def slow(store, *, wait_s, now):
    print("begun", flush=True)
    time.sleep(wait_s)

worker.KINDS["slow"] = "__main__:slow"
cli(sys.argv[1:])
"""


def signed_in(store: Store) -> tuple[str, Any, str]:
    now = utc_now()
    person = create_contributor(store, locale="zh-Hant", now=now)
    token = invite_contributor(store, person, now=now)
    return person, exchange_invite(store, token, now=now), token


def test_a_chunk_that_is_on_its_way_when_the_server_is_told_to_stop_arrives(sqlite_store: Store) -> None:
    """And the log of all this has a line a request, none of which says who it was."""
    store = sqlite_store
    person, signed, invite = signed_in(store)
    log = store.data_dir.parent / "log"
    json_lines = ("--log-format", "json")
    with log.open("wb") as errors, web_server(store.data_dir, options=json_lines, log=errors) as server:
        browser = Browser(server.address[1], signed)
        take = sound_check(browser)
        pcm = os.urandom(2 * FRAMES)
        browser.put_chunk(take, 0, pcm)
        with socket.create_connection(server.address) as curious:
            curious.sendall(
                f"GET /partner/{invite}?x=%0d%0ainjected HTTP/1.0\r\nX: {invite}\r\n\r\n".encode()
            )
            curious.recv(1000)
        head, body = browser.chunk_request(take, 1, pcm)
        with (
            socket.create_connection(server.address) as half,
            socket.create_connection(server.address) as idle,
        ):
            never = socket.create_connection(server.address)  # half a request whose rest never comes
            never.sendall(b"PUT /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc")
            half.sendall(head + body[:1000])
            idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert idle.recv(12) == b"HTTP/1.1 200"
            server.process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            half.sendall(body[1000:])
            assert half.recv(12) == b"HTTP/1.1 201"
        assert server.process.wait(15) == 0
        never.close()
    with store.catalogue.read() as session:
        indexes = session.scalars(
            select(Chunk.index).where(Chunk.take_id == take).order_by(Chunk.index)
        ).all()
        pseudonym = session.get_one(Contributor, person).pseudonym
    assert list(indexes) == [0, 1]
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line["event"] for line in lines} == {"request"}
    chunks = [line for line in lines if line["route"].endswith("/chunks/<int:index>")]
    assert [(line["status"], line["method"]) for line in chunks] == [(201, "PUT")] * 2
    private = (
        person,
        pseudonym,
        take,
        invite,
        signed.session_token,
        signed.csrf_token,
        "127.0.0.1",
        "injected",
    )
    assert [each for each in private if each in log.read_text()] == []


@pytest.mark.parametrize(
    ("wait_s", "grace_s", "state", "attempts"),
    [pytest.param(1.0, 20, "done", 1, marks=pytest.mark.slow), (60.0, 0.5, "queued", 0)],
)
def test_a_worker_finishes_its_job_or_gives_it_back(
    sqlite_store: Store, wait_s: float, grace_s: float, state: str, attempts: int
) -> None:
    store = sqlite_store
    with store.catalogue.write() as session:
        job = enqueue(session, "slow", {"wait_s": wait_s}, now=utc_now())
    command = [sys.executable, "-c", JOBS, "worker", "--data", str(store.data_dir), "--grace", str(grace_s)]
    command += ["--log-format", "json"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdout is not None
        assert worker.stderr is not None
        assert worker.stdout.readline() == "begun\n"
        worker.terminate()
        assert worker.wait(20) == 0
        told = [json.loads(line) for line in worker.stderr]
    with store.catalogue.read() as session:
        row = session.get_one(Job, job)
    assert (row.state, row.attempts, row.owner, row.error) == (state, attempts, None, None)
    ended = "done" if state == "done" else "given-back"
    assert [(line["event"], line["kind"], line["ended"]) for line in told] == [("job", "slow", ended)]
    assert Path(store.data_dir / "run" / "counters").is_dir()
