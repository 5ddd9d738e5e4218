"""The real server on a data folder: with its workers as `speechcorpus serve` starts them, or to be killed."""

import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from recorder_web.server import listening_socket

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30
START_S = 120


@dataclass
class Server:
    """`python -m recorder_web` on a data folder, at one address for its whole life, started again at will."""

    data: Path
    listening: socket.socket = field(default_factory=lambda: listening_socket("127.0.0.1", 0))
    process: "subprocess.Popen[bytes] | None" = None
    database: str | None = None  # SQLite in the folder without
    options: tuple[str, ...] = ()
    log: "IO[bytes] | None" = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self.listening.getsockname()[:2]
        return host, port

    @property
    def url(self) -> str:
        """The address people open: the microphone wants a secure origin, and this name is one."""
        return f"http://localhost:{self.address[1]}"

    def start(self) -> None:
        """Start, and wait until it answers."""
        number = str(self.listening.fileno())
        command = [sys.executable, "-m", "recorder_web", "--data", str(self.data), "--reserve-bytes", "0"]
        command += ["--listening-fd", number, *self.options]
        command += ["--database", self.database] if self.database else []
        self.process = subprocess.Popen(command, pass_fds=[int(number)], cwd=ROOT, stderr=self.log)
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s and self.process.poll() is None:
            with suppress(OSError, http.client.HTTPException):
                if self.ask("GET", "/healthz", {}, timeout_s=10)[0] == 200:
                    return
            time.sleep(0.1)
        raise AssertionError("the server did not start")

    def kill(self) -> None:
        """SIGKILL: nothing is finished, nothing is said."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def close(self) -> None:
        """Kill it and give the address back."""
        self.kill()
        self.listening.close()

    def ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | None = None,
        *,
        timeout_s: float = 20,
    ) -> tuple[int, Any]:
        """Send one request; returns its status and its JSON."""
        connection = http.client.HTTPConnection(*self.address, timeout=timeout_s)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            return answer.status, json.loads(data) if data else None
        finally:
            connection.close()


@contextmanager
def web_server(
    data: Path,
    *,
    port: int = 0,
    database: str | None = None,
    options: tuple[str, ...] = (),
    log: "IO[bytes] | None" = None,
) -> Iterator[Server]:
    """Serve a data folder without workers, from a server that can be killed and started again."""
    server = Server(data, listening_socket("127.0.0.1", port), database=database, options=options, log=log)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def serving(data: Path, *, workers: int = 1, port: int = 0) -> Iterator[str]:
    """Serve a data folder; yields the address people open. Without workers it is the web process alone."""
    if workers == 0:
        with web_server(data, port=port) as alone:
            yield alone.url
        return
    command = [sys.executable, "-m", "speechcorpus.cli", "serve", "--data", str(data), "--port", str(port)]
    log = data / "serve.log"
    with log.open("ab") as errors:
        server = subprocess.Popen(
            [*command, "--workers", str(workers)], stdout=subprocess.PIPE, stderr=errors, text=True
        )
    with server:
        try:
            yield _address(server, log)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(PATIENCE_S)


def free_port() -> int:
    """Return a port that is free now, for a server that goes away and comes back."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _address(server: "subprocess.Popen[str]", log: Path) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        address = next((word for word in line.split() if word.startswith("http://")), None)
        if address is not None:
            return address.rstrip("/")
    raise AssertionError(f"the server did not come up: {log.read_text()[-2000:]}")
