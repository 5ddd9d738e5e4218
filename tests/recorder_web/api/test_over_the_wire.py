"""A real server process and raw sockets: cut bodies, lost answers, a kill in between."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from recorder_web.server import listening_socket
from speechcorpus.store.models import Chunk, Take
from speechcorpus.store.store import Store
from speechcorpus.workflows.sign_in import SignedIn, exchange_invite, invite_contributor
from tests.stage import RATE_HZ, SentTake, digest_header, set_stage, sha256, voice

ROOT = Path(__file__).parents[3]


@dataclass
class Server:
    """`python -m recorder_web` on a data folder, at one address for its whole life."""

    data: Path
    listening: socket.socket = field(default_factory=lambda: listening_socket("127.0.0.1", 0))
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.listening.getsockname()[:2]
        return host, port

    def start(self) -> None:
        number = str(self.listening.fileno())
        command = [sys.executable, "-m", "recorder_web", "--data", str(self.data), "--reserve-bytes", "0"]
        self.process = subprocess.Popen(
            [*command, "--listening-fd", number], pass_fds=[int(number)], cwd=ROOT, env=os.environ
        )
        for _ in range(300):
            with suppress(OSError):
                if self.ask("GET", "/healthz", {})[0] == 200:
                    return
            time.sleep(0.1)
        pytest.fail("the server did not start")

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None):
        connection = http.client.HTTPConnection(*self.address, timeout=20)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data else None
        finally:
            connection.close()


@dataclass(kw_only=True)
class Client:
    """A signed-in contributor on the wire."""

    server: Server
    signed: SignedIn

    @property
    def headers(self) -> dict[str, str]:
        return {
            "Cookie": f"sc_contributor={self.signed.session_token}",
            "X-CSRF-Token": self.signed.csrf_token,
        }

    def json(self, method: str, path: str, body: object = None):
        data = None if body is None else json.dumps(body).encode()
        return self.server.ask(
            method, f"/api/v1{path}", {**self.headers, "Content-Type": "application/json"}, data
        )

    def chunk_headers(self, take: SentTake, index: int) -> dict[str, str]:
        data = take.chunk(index)
        return {
            **self.headers,
            "Content-Type": "application/octet-stream",
            "Content-Length": str(len(data)),
            "Content-Digest": digest_header(data),
            "Speechcorpus-First-Sample": str(index * 5 * RATE_HZ),
            "Speechcorpus-Frames": str(len(data) // 2),
        }

    def send(self, take: SentTake, index: int):
        path = f"/api/v1/takes/{take.id}/chunks/{index}"
        return self.server.ask("PUT", path, self.chunk_headers(take, index), take.chunk(index))

    def raw(self, take: SentTake, index: int, *, until: int) -> socket.socket:
        """A connection on which the first `until` bytes of a chunk's body were sent."""
        lines = [f"PUT /api/v1/takes/{take.id}/chunks/{index} HTTP/1.1", "Host: test"]
        lines += [f"{name}: {value}" for name, value in self.chunk_headers(take, index).items()]
        connection = socket.create_connection(self.server.address, timeout=20)
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + take.chunk(index)[:until])
        return connection


@pytest.fixture
def server(sqlite_store: Store) -> Iterator[Server]:
    server = Server(sqlite_store.data_dir)
    server.start()
    yield server
    server.kill()
    server.listening.close()


def registered(store: Store, server: Server, pcm: bytes) -> tuple[Client, SentTake]:
    stage = set_stage(store, datetime.now(UTC))
    recorder = stage.recorder()
    token = invite_contributor(store, recorder.actor.id, now=stage.now)
    client = Client(server=server, signed=exchange_invite(store, token, now=stage.now))
    take = SentTake(recorder=recorder, pcm=pcm, prompt="p0", track="main", sequence=0)
    assert client.json("PUT", f"/takes/{take.id}", take.body())[0] == 201
    return client, take


def chunks(store: Store) -> int:
    with store.catalogue.read() as session:
        return session.scalar(select(func.count(Chunk.id)))


def test_a_body_that_was_cut_stores_nothing_and_the_chunk_can_be_sent_again(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(4))
    for until in (0, 1, 60_000, len(take.chunk(0)) - 1):
        client.raw(take, 0, until=until).close()
    stalled = client.raw(take, 0, until=100_000)
    assert server.ask("GET", "/healthz", {})[0] == 200
    assert chunks(sqlite_store) == 0
    assert sqlite_store.incoming.take_ids() == []
    assert client.send(take, 0)[0] == 201
    stalled.close()


def test_a_lost_answer_costs_nothing(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(4))
    for _ in range(4):
        client.raw(take, 0, until=len(take.chunk(0))).close()
    assert client.send(take, 0)[0] in (200, 201)
    assert chunks(sqlite_store) == 1
    assert client.json("POST", f"/takes/{take.id}/finish", take.manifest())[0] == 200


def test_what_was_acknowledged_survives_a_kill_of_the_server(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(7))
    assert client.send(take, 0)[0] == 201
    cut = client.raw(take, 1, until=30_000)
    server.kill()
    cut.close()
    server.start()
    status, known = client.json("GET", f"/takes/{take.id}/chunks")
    assert (status, known["chunks"]) == (200, {"0": sha256(take.chunk(0))})
    assert client.send(take, 0)[0] == 200
    assert client.send(take, 1)[0] == 201
    waited = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    while waited[0] == 422 and waited[1]["code"] == "take.too-long":  # seven seconds were sent at once
        time.sleep(0.2)
        waited = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert (waited[0], waited[1]["take_sha256"]) == (200, sha256(take.master))
    with sqlite_store.catalogue.read() as session:
        master = session.scalars(select(Take.master_sha256)).one()
    assert sqlite_store.blobs.read(master) == take.master
