"""A bad network between browser and server: every fault it makes is drawn from a seed and counted.

Requests are cut after any number of bytes, delayed, sent twice, sent again late, or answered by the server
with nobody hearing it. Without faults it only passes on.
"""

import random
import socket
import struct
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

FAILING = ("cut", "lost-reply")  # the browser has to try again
HARMLESS = ("delay", "duplicate", "late-duplicate")
LATE_S = 0.4
PATIENCE_S = 60
HEAD_END = b"\r\n\r\n"


@dataclass
class Proxy:
    """Listens at an address of its own and passes requests on, one a connection."""

    upstream: tuple[str, int]
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    made: Counter[str] = field(default_factory=Counter)
    _plan: deque[str] = field(default_factory=deque)
    _dice: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def url(self) -> str:
        """The address people open."""
        return f"http://localhost:{self.listening.getsockname()[1]}"

    def plan(self, count: int, *, seed: int) -> None:
        """Make the next `count` requests of the capture protocol go wrong; never three failures in a row."""
        dice = random.Random(seed)
        kinds = [dice.choice(HARMLESS if at % 3 == 2 else FAILING) for at in range(count)]
        with self._lock:
            self._dice, self._plan = dice, deque(kinds)
            self.made.clear()

    @property
    def left(self) -> int:
        """How many faults have still to happen."""
        return len(self._plan)

    def serve(self) -> None:
        """Pass on until the listening socket is closed."""
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._pass_on, args=(client,), daemon=True).start()

    def _pass_on(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            client.settimeout(PATIENCE_S)
            request = _read(client)
            if request:
                self._carry(client, request, self._fault(request))

    def _fault(self, request: bytes) -> str | None:
        if not request.startswith((b"PUT /api/v1/", b"POST /api/v1/")):
            return None
        with self._lock:
            kind = self._plan.popleft() if self._plan else None
            if kind is not None:
                self.made[kind] += 1
            return kind

    def _carry(self, client: socket.socket, request: bytes, kind: str | None) -> None:
        if kind == "cut":
            self._cut(client, request)
            return
        if kind == "delay":
            time.sleep(LATE_S * self._dice.random())
        answer = self._ask(request)
        if kind == "duplicate":
            self._ask(request)
        if kind == "late-duplicate":
            threading.Thread(target=self._again, args=(request,), daemon=True).start()
        if kind == "lost-reply":
            _reset(client)
        else:
            client.sendall(answer)

    def _cut(self, client: socket.socket, request: bytes) -> None:
        """The line breaks somewhere in the request, for both ends."""
        with socket.create_connection(self.upstream, timeout=PATIENCE_S) as server:
            server.sendall(request[: self._dice.randrange(len(request))])
            _reset(client)

    def _again(self, request: bytes) -> None:
        time.sleep(LATE_S)
        with suppress(OSError):
            self._ask(request)

    def _ask(self, request: bytes) -> bytes:
        """Send a whole request, read all of the answer."""
        with socket.create_connection(self.upstream, timeout=PATIENCE_S) as server:
            server.sendall(_closing(request))
            parts = []
            while part := server.recv(65_536):
                parts.append(part)
        if not parts:
            raise ConnectionError("the server went away")
        return b"".join(parts)


@contextmanager
def bad_network(upstream: tuple[str, int]) -> Iterator[Proxy]:
    """Stand between people and a server; the faults come when they are planned."""
    proxy = Proxy(upstream)
    thread = threading.Thread(target=proxy.serve, daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        with suppress(OSError):
            proxy.listening.shutdown(socket.SHUT_RDWR)  # wakes `accept`
        proxy.listening.close()
        thread.join(PATIENCE_S)


def _read(client: socket.socket) -> bytes:
    """Read one whole request: its head, and as much as that announces."""
    data = b""
    while HEAD_END not in data:
        part = client.recv(65_536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(HEAD_END)
    parts, missing = [body], _length(head) - len(body)
    while missing > 0:
        part = client.recv(65_536)
        if not part:
            return b""
        parts.append(part)
        missing -= len(part)
    return head + HEAD_END + b"".join(parts)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _closing(request: bytes) -> bytes:
    """The same request on a connection that ends with its answer."""
    head, _, body = request.partition(HEAD_END)
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join([*lines, b"Connection: close"]) + HEAD_END + body


def _reset(connection: socket.socket) -> None:
    """End a connection as a broken line does: RST instead of a farewell."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
