"""TLS before the server: the same answers, the right address, and nobody who holds it up."""

import http.client
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request

from recorder_web.relay import Relay
from recorder_web.secure_connection import Bounds
from recorder_web.server import Room, add_relayed, listening_socket, make_server
from recorder_web.tls import AUTHORITY, LEAF, keep_certificates
from tests.rig.running import running

CAP = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A running server with TLS before it, and what a client needs to trust it."""

    relay: Relay
    plain: tuple[str, int]
    inner: tuple[str, int]
    port: int
    trust: ssl.SSLContext
    stop: Callable[[], None]
    clients: ExitStack

    def connect(self) -> http.client.HTTPSConnection:
        """Connect as a browser that trusts the authority."""
        made = http.client.HTTPSConnection("localhost", self.port, timeout=20, context=self.trust)
        self.clients.callback(made.close)
        return made

    def ask(self, path: str, **said: Any) -> tuple[int, dict[str, Any]]:
        """Ask over a connection of its own."""
        connection = self.connect()
        told = answer(connection, "GET", path, **said)
        connection.close()
        return told

    def raw(self) -> socket.socket:
        """A TCP connection to the TLS port."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)


def answer(connection: http.client.HTTPConnection, method: str, path: str, **said: Any) -> tuple[int, Any]:
    connection.request(method, path, **said)
    got = connection.getresponse()
    return got.status, json.loads(got.read())


def small_app() -> Flask:
    app = Flask("small")
    begun = app.extensions["begun"] = threading.Event()

    @app.get("/who")
    def who() -> dict[str, object]:
        said = request.environ
        return {"scheme": request.scheme, "client": [said["REMOTE_ADDR"], int(said["REMOTE_PORT"])]}

    @app.put("/body")
    def body() -> dict[str, int]:
        return {"bytes": len(request.get_data())}

    @app.get("/slow")
    def slow() -> dict[str, str]:
        begun.set()
        time.sleep(0.5)
        return {"was": "answered"}

    @app.get("/large")
    def large() -> bytes:
        return bytes(20 * 1024 * 1024)

    return app


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[Callable[..., Secured]]:
    with ExitStack() as running:

        def start(app: Flask | None = None, **bounds: Any) -> Secured:
            served = _start(tmp_path, app or small_app(), Bounds(**bounds))
            running.callback(served.stop)
            running.push(served.clients)
            return served

        yield start


def _start(tmp_path: Path, app: Flask, bounds: Bounds) -> Secured:
    folder = tmp_path / "tls"
    keep_certificates(folder, names=["localhost"], addresses=[ip_address("10.0.0.7")], now=datetime.now(UTC))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / LEAF)
    plain, inner, secure = (listening_socket("127.0.0.1", 0) for _ in range(3))
    room = Room(folder=tmp_path, reserve_bytes=0)
    server = make_server(app, plain, room)
    relay = Relay(secure, inner.getsockname(), lambda: context, bounds)
    relayed = add_relayed(server, app, inner, room, relay.client_of)
    stack = ExitStack()
    for close in (relayed.close, secure.close, relay.stop):
        stack.callback(close)
    stack.enter_context(running(server, grace_s=5.0))
    relay.start()
    trust = ssl.create_default_context(cafile=folder / AUTHORITY)
    return Secured(
        relay=relay,
        plain=plain.getsockname(),
        inner=inner.getsockname(),
        port=secure.getsockname()[1],
        trust=trust,
        stop=stack.close,
        clients=ExitStack(),
    )


def test_a_client_that_trusts_the_authority_is_answered_over_tls(secured: Callable[..., Secured]) -> None:
    assert secured().ask("/who")[1]["scheme"] == "https"


def test_plain_http_beside_it_stays_plain(secured: Callable[..., Secured]) -> None:
    served = secured()
    connection = http.client.HTTPConnection(*served.plain, timeout=20)
    served.clients.callback(connection.close)
    assert answer(connection, "GET", "/who")[1]["scheme"] == "http"


def test_the_server_sees_the_address_of_the_client_whatever_it_writes(
    secured: Callable[..., Secured],
) -> None:
    connection = secured().connect()
    connection.connect()
    own = list(connection.sock.getsockname())
    forged = {"X-Forwarded-For": "10.9.8.7", "Forwarded": "for=10.9.8.7", "X-Real-IP": "10.9.8.7"}
    assert answer(connection, "GET", "/who", headers=forged)[1]["client"] == own
    assert answer(connection, "GET", "/who")[1]["client"] == own


