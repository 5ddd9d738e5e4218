"""A house that several tests look at and none changes."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from speechcorpus.store.models import Release
from speechcorpus.store.store import open_store
from tests.accepted import accepted_clips
from tests.published import publish_versions
from tests.stage import Stage, set_stage


@pytest.fixture(scope="session")
def house(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Stage, list[Release]]]:
    """A store with two published versions and the delta between them; copy its folder to change it."""
    data = tmp_path_factory.mktemp("house")
    shutil.copy(sqlite_template, data / "catalogue.sqlite")
    store = open_store(data)
    stage = set_stage(store, datetime(2026, 3, 2, 8, 30, tzinfo=UTC))
    accepted_clips(stage, speakers=4, clips=8)
    yield stage, publish_versions(stage, "1.0.0", "1.0.1")
    store.catalogue.close()
