"""The store as a whole: its folders, and the key that signs receipts."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text

from speechcorpus.store.store import Store, open_store


def public_bytes(store: Store) -> bytes:
    return store.receipt_key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def test_the_receipt_key_is_made_once_and_read_by_the_owner_alone(sqlite_store: Store) -> None:
    first = public_bytes(sqlite_store)
    assert public_bytes(open_store(sqlite_store.data_dir)) == first
    path = sqlite_store.data_dir / "keys" / "receipt.pem"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert list(path.parent.iterdir()) == [path]


def test_many_that_ask_at_once_are_given_the_same_key(sqlite_store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: public_bytes(sqlite_store), range(32)))) == 1


def test_a_folder_that_is_made_is_for_its_owner_and_group_alone(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = open_store(tmp_path / "new")
        with store.catalogue.write() as session:
            session.execute(text("CREATE TABLE something (id INTEGER)"))
        beside = sorted(store.data_dir.glob("catalogue.sqlite*"))
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (store.data_dir, *beside)}
        store.catalogue.close()
    finally:
        os.umask(before)
    files = ("catalogue.sqlite", "catalogue.sqlite-shm", "catalogue.sqlite-wal")
    assert modes == {"new": 0o750, **dict.fromkeys(files, 0o640)}


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)  # a proxy may have been let in
    open_store(tmp_path).catalogue.close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_new_folder_becomes_a_store(tmp_path: Path) -> None:
    store = open_store(tmp_path / "new")
    store.catalogue.migrate()
    store.catalogue.check_version()
    store.catalogue.close()
    assert sorted(path.name for path in store.data_dir.iterdir() if path.is_dir()) == [
        "blobs",
        "incoming",
        "keys",
        "releases",
    ]
