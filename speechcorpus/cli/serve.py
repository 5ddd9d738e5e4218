"""`speechcorpus serve`: the whole house on one machine, one web process and its workers."""

import errno
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import click

from speechcorpus.cli import _calls
from speechcorpus.cli._recogniser import recogniser_option, to_arguments
from speechcorpus.cli._store_options import ENVIRONMENT as BLOBS_ENVIRONMENT
from speechcorpus.cli._store_options import (
    blobs_url,
    data_option,
    database_option,
    log_format_option,
    open_store,
)
from speechcorpus.workflows.log_lines import Form, set_up_logs
from speechcorpus.workflows.recogniser import RecogniserSettings
from speechcorpus.workflows.replaying import replay_tombstones
from speechcorpus.workflows.worker import utc_now

POLL_S = 0.2
STEADY_S = 5.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
GRACE_S = 25.0
AFTER_GRACE_S = 5.0  # what a process needs to end once its grace is over


@click.command()
@data_option
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, default=8000, show_default=True, help="0 takes any free port.")
@click.option(
    "--workers", type=click.IntRange(min=0), default=os.cpu_count() or 1, help="One a core unless said."
)
@database_option
@recogniser_option
@log_format_option
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    default=GRACE_S,
    show_default=True,
    help="Seconds for requests and jobs under way after SIGTERM.",
)
@click.option(
    "--metrics-token-file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="What lets somebody read /metrics; without it keys/metrics.token in the data folder, made at once.",
)
@click.option("--https", is_flag=True, help="A proxy with TLS stands before --port.")
@click.option(
    "--https-port",
    type=click.IntRange(0, 65535),
    help="Serve TLS here as well, with certificates of our own, for phones and other computers.",
)
@click.option("--https-host", default="0.0.0.0", show_default=True, help="For --https-port.")  # noqa: S104  others shall come
@_calls.call_options
def command(
    data: Path,
    host: str,
    port: int,
    workers: int,
    database: str | None,
    recogniser: RecogniserSettings | None,
    log_format: Form,
    grace: float,
    metrics_token_file: Path | None,
    https: bool,
    https_port: int | None,
    https_host: str,
    turn_url: tuple[str, ...],
    turn_secret_file: Path | None,
) -> None:
    """Bring the tables up to date, serve, and work, until SIGTERM or SIGINT.

    A process that dies is started again. The listening socket stays here, so people who come while the web
    process is starting again wait for it instead of being turned away.
    """
    set_up_logs(log_format)
    calls = _calls.to_arguments(turn_url, turn_secret_file)
    _bring_up_to_date(data, database)
    stop = threading.Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda *_: stop.set())
    with _listening(host, port) as listening, _listening_if(https_host, https_port) as secure:
        web = ["-m", "recorder_web", "--data", str(data), "--listening-fd", str(listening.fileno()), *calls]
        work = ["-m", "speechcorpus.cli", "worker", "--data", str(data)]
        web, work = [*web, *to_arguments(recogniser)], [*work, *to_arguments(recogniser)]
        told = ["--log-format", log_format, "--grace", str(grace)]
        web, work = [*web, *told], [*work, *told]
        if metrics_token_file is not None:
            web += ["--metrics-token-file", str(metrics_token_file)]
        open_files = [listening.fileno()]
        if https:
            web.append("--https")
        if secure is not None:
            web += ["--https-fd", str(secure.fileno())]
            open_files.append(secure.fileno())
        children = [Child(web, database, *open_files)]
        children += [Child(work, database) for _ in range(workers)]
        threading.Thread(target=_announce, args=(listening, stop), daemon=True).start()
        _supervise(children, stop)
        for each in filter(None, (listening, secure)):
            each.close()  # nobody waits here for a house that is leaving
        _end(children, grace)


def _bring_up_to_date(data: Path, database: str | None) -> None:
    store = open_store(data, database)
    store.catalogue.migrate()
    replay_tombstones(store, now=utc_now())  # a restored backup forgets before it serves
    store.catalogue.close()


class Child:
    """One process that is kept running."""

    def __init__(self, arguments: list[str], database: str | None, *kept_open: int) -> None:
        self._command = [sys.executable, *arguments, "--supervised"]
        self._environment = _environment(database)
        self._kept_open = kept_open
        self._pause_s = FIRST_PAUSE_S
        self._start_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def look_after(self, now_s: float) -> None:
        """Start the process when it does not run; one that dies young is given a longer pause each time."""
        if self._process is not None and self._process.poll() is not None:
            click.echo(
                f"process {self._process.pid} ended with {self._process.returncode}; starting again", err=True
            )
            lived_long = now_s - self._start_at > STEADY_S
            self._pause_s = FIRST_PAUSE_S if lived_long else min(2 * self._pause_s, LONGEST_PAUSE_S)
            self._start_at, self._process = now_s + self._pause_s, None
        if self._process is None and now_s >= self._start_at:
            self._start_at = now_s
            self._process = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.PIPE, pass_fds=self._kept_open
            )

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait(self, deadline_s: float) -> None:
        """Wait for the end until `deadline_s` (monotonic), then kill."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environment(database: str | None) -> dict[str, str]:
    """Return what the children are told beside their arguments: passwords show in no list of processes."""
    told = {"SPEECHCORPUS_DATABASE": database, BLOBS_ENVIRONMENT: blobs_url()}
    return os.environ | {name: value for name, value in told.items() if value}


def _supervise(children: list[Child], stop: threading.Event) -> None:
    while not stop.wait(POLL_S):
        for child in children:
            child.look_after(time.monotonic())


def _end(children: list[Child], grace_s: float) -> None:
    for child in children:
        child.ask_to_stop()
    deadline_s = time.monotonic() + grace_s + AFTER_GRACE_S
    for child in children:
        child.wait(deadline_s)


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.create_server((str(address[0]), int(address[1])), family=family, backlog=1024)
    except OSError as error:
        raise click.ClickException(_why_not(host, port, error)) from error
    with bound:
        yield bound


@contextmanager
def _listening_if(host: str, port: int | None) -> Iterator[socket.socket | None]:
    if port is None:
        yield None
        return
    with _listening(host, port) as bound:
        yield bound


def _why_not(host: str, port: int, error: OSError) -> str:
    """Say in one line why a port cannot be had, and what to do."""
    do = {
        errno.EADDRINUSE: "something else listens there; stop it or choose another port",
        errno.EACCES: "ports below 1024 are for the administrator; choose a higher one",
        errno.EADDRNOTAVAIL: "this machine has no such address",
    }.get(error.errno or 0)
    why = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno or 0)
    return f"cannot listen on {host} port {port}: {why}" + (f" ({do})" if do else "")


def _announce(listening: socket.socket, stop: threading.Event) -> None:
    """Print the address once the web process answers."""
    host, port = listening.getsockname()[:2]
    # the microphone and passkeys want a secure origin, and plain http is one only under this name
    shown = "localhost" if host in ("127.0.0.1", "::1", "0.0.0.0", "::") else host  # noqa: S104  shown, not bound
    while not stop.wait(POLL_S):
        if _answers(shown, port):
            click.echo(f"speechcorpus is at http://{shown}:{port}")
            return


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(
        host, port, timeout=5
    )  # straight: a proxy from the environment is of no use here
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
