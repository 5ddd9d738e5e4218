"""Real parts for every test: a store on SQLite and on PostgreSQL, the folder of shared audio and text."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, text

from speechcorpus.store.catalogue import Catalogue
from speechcorpus.store.models import Base
from speechcorpus.store.store import Store, open_store
from tests.rig.postgres import Postgres, running_postgres

# How long a busy machine takes says nothing. The suite tries the same examples each time: what it finds
# is of the change in hand. `make soak` looks for new ones.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("wander", deadline=None, print_blob=True)
settings.load_profile("wander" if os.environ.get("SOAK") else "steady")


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
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL server for the whole run; a test that stops it has one of its own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres(postgres_server: Postgres) -> str:
    """Folder with the socket of the server of the whole run."""
    return str(postgres_server.folder)


@pytest.fixture(scope="session")
def postgres_url(postgres_server: Postgres) -> str:
    """A migrated PostgreSQL database, emptied after every test: a copy for each takes ten times as long."""
    return postgres_server.migrated("store")


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


@pytest.fixture
def now() -> datetime:
    """A moment, always the same one; tests that need a later one add to it."""
    return datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
