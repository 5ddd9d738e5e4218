"""The checkup names what is wrong, and only that."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from speechcorpus.store.models import Blob
from speechcorpus.store.store import Store
from speechcorpus.workflows.checkup import Fault, check_store


@pytest.fixture
def kept(store: Store, now: datetime) -> Iterator[str]:
    """A store with one blob and its row; its digest."""
    sha256 = store.blobs.put_bytes(b"tai-gi")
    with store.catalogue.write() as session:
        session.add(Blob(sha256=sha256, bytes=6, stored_at=now))
    return sha256


def test_a_whole_store_has_no_fault(store: Store, kept: str) -> None:
    assert check_store(store) == ()


def test_a_blob_without_a_row_harms_nobody(store: Store, kept: str) -> None:
    store.blobs.put_bytes(b"left by a killed process")
    assert check_store(store) == ()


@pytest.mark.parametrize(("data", "rule"), [(b"tai-gj", "blob.rotten"), (b"tai", "blob.size")])
def test_a_changed_blob_is_named(store: Store, kept: str, data: bytes, rule: str) -> None:
    path = store.blobs.path_of(kept)
    path.chmod(0o600)
    path.write_bytes(data)
    assert check_store(store) == (Fault(rule=rule, object=f"blob:{kept}"),)


def test_a_row_without_its_blob_is_named(store: Store, kept: str) -> None:
    store.blobs.path_of(kept).unlink()
    assert check_store(store) == (Fault(rule="blob.missing", object=f"blob:{kept}"),)
