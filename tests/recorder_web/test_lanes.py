"""What brings a body waits for what brings one; everything else is answered meanwhile."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask, request

from recorder_web.lanes import BODY_THREADS, OTHER_THREADS
from recorder_web.server import Room, listening_socket, make_server
from tests.recorder_web.test_server import answer, ask, put
from tests.rig.running import running

CALM = "GET /calm HTTP/1.1\nHost: x\n\n"
HELD = "GET /held HTTP/1.1\nHost: x\n\n"


class Gate:
    """Holds back whoever asks for it until it is opened."""

    def __init__(self) -> None:
        self.open, self.inside = threading.Event(), threading.Semaphore(0)

    def app(self) -> Flask:
        app = Flask("gated")

        @app.put("/body")
        def body() -> dict[str, int]:
            request.get_data()
            return self.hold()

        @app.get("/held")
        def held() -> dict[str, int]:
            return self.hold()

        @app.get("/calm")
        def calm() -> dict[str, str]:
            return {"status": "ok"}

        return app

    def hold(self) -> dict[str, int]:
        self.inside.release()
        self.open.wait(timeout=30)
        return {"held": 1}


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def address(gate: Gate, tmp_path: Path) -> Iterator[tuple[str, int]]:
    listening = listening_socket("127.0.0.1", 0)
    server = make_server(gate.app(), listening, Room(folder=tmp_path, reserve_bytes=0))
    with running(server):
        yield listening.getsockname()
        gate.open.set()


def begin(stack: ExitStack, address: tuple[str, int], head: str, body: bytes = b"") -> socket.socket:
    connection = stack.enter_context(socket.create_connection(address, timeout=30))
    connection.sendall(head.replace("\n", "\r\n").encode() + body)
    return connection


def test_a_question_is_answered_while_more_bodies_wait_than_there_are_threads(gate, address):
    with ExitStack() as stack:
        waiting = [begin(stack, address, put(3), b"abc") for _ in range(BODY_THREADS + 5)]
        for _ in range(BODY_THREADS):
            assert gate.inside.acquire(timeout=10)
        assert ask(address, CALM)[::2] == (200, {"status": "ok"})
        gate.open.set()
        assert [answer(each)[0] for each in waiting] == [200] * len(waiting)


def test_a_body_is_taken_while_more_questions_wait_than_there_are_threads(gate, address):
    with ExitStack() as stack:
        asking = [begin(stack, address, HELD) for _ in range(OTHER_THREADS + 5)]
        for _ in range(OTHER_THREADS):
            assert gate.inside.acquire(timeout=10)
        sending = begin(stack, address, put(3), b"abc")
        assert gate.inside.acquire(timeout=10)
        gate.open.set()
        assert [answer(each)[0] for each in (*asking, sending)] == [200] * (len(asking) + 1)
