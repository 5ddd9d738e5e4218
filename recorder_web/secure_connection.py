"""One TLS connection of the relay: bytes in both directions, bounded in time and in memory."""

import contextlib
import select
import socket
import ssl
import time
from dataclasses import dataclass

Address = tuple[str, int]

HANDSHAKE_S = 10.0
SILENCE_S = 120.0  # as long as waitress itself waits
MOST_CONNECTIONS = 512
BUFFER_BYTES = 128 * 1024
PIECE_BYTES = 16 * 1024  # one TLS record
POLL_S = 0.5
LINGER_S = 2.0  # for what the server has answered to reach the client
LINGER_BYTES = 16 * 1024 * 1024  # what a client may still send after it was refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How long and how many."""

    handshake_s: float = HANDSHAKE_S
    silence_s: float = SILENCE_S
    most_connections: int = MOST_CONNECTIONS


class SecureConnection:
    """One client: its TLS socket, and the bytes under way in both directions."""

    def __init__(self, raw: socket.socket, client: Address, bounds: Bounds) -> None:
        self.client = client
        self.heard_s = time.monotonic()
        self._bounds = bounds
        self._socket: socket.socket = raw
        self._up = bytearray()  # to the server
        self._down = bytearray()  # to the client
        self._client_ended = self._server_ended = self._told_server = False
        self._known = self._is_cut = False

    def secure(self, context: ssl.SSLContext) -> None:
        """Shake hands, within the deadline for the whole of it."""
        self._socket.settimeout(self._bounds.handshake_s)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._secured.do_handshake()
        self._known = True

    def worth(self) -> tuple[bool, float]:
        """Order connections by who has to make room first: strangers, then those silent longest."""
        return self._known, self.heard_s

    def carry(self, server: socket.socket) -> None:
        """Carry bytes until the server has said all, or nobody says anything any more."""
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.setblocking(False)
        self._socket.setblocking(False)
        while not (self._server_ended and not self._down):
            self._wait(server)
            self._from_client()
            self._to_server(server)
            self._from_server(server)
            self._to_client()
        self._say_goodbye()

    def cut(self) -> None:
        """End it, from another thread: its own sees that and closes it."""
        self._is_cut = True
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # not the TLS socket's own: it is in use

    def close(self) -> None:
        """Give the socket back, from its own thread."""
        with contextlib.suppress(OSError):
            self._socket.close()

    @property
    def _secured(self) -> ssl.SSLSocket:
        assert isinstance(self._socket, ssl.SSLSocket)
        return self._socket

    def _wait(self, server: socket.socket) -> None:
        """Wait until something can be done; end a connection that has been silent too long."""
        if not self._client_ended and len(self._up) < BUFFER_BYTES and self._secured.pending():
            return  # decrypted already: poll does not see it
        poll = select.poll()
        for each, wants in ((self._socket, self._client_wants()), (server, self._server_wants())):
            if wants:  # a socket without a wish would only report its end, again and again
                poll.register(each, wants)
        while not poll.poll(POLL_S * 1000):
            if self._is_cut or time.monotonic() > self.heard_s + self._bounds.silence_s:
                raise TimeoutError("cut, or nothing was said for too long")

    def _client_wants(self) -> int:
        reads = not self._client_ended and len(self._up) < BUFFER_BYTES
        return (select.POLLIN if reads else 0) | (select.POLLOUT if self._down else 0)

    def _server_wants(self) -> int:
        reads = not self._server_ended and len(self._down) < BUFFER_BYTES
        return (select.POLLIN if reads else 0) | (select.POLLOUT if self._up else 0)

    def _from_client(self) -> None:
        while not self._client_ended and len(self._up) < BUFFER_BYTES:
            try:
                piece = self._socket.recv(PIECE_BYTES)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            self._client_ended = not piece
            self._up += piece
            self.heard_s = time.monotonic()

    def _to_server(self, server: socket.socket) -> None:
        if self._up:
            with contextlib.suppress(BlockingIOError):
                del self._up[: server.send(self._up)]
        if self._client_ended and not self._up and not self._told_server:
            server.shutdown(socket.SHUT_WR)  # a cut body is seen as cut
            self._told_server = True

    def _from_server(self, server: socket.socket) -> None:
        if self._server_ended or len(self._down) >= BUFFER_BYTES:
            return
        with contextlib.suppress(BlockingIOError):
            piece = server.recv(PIECE_BYTES)
            self._server_ended = not piece
            self._down += piece

    def _to_client(self) -> None:
        while self._down:
            try:
                sent = self._socket.send(bytes(self._down[:PIECE_BYTES]))
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            del self._down[:sent]
            self.heard_s = time.monotonic()

    def _say_goodbye(self) -> None:
        """Say that nothing follows and hear the client out: a reset would throw away the unread answer."""
        with contextlib.suppress(OSError, ValueError):
            self._secured.unwrap()  # sends; what comes back is read below
        self._socket = socket.socket(fileno=self._secured.detach())
        self._socket.settimeout(LINGER_S)
        deadline_s, heard_bytes = time.monotonic() + LINGER_S, 0
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
            while time.monotonic() < deadline_s and heard_bytes < LINGER_BYTES:
                piece = self._socket.recv(BUFFER_BYTES)
                if not piece:
                    return
                heard_bytes += len(piece)
