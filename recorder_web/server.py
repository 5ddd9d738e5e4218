"""The web server of one process: waitress, made to refuse a body before it is read.

Waitress calls the application only after a body lies in memory or in a temporary file, too late to say that
the disk is full; so the refusals of recorder.md §7 that depend on length alone sit in its request parser.
"""

import json
import os
import resource
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask
from waitress import create_server
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.task import ErrorTask

from recorder_web.errors import answer_to
from recorder_web.lanes import Lanes
from recorder_web.observing import Observer
from recorder_web.readiness import Readiness, Waking
from recorder_web.request_head import LONGEST_HEAD, check_head, check_lines
from recorder_web.settings import CHUNK_CAP_BYTES, LOCAL_TLS
from speechcorpus.domain.errors import SpeechCorpusError, StoreError

RECEIVED_BYTES = 1 << 18  # at once: waitress's own 8 KiB cost more time than what is done with a chunk
CONNECTION_LIMIT = 2000  # 300 half-open clients stopped waitress with its default of 100
RESERVE_BYTES = 1 << 30
LINGER_BYTES = 4 * CHUNK_CAP_BYTES
TURN_BYTES = 1 << 20  # what one connection is sent at most before the others have their turn
ClientOf = Callable[[tuple[str, int]], tuple[str, int] | None]
REFUSALS = {
    431: ("request.headers", "the header fields are too long"),
    413: ("request.too-large", "the body is too large"),
    500: ("server.error", "unforeseen error"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much free space the data folder must keep."""

    folder: Path
    reserve_bytes: int = RESERVE_BYTES

    def check(self, body_bytes: int) -> None:
        """Raise `StoreError("storage.full")` unless twice this length fits and may be written."""
        if not os.access(self.folder, os.W_OK):
            raise StoreError("storage.full", "the data folder cannot be written", body_bytes=body_bytes)
        free = shutil.disk_usage(self.folder).free
        if free < 2 * body_bytes + self.reserve_bytes:
            raise StoreError("storage.full", "no space left for this body", body_bytes=body_bytes)


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to `host` and `port` (0: any free one), its queue open."""
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server((str(address[0]), int(address[1])), family=family, backlog=1024)


def make_server(app: Flask, listening: socket.socket, room: Room, *, https: bool = False) -> Any:
    """Return a waitress server on `listening`, for `draining.serve_until`.

    `https` says that what comes here came over TLS: a proxy stands before us.
    """
    _allow_many_files()
    server = _waitress(app, listening, https=https, map=Readiness(), _dispatcher=Lanes())
    server.channel_class = partial(Channel, room=room, refused=_refused_by(app))
    return server


def add_relayed(server: Any, app: Flask, listening: socket.socket, room: Room, client_of: ClientOf) -> Any:
    """Let a server listen on the loopback for our own relay too; both are served together.

    Parameters
    ----------
    client_of : who is behind a connection of the relay; None for everybody else, who is not heard
    """
    relayed = _waitress(
        partial(_over_local_tls, app),
        listening,
        https=True,
        map=server._map,
        _dispatcher=server.task_dispatcher,
    )
    relayed.channel_class = partial(
        _relayed_channel, room=room, client_of=client_of, refused=_refused_by(app)
    )
    return relayed


def end_connections(server: Any) -> None:
    """Close what is still open once `run()` has returned, so that clients read the end of their answers."""
    for each in list(server._map.values()):
        if isinstance(each, HTTPChannel):
            each.handle_close()


def _waitress(app: Any, listening: socket.socket, *, https: bool, **shared: Any) -> Any:
    return create_server(
        app,
        sockets=[listening],
        recv_bytes=RECEIVED_BYTES,
        connection_limit=CONNECTION_LIMIT,
        max_request_header_size=LONGEST_HEAD,
        max_request_body_size=CHUNK_CAP_BYTES + 1,  # waitress refuses what is *equal* to the cap
        ident="",
        url_scheme="https" if https else "http",
        **shared,
    )


def _over_local_tls(app: Flask, environ: dict[str, Any], start_response: Any) -> Any:
    environ[LOCAL_TLS] = True
    return app(environ, start_response)


def _relayed_channel(
    server: Any,
    connection: socket.socket,
    peer: tuple[str, int],
    adj: Any,
    *,
    room: Room,
    client_of: ClientOf,
    refused: Callable[[int], None],
    **named: Any,
) -> None:
    """Open a channel under the address of the client; whoever is not the relay is shown out."""
    client = client_of(peer)
    if client is None:
        connection.close()
        return
    Channel(server, connection, client, adj, room=room, refused=refused, **named)


class Refusal:
    """What the parser says no with, in the form of every other error of ours."""

    def __init__(self, error: SpeechCorpusError) -> None:
        self.error = error
        self.body = str(error)

    def to_response(self, ident: str = "") -> tuple[str, list[tuple[str, str]], bytes]:
        """Return status line, headers and body, as waitress asks for them."""
        answer = answer_to(self.error)
        body = {
            "code": self.error.code,
            "facts": dict(self.error.facts),
            "safe": answer.safe,
            "retry_after_s": answer.retry_after_s,
        }
        headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if answer.retry_after_s is not None:
            headers.append(("Retry-After", str(answer.retry_after_s)))
        return f"{answer.status} {HTTPStatus(answer.status).phrase}", headers, json.dumps(body).encode()


class Parser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads a request; refuses by its headers what the disk or the cap cannot take."""

    error: Any = None
    completed: bool = False
    path = ""  # of what was refused before it had one

    def __init__(self, adj: Any, room: Room) -> None:
        super().__init__(adj)
        self._room = room
        self._unread: Refusal | None = None

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; one that can be read in two ways is refused first."""
        try:
            check_head(header_plus)
        except SpeechCorpusError as error:
            self._unread = Refusal(error)
            raise ParsingError(str(error)) from error
        super().parse_header(header_plus)

    def received(self, data: bytes) -> int:
        """Take the next bytes; return how many were used."""
        consumed: int = super().received(data)
        if self.body_rcv is None and not self.completed:
            self._read_on()
        self.error = self._unread or self.error
        if self.headers_finished and self.body_bytes_received == 0 and not self.error and not self.empty:
            self.error = self._refusal()
        if self.error is not None:
            self.completed, self.expect_continue = True, False  # else waitress would ask for the body
        return consumed

    def _read_on(self) -> None:
        """Do not wait for the end of a head whose lines end otherwise: it would never come."""
        try:
            check_lines(self.header_plus)
        except SpeechCorpusError as error:
            self._unread = Refusal(error)

    def _refusal(self) -> Refusal | None:
        if self.chunked:
            return Refusal(SpeechCorpusError("request.length-required", "a body needs a Content-Length"))
        if self.content_length == 0:
            return None
        try:
            self._room.check(self.content_length)
        except StoreError as error:
            return Refusal(error)
        return None


class RefusingTask(ErrorTask):  # type: ignore[misc]
    """Answers a refused request and lets the channel hear the rest of it."""

    def execute(self) -> None:
        """Write the answer."""
        self.channel.lingers = True
        self.request.error = refusal = _in_our_form(self.request.error)
        self.channel.refused(answer_to(refusal.error).status)
        super().execute()


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection; after a refusal it stays open for reading a while.

    A socket closed while bytes are still coming in is reset, and the reset throws away the answer that
    the client has not read yet. So the answer is followed by the end of our side alone, and what the client
    still sends is thrown away unread until it has finished too.
    """

    error_task_class = RefusingTask
    close_when_flushed: bool = False
    lingers = False
    lingering_bytes: int | None = None
    server: Any
    sent_in_turn = 0

    def __init__(self, *arguments: Any, room: Room, refused: Callable[[int], None], **named: Any) -> None:
        self.parser_class = partial(Parser, room=room)
        self.refused = refused
        super().__init__(*arguments, **named)
        self.server = Waking(self.server, self._map, self._fileno)

    def send(self, data: bytes, do_close: bool = True) -> int:
        """Send; after a turn's worth nothing, as if the line were full.

        A client that reads as fast as we write would else keep the one loop that serves every connection, and
        the thread that began to answer it, until its gigabytes are through.
        """
        if self.sent_in_turn >= TURN_BYTES:
            self.sent_in_turn = 0
            return 0
        sent: int = super().send(data, do_close=do_close)
        self.sent_in_turn += sent
        return sent

    def readable(self) -> bool:
        """Say whether more may be read."""
        return self.lingering_bytes is not None or bool(super().readable())

    def handle_write(self) -> None:
        """Send what waits; then linger instead of closing when the request was refused."""
        if not (self.lingers and self.close_when_flushed):
            super().handle_write()
            return
        self._flush_exception(self._flush_some)
        if self.connected and not self.total_outbufs_len:
            self.close_when_flushed, self.lingers, self.lingering_bytes = False, False, 0
            self.socket.shutdown(socket.SHUT_WR)

    def handle_read(self) -> None:
        """Read; while lingering, throw away."""
        if self.lingering_bytes is None:
            super().handle_read()
            return
        data = self.recv(self.adj.recv_bytes)
        self.lingering_bytes += len(data)
        if not data or self.lingering_bytes > LINGER_BYTES:
            self.handle_close()


def _in_our_form(error: Any) -> Refusal:
    if isinstance(error, Refusal):
        return error
    code, sentence = REFUSALS.get(error.code, ("request.bad", "the request cannot be read"))
    return Refusal(SpeechCorpusError(code, sentence))


def _refused_by(app: Flask) -> Callable[[int], None]:
    """Return what counts the requests that an application never sees; other applications count none."""
    observer = app.extensions.get("speechcorpus.observer")
    return observer.refused if isinstance(observer, Observer) else lambda _status: None


def _allow_many_files() -> None:
    """Raise the limit of open files as far as we may: every connection is one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTION_LIMIT
    limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
