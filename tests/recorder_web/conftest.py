"""Furnished houses for tests of pages and of their guard."""

from datetime import datetime
from pathlib import Path

import pytest

from speechcorpus.store.store import Store
from tests.recorder_web.house import House, Work, furnish, work_in_house


@pytest.fixture
def house(sqlite_store: Store, now: datetime, tmp_path: Path) -> House:
    """An application on an empty project with open tasks."""
    return furnish(sqlite_store, now, tmp_path / "static")


@pytest.fixture
def work(house: House) -> Work:
    """Two contributors' items in different states, two of them waiting for review."""
    return work_in_house(house)
