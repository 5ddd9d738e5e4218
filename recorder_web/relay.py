"""TLS in front of waitress, which has none: bytes in, bytes out, one thread a connection.

The relay lives in the web process. It knows nothing of HTTP; what it adds is bounds: a deadline for the
handshake, an end for silent connections, and a most number of connections, above which the one that was
silent longest makes room. The server behind it listens on the loopback for the relay alone and learns the
client's address from here, not from anything that a client could write.
"""

import contextlib
import logging
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator

from recorder_web.secure_connection import Address, Bounds, SecureConnection

POLL_S = 0.5
GRACE_S = 5.0  # for what the server has answered to reach the client, when all ends

log = logging.getLogger(__name__)


class Relay:
    """Carries TLS connections of a listening socket to a plain one on the loopback."""

    def __init__(
        self,
        listening: socket.socket,
        server: Address,
        context: Callable[[], ssl.SSLContext],
        bounds: Bounds | None = None,
    ) -> None:
        self._listening = listening
        self._server = server
        self._context = context
        self._bounds = bounds or Bounds()
        self._guard = threading.Lock()
        self._connections: set[SecureConnection] = set()
        self._clients: dict[Address, Address] = {}  # our end towards the server -> who is behind it
        self._stopping = threading.Event()
        self._accepting = threading.Thread(target=self._accept, name="tls-accept", daemon=True)

    def start(self) -> None:
        """Take connections from now on."""
        self._accepting.start()

    def client_of(self, peer: Address) -> Address | None:
        """Return who is behind a connection the server has accepted; None if it is not one of ours."""
        with self._guard:
            return self._clients.get(peer)

    def open_connections(self) -> int:
        """Return how many connections are open."""
        with self._guard:
            return len(self._connections)

    def stop(self, grace_s: float = GRACE_S) -> None:
        """Take no more connections; end those that are open, with what the server has answered so far."""
        self._stopping.set()
        self._accepting.join()
        deadline_s = time.monotonic() + grace_s
        while self.open_connections() and time.monotonic() < deadline_s:
            time.sleep(0.01)
        with self._guard:
            left = list(self._connections)
        for connection in left:
            connection.cut()

    def _accept(self) -> None:
        self._listening.settimeout(POLL_S)
        while not self._stopping.is_set():
            try:
                raw, client = self._listening.accept()
            except TimeoutError:
                continue
            except OSError as error:  # out of files, or the client has gone already
                log.warning("a TLS connection could not be taken: %s", error)
                self._stopping.wait(0.1)
                continue
            self._begin(raw, (str(client[0]), int(client[1])))

    def _begin(self, raw: socket.socket, client: Address) -> None:
        connection = SecureConnection(raw, client, self._bounds)
        with self._guard:
            crowded = len(self._connections) >= self._bounds.most_connections
            silent = min(self._connections, key=SecureConnection.worth) if crowded else None
            if silent is not None:
                self._connections.discard(silent)  # its thread ends at once
            self._connections.add(connection)
        if silent is not None:
            silent.cut()
        try:
            threading.Thread(target=self._carry, args=(connection,), name="tls", daemon=True).start()
        except RuntimeError:  # no more threads
            self._end(connection)

    def _end(self, connection: SecureConnection) -> None:
        connection.close()
        with self._guard:
            self._connections.discard(connection)

    def _carry(self, connection: SecureConnection) -> None:
        try:
            connection.secure(self._context())
            with self._to_server(connection.client) as server:
                connection.carry(server)
        except (OSError, ValueError):
            pass  # cut, silent, or not TLS at all: the other side knows, and HTTP above us copes
        finally:
            self._end(connection)

    @contextlib.contextmanager
    def _to_server(self, client: Address) -> Iterator[socket.socket]:
        """Connect to the server; it can ask who is behind it from before it is connected."""
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
            server.bind((self._server[0], 0))
            own = server.getsockname()
            with self._guard:
                self._clients[own] = client
            try:
                server.settimeout(self._bounds.handshake_s)
                server.connect(self._server)
                yield server
            finally:
                with self._guard:
                    del self._clients[own]