def test_nobody_but_the_relay_reaches_the_listener_behind_it(secured: Callable[..., Secured]) -> None:
    inner = secured().inner
    with suppress(ConnectionError), socket.create_connection(inner, timeout=10) as sneak:
        sneak.sendall(b"GET /who HTTP/1.1\r\nHost: x\r\n\r\n")  # shown out before or after this
        assert sneak.recv(100) == b""


def test_a_chunk_goes_up_and_a_large_file_comes_down_unchanged(secured: Callable[..., Secured]) -> None:
    connection = secured().connect()
    assert answer(connection, "PUT", "/body", body=bytes(CAP)) == (200, {"bytes": CAP})
    connection.request("GET", "/large")
    assert connection.getresponse().read() == bytes(20 * 1024 * 1024)


def test_a_refusal_is_read_even_by_a_client_that_sends_on(secured: Callable[..., Secured]) -> None:
    status, told = answer(secured().connect(), "PUT", "/body", body=bytes(3 * CAP))
    assert (status, told["code"]) == (413, "request.too-large")


def test_a_name_that_is_not_ours_is_refused_by_the_client_and_hurts_nobody(
    secured: Callable[..., Secured],
) -> None:
    served = secured()
    with served.raw() as raw, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        served.trust.wrap_socket(raw, server_hostname="corpus.example")
    with served.raw() as raw, pytest.raises(ssl.SSLCertVerificationError, match="local issuer"):
        ssl.create_default_context().wrap_socket(raw, server_hostname="localhost")
    assert served.ask("/who")[0] == 200


def test_a_cut_body_never_counts_and_what_is_no_tls_is_dropped(secured: Callable[..., Secured]) -> None:
    served = secured()
    cut = served.connect()
    cut.putrequest("PUT", "/body")
    cut.putheader("Content-Length", "1000")
    cut.endheaders(bytes(500))
    cut.sock.shutdown(socket.SHUT_RDWR)
    with served.raw() as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with suppress(ConnectionError):
            assert b"HTTP" not in plain.recv(1000)
    assert served.ask("/who")[0] == 200
    until(lambda: served.relay.open_connections() == 0)


def test_clients_that_never_shake_hands_hold_nobody_up_and_are_dropped(
    secured: Callable[..., Secured],
) -> None:
    served = secured(handshake_s=1.0)
    with ExitStack() as open_ones:
        for _ in range(40):
            open_ones.enter_context(served.raw()).sendall(b"\x16")
        assert served.ask("/who")[0] == 200
        until(lambda: served.relay.open_connections() <= 1)


def test_a_silent_connection_ends(secured: Callable[..., Secured]) -> None:
    served = secured(silence_s=0.5)
    with served.trust.wrap_socket(served.raw(), server_hostname="localhost") as silent:
        assert silent.recv(1) == b""
    until(lambda: served.relay.open_connections() == 0)


def test_when_all_places_are_taken_the_most_silent_makes_room(secured: Callable[..., Secured]) -> None:
    served = secured(most_connections=8)
    with ExitStack() as open_ones:
        for _ in range(8):
            slow = served.trust.wrap_socket(served.raw(), server_hostname="localhost")
            open_ones.enter_context(slow).sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        for _ in range(12):
            assert served.ask("/who")[0] == 200
        assert served.relay.open_connections() <= 8


def test_strangers_make_room_before_people_who_were_answered(secured: Callable[..., Secured]) -> None:
    served = secured(most_connections=4)
    person = served.connect()
    assert answer(person, "GET", "/who")[0] == 200
    port = person.sock.getsockname()[1]
    with ExitStack() as strangers:
        for _ in range(12):
            strangers.enter_context(served.raw())
        until(lambda: served.relay.open_connections() == 4)
        assert answer(person, "GET", "/who")[1]["client"][1] == port


def test_stopping_lets_what_was_begun_be_answered(secured: Callable[..., Secured]) -> None:
    app = small_app()
    served = secured(app)
    connection = served.connect()
    connection.request("GET", "/slow")
    assert app.extensions["begun"].wait(10)
    stopping = threading.Thread(target=served.stop)
    stopping.start()
    assert connection.getresponse().read() == b'{"was":"answered"}\n'
    connection.close()
    stopping.join(20)
    assert not stopping.is_alive()
    assert served.relay.open_connections() == 0


def until(holds: Callable[[], bool], timeout_s: float = 15) -> None:
    deadline_s = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < deadline_s
        time.sleep(0.02)
