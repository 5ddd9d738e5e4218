"""Serves part of a file, as RFC 9110 asks: ranges, conditions, digests; the body is read by the server."""

import base64
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from flask import Response, request
from werkzeug.wsgi import wrap_file

BLOCK_BYTES = 1 << 16
READ_BYTES = 1 << 18  # at once: the server asks for as much as a socket buffer may hold, and sends what fits


class Source(Protocol):
    """What is served: bytes at any position."""

    def read(self, size: int = -1, /) -> bytes: ...
    def seek(self, offset: int, whence: int = 0, /) -> int: ...
    def close(self) -> None: ...


class Window:
    """Bytes [start, start + length) of a source, as a file of its own; tells `done` once it is closed."""

    def __init__(self, source: Source, start: int, length: int, done: "Done") -> None:
        self._source, self._start, self._length, self._done = source, start, length, done
        self._at = 0
        self.closed = False

    def seekable(self) -> bool:
        """Say so: the server asks for the length by seeking to the end."""
        return True

    def tell(self) -> int:
        """Return the position inside the window."""
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move inside the window."""
        base = {0: 0, 1: self._at, 2: self._length}[whence]
        self._at = min(max(0, base + offset), self._length)
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes that are left in the window; seldom all of them at once."""
        left = self._length - self._at
        wanted = min(left if size < 0 else min(size, left), READ_BYTES)
        self._source.seek(self._start + self._at)
        data = self._source.read(wanted) if wanted else b""
        self._at += len(data)
        return data

    def close(self) -> None:
        """Close the source and give the connection's place back, once."""
        if not self.closed:
            self.closed = True
            self._source.close()
            self._done()


class Done(Protocol):
    """Called once when a body is finished or given up."""

    def __call__(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What can be downloaded: its size, digest and name."""

    size: int
    sha256: str
    filename: str
    mimetype: str = "application/octet-stream"

    @property
    def etag(self) -> str:
        """Strong entity tag, without its quotes."""
        return f"sha256-{self.sha256}"


def not_modified(content: Content) -> bool:
    """Say whether the caller has these bytes already (`If-None-Match`)."""
    return request.if_none_match.contains_weak(content.etag)


def other_bytes(content: Content) -> bool:
    """Say whether the caller wants other bytes than there are (`If-Match`)."""
    wanted = request.if_match
    return bool(wanted) and not wanted.contains(content.etag)


def wanted_span(content: Content) -> tuple[int, int] | None:
    """Return start and stop of what the request wants; None when its range lies outside.

    Several ranges, other units, methods other than GET, or an `If-Range` that names other bytes, give the
    whole.
    """
    if not _asks_for_range(content):
        return (0, content.size)
    ((start, stop),) = request.range.ranges  # type: ignore[union-attr]
    if start < 0:
        start = max(0, content.size + start)  # more than there is from the end: all of it (RFC 9110, 14.1.2)
    return None if start >= content.size else (start, min(stop or content.size, content.size))


def answer(content: Content, span: tuple[int, int], source: Source | BinaryIO | None, done: Done) -> Response:
    """Return 200 or 206 with the bytes of `span`; `source` is None for HEAD."""
    start, stop = span
    if source is None:
        response = Response()
        done()
    else:
        window = Window(source, start, stop - start, done)
        body = wrap_file(request.environ, window, BLOCK_BYTES)  # type: ignore[arg-type]
        response = Response(body, direct_passthrough=True)
        response.call_on_close(window.close)
    response.mimetype = content.mimetype
    response.headers["Content-Length"] = str(stop - start)
    if source is not None and _asks_for_range(content):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {start}-{stop - 1}/{content.size}"
    response.headers["Content-Disposition"] = f'attachment; filename="{content.filename}"'
    return describe(response, content)


def unsatisfiable(content: Content) -> Response:
    """Return 416 with the size."""
    return Response(
        status=416, headers={"Content-Range": f"bytes */{content.size}", "Accept-Ranges": "bytes"}
    )


def describe(response: Response, content: Content) -> Response:
    """Put validators and digests on an answer."""
    digest = base64.b64encode(bytes.fromhex(content.sha256)).decode()
    response.headers["ETag"] = f'"{content.etag}"'
    response.headers["Repr-Digest"] = f"sha-256=:{digest}:"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Cache-Control"] = "private, immutable, no-transform"
    return response


def _asks_for_range(content: Content) -> bool:
    asked = request.range
    if request.method != "GET" or asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return False
    condition = request.headers.get("If-Range")
    return condition is None or condition == f'"{content.etag}"'
