"""Furnished houses for tests of pages and of their guard."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from speechcorpus.store.store import Store
from tests.recorder_web.house import House, Work, furnish, work_in_house
from tests.recorder_web.released import Released, release_twice


@pytest.fixture
def house(sqlite_store: Store, now: datetime, tmp_path: Path) -> House:
    """An application on an empty project with open tasks."""
    return furnish(sqlite_store, now, tmp_path / "static")


@pytest.fixture
def work(house: House) -> Work:
    """Two contributors' items in different states, two of them waiting for review."""
    return work_in_house(house)


@pytest.fixture(scope="session")
def released(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Two published versions of one corpus, built once for the whole run."""
    at = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    return release_twice(sqlite_template, tmp_path_factory.mktemp("released"), at)


@pytest.fixture
def published(released: Released, tmp_path: Path) -> House:
    """A house of one's own with both versions."""
    return released.house(tmp_path)
