"""The web server refuses by length before it reads, and stays in reach whatever clients do."""

import json
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from recorder_web.server import Room, listening_socket, make_server
from speechcorpus.domain.errors import StoreError
from tests.rig.running import running

CAP = 4 * 1024 * 1024
Serve = Callable[..., tuple[str, int]]


def small_app() -> Flask:
    app = Flask("small")

    @app.put("/body")
    def body() -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    @app.get("/healthz")
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with ExitStack() as stack:

        def start(reserve_bytes: int = 0) -> tuple[str, int]:
            listening = listening_socket("127.0.0.1", 0)
            room = Room(folder=tmp_path, reserve_bytes=reserve_bytes)
            stack.enter_context(running(make_server(small_app(), listening, room)))
            address: tuple[str, int] = listening.getsockname()
            return address

        yield start


def ask(address: tuple[str, int], head: str, body: bytes = b"") -> tuple[int, dict[str, str], Any]:
    """Send exactly these bytes; return status, headers and the JSON body."""
    with socket.create_connection(address, timeout=10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        return answer(connection)


def answer(connection: socket.socket) -> tuple[int, dict[str, str], Any]:
    file = connection.makefile("rb")
    status = int(file.readline().split()[1])
    headers = {}
    while (line := file.readline().strip()) != b"":
        name, _, value = line.decode().partition(": ")
        headers[name.lower()] = value
    return status, headers, json.loads(file.read(int(headers["content-length"])))


def put(length: int, *, more: str = "") -> str:
    return f"PUT /body HTTP/1.1\nHost: x\nContent-Length: {length}\n{more}\n"


def test_a_body_of_exactly_the_cap_is_taken(serve: Serve) -> None:
    assert ask(serve(), put(CAP), bytes(CAP))[::2] == (200, {"bytes": CAP})


def test_a_body_above_the_cap_is_refused_before_it_is_sent(serve: Serve) -> None:
    status, headers, body = ask(serve(), put(CAP + 1))
    assert (status, headers["content-type"]) == (413, "application/json")
    assert body == {"code": "request.too-large", "facts": {}, "safe": "unchanged", "retry_after_s": None}


def test_a_full_disk_is_told_before_the_body_is_sent(serve: Serve, tmp_path: Path) -> None:
    status, headers, body = ask(
        serve(reserve_bytes=shutil.disk_usage(tmp_path).free + (1 << 30)), put(480_000)
    )
    assert (status, headers["retry-after"]) == (507, "60")
    assert (body["code"], body["facts"], body["retry_after_s"]) == (
        "storage.full",
        {"body_bytes": 480_000},
        60,
    )


def test_a_full_disk_still_answers_what_has_no_body(serve: Serve, tmp_path: Path) -> None:
    address = serve(reserve_bytes=shutil.disk_usage(tmp_path).free + (1 << 30))
    assert ask(address, "GET /healthz HTTP/1.1\nHost: x\n\n")[::2] == (200, {"status": "ok"})


def test_the_room_asked_for_is_twice_the_body_beside_the_reserve(tmp_path: Path) -> None:
    slack = 64 << 20  # others write on this disk meanwhile
    room = Room(folder=tmp_path, reserve_bytes=shutil.disk_usage(tmp_path).free - slack)
    room.check(slack // 4)
    with pytest.raises(StoreError, match="no space left for this body"):
        room.check(slack * 3 // 4)  # once it would fit


def test_a_client_that_sends_on_regardless_still_reads_why_it_was_refused(serve: Serve) -> None:
    length = 3 * CAP
    status, _, body = ask(serve(), put(length), bytes(length))
    assert (status, body["code"]) == (413, "request.too-large")


def test_a_client_that_asks_first_is_not_told_to_go_on(serve: Serve) -> None:
    status, _, body = ask(serve(), put(CAP + 1, more="Expect: 100-continue\n"))
    assert (status, body["code"]) == (413, "request.too-large")


def test_a_body_without_a_length_is_refused(serve: Serve) -> None:
    status, _, body = ask(
        serve(), "PUT /body HTTP/1.1\nHost: x\nTransfer-Encoding: chunked\n\n", b"1\r\na\r\n"
    )
    assert (status, body["code"]) == (411, "request.length-required")


def test_nonsense_is_answered_in_our_form(serve: Serve) -> None:
    status, headers, body = ask(serve(), "PUT /body HTTP/1.1\nHost: x\nContent-Length: -3\n\n")
    assert (status, headers["content-type"], body["code"]) == (400, "application/json", "request.bad")


def test_a_cut_body_never_reaches_the_application(serve: Serve) -> None:
    address = serve()
    with socket.create_connection(address) as connection:
        connection.sendall(put(1000).replace("\n", "\r\n").encode() + bytes(500))
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100) == b""
    assert ask(address, "GET /healthz HTTP/1.1\nHost: x\n\n")[0] == 200


def test_three_hundred_half_open_uploads_do_not_stop_the_health_check(serve: Serve) -> None:
    address = serve()
    with ExitStack() as stalled:
        for _ in range(300):
            connection = stalled.enter_context(socket.create_connection(address))
            connection.sendall(put(480_000).replace("\n", "\r\n").encode() + bytes(10))
        waits = []
        for _ in range(20):
            started = time.monotonic()
            assert ask(address, "GET /healthz HTTP/1.1\nHost: x\n\n")[0] == 200
            waits.append(time.monotonic() - started)
    assert sorted(waits)[10] < 0.1
