"""A running `speechcorpus serve`, as an operator starts it."""

import http.client
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[3]


@dataclass
class House:
    """The supervisor, where it listens, and its data."""

    supervisor: subprocess.Popen[str]
    port: int
    data_dir: Path

    def children(self) -> dict[str, int]:
        """Process ids of the web process and the worker."""
        listed = Path(f"/proc/{self.supervisor.pid}/task/{self.supervisor.pid}/children").read_text().split()
        return {("web" if "recorder_web" in _command_of(int(pid)) else "worker"): int(pid) for pid in listed}

    def is_complete(self) -> bool:
        return set(self.children()) == {"web", "worker"}

    def is_healthy(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait_for(self, ready: Callable[[], bool], *, at_most_s: float = 30) -> None:
        deadline = time.monotonic() + at_most_s
        while not ready():
            assert time.monotonic() < deadline
            time.sleep(0.1)


@pytest.fixture
def house(tmp_path: Path, database_url: str | None) -> Iterator[House]:
    """`speechcorpus serve` on a free port with one worker; needs /proc to look for child processes."""
    if not Path("/proc/self/task").is_dir():
        pytest.skip("child processes are looked for in /proc")
    command = [sys.executable, "-m", "speechcorpus.cli", "serve", "--port", "0", "--workers", "1"]
    database = ["--database", database_url] if database_url else []
    data_dir = tmp_path / "data"
    log = tmp_path / "log"
    with (
        log.open("w") as errors,
        subprocess.Popen(
            [*command, "--data", str(data_dir), *database],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as supervisor,
    ):
        assert supervisor.stdout is not None
        try:
            line = supervisor.stdout.readline()
            said = re.fullmatch(r"speechcorpus is at http://localhost:(\d+)\n", line)
            assert said, line + log.read_text()
            yield House(supervisor=supervisor, port=int(said[1]), data_dir=data_dir)
        finally:
            supervisor.terminate()
            supervisor.wait(40)


def _command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
