"""An S3-compatible server on the loopback for tests: moto, in a process of its own."""

import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.error import HTTPError

import pytest

from tests.rig.server import free_port

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
PATIENCE_S = 60


@dataclass
class S3:
    """The server; it can be stopped, and then has forgotten everything."""

    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def endpoint(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a process is told that uses it."""
        return {**KEYS, "AWS_ENDPOINT_URL": self.endpoint}

    def make_bucket(self, name: str) -> str:
        """Make a bucket; return its address."""
        asked = urllib.request.Request(f"{self.endpoint}/{name}", method="PUT")
        urllib.request.urlopen(asked).close()
        return f"s3://{name}"


@contextmanager
def running_s3() -> Iterator[S3]:
    """Start it, and stop it at the end."""
    pytest.importorskip("moto.server", reason="no moto: the extra `dev` is not installed")
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield S3(port=port, process=process)
    finally:
        process.kill()
        process.wait()


@contextmanager
def only_read(s3: S3) -> Iterator[str]:
    """The address of a server that answers as this one does to a key that may only read."""
    handler = type("OnlyRead", (_OnlyRead,), {"s3": s3})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class _OnlyRead(BaseHTTPRequestHandler):
    s3: S3
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Pass it on."""
        asked = f"{self.s3.endpoint}{self.path}"
        request = urllib.request.Request(asked, headers=dict(self.headers.items()), method=self.command)
        try:
            self._pass_on(urllib.request.urlopen(request))
        except HTTPError as error:
            self._pass_on(error)

    def do_HEAD(self) -> None:
        """Pass it on."""
        self.do_GET()

    def do_PUT(self) -> None:
        """Refuse it."""
        self.close_connection = True
        self.send_response(403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _pass_on(self, said: Any) -> None:
        with said:
            data = said.read()
            self.send_response(said.status)
            for name, value in said.headers.items():
                if name.lower() not in ("connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < end_s and process.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
    pytest.fail("the S3 server of the tests did not start")
