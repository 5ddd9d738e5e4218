"""`speechcorpus serve --https-port`: TLS for phones with certificates of its own, said in the terminal."""

import http.client
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recorder_web.qr import terminal_code

REPOSITORY = Path(__file__).parents[3]
SERVE = [sys.executable, "-m", "speechcorpus.cli", "serve", "--port", "0", "--workers", "0"]
LOCAL = ["--https-port", "0", "--https-host", "127.0.0.1"]


@contextmanager
def serving(data: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """Serve; yields the process and what it said before it was ready."""
    command = [*SERVE, "--data", str(data), *more]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line.rstrip("\n"))
                if line.startswith("speechcorpus is at"):
                    break
            yield process, said
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(40)


def refused(data: Path, *more: str) -> str:
    """What is said by a server that cannot start; one line."""
    command = [*SERVE, "--data", str(data), *more]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    return done.stderr


def welcome(port: int, trust: ssl.SSLContext) -> http.client.HTTPResponse:
    """The first page, over TLS."""
    connection = http.client.HTTPSConnection("localhost", port, timeout=20, context=trust)
    try:
        connection.request("GET", "/connect")
        answer = connection.getresponse()
        answer.read()
        return answer
    finally:
        connection.close()


def test_it_says_the_address_the_code_and_the_fingerprints_and_answers_over_tls(tmp_path: Path) -> None:
    with serving(tmp_path, *LOCAL) as (process, said):
        told = "\n".join(said)
        first = re.search(r"phones and other computers: (https://\S+:(\d+))", told)
        assert first is not None
        assert terminal_code(first[1]) in told
        assert len(re.findall(r"SHA-256 (?:[0-9A-F]{2}:){31}[0-9A-F]{2}", told)) == 2
        trust = ssl.create_default_context(cafile=tmp_path / "tls/ca.pem")
        answer = welcome(int(first[2]), trust)
        assert answer.status == 200
        assert answer.headers["Strict-Transport-Security"] is None
        assert "sc_lang" not in answer.headers.get("Set-Cookie", "")

        web = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0]
        os.kill(int(web), signal.SIGKILL)
        assert welcome(int(first[2]), trust).status == 200  # it waits at the same port for the next one
    assert process.returncode == 0


def test_a_port_that_is_taken_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, "--https-port", str(port), "--https-host", "127.0.0.1")
    assert said == (
        f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use "
        "(something else listens there; stop it or choose another port)\n"
    )


def test_an_address_of_another_machine_is_said_in_one_line(tmp_path: Path) -> None:
    said = refused(tmp_path, "--https-port", "0", "--https-host", "203.0.113.7")
    assert said.endswith("(this machine has no such address)\n")
    assert said.count("\n") == 1


def test_a_damaged_authority_is_said_and_kept(tmp_path: Path) -> None:
    (tmp_path / "tls").mkdir()
    (tmp_path / "tls/ca.key").write_text("nonsense")
    command = [sys.executable, "-m", "recorder_web", "--data", str(tmp_path), "--port", "0", "--https-fd"]
    with serving(tmp_path):
        pass  # makes the tables
    with socket.create_server(("127.0.0.1", 0)) as secure:
        done = subprocess.run(
            [*command, str(secure.fileno())],
            cwd=REPOSITORY,
            pass_fds=[secure.fileno()],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.stderr.startswith("no TLS: ca.key and ca.pem in ")
    assert "move the folder away" in done.stderr
    assert (tmp_path / "tls/ca.key").read_text() == "nonsense"
