"""Trees that several tests look at and none changes."""

from pathlib import Path

import pytest

from tests.editions import two_versions_in


@pytest.fixture(scope="session")
def two_versions(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two versions of a small corpus, see `two_versions_in`; copy what you want to change."""
    return two_versions_in(tmp_path_factory.mktemp("versions"))
