"""The real server and its workers on a data folder, as `speechcorpus serve` starts them."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_S = 30


@contextmanager
def serving(data: Path, *, workers: int = 1, port: int = 0) -> Iterator[str]:
    """Serve a data folder; yields the address people open."""
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
