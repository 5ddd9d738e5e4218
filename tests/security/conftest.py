"""What tests of access and of bad input stand on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from speechcorpus.store.store import open_store
from tests.recorder_web.conftest import house
from tests.recorder_web.house import House, furnish
from tests.rig.server import Server, web_server

__all__ = ["house"]


@pytest.fixture(scope="session")
def running(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[House, Server]]:
    """A house in this process, and a server in another one on the same store."""
    folder = tmp_path_factory.mktemp("running")
    (folder / "data").mkdir()
    (folder / "data" / "catalogue.sqlite").write_bytes(sqlite_template.read_bytes())
    house = furnish(open_store(folder / "data"), datetime.now(UTC), folder / "static")
    told = ("--log-format", "text")
    with (
        (folder / "data" / "log").open("wb") as log,
        web_server(house.store.data_dir, options=told, log=log) as server,
    ):
        yield house, server
    house.store.catalogue.close()


@pytest.fixture
def server(running: tuple[House, Server]) -> Server:
    """The server of the other process."""
    return running[1]
