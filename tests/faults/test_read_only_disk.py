"""A disk that can no longer be written: told, before the body where it can be known; over by itself."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from speechcorpus.store.store import Store, open_store
from tests.rig.server import web_server
from tests.rig.wire import registered
from tests.stage import sha256, voice

Record = Callable[[str, object], None]


def mount(*options: str) -> None:
    """Mount as told; skip where we may not."""
    try:
        done = subprocess.run(["mount", *options], capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("no disk of our own: there is no mount")
    if done.returncode:
        pytest.skip(f"no disk of our own: {done.stderr.strip()}")


@contextmanager
def disk_at(folder: Path) -> Iterator[None]:
    """Mount a disk of 24 MB of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    mount("-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder))
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def read_only_for_a_while(store: Store, database: str | None, disk: Path) -> int:
    """Send while the disk is read-only and after; return what was answered meanwhile."""
    with web_server(store.data_dir, database=database) as server:
        client, take = registered(store, server, voice(12))
        assert client.send(take, 0)[0] == 201
        mount("-o", "remount,ro", str(disk))
        for index in (1, 2):
            status, told = client.send(take, index)
            assert (status, told["code"], told["retry_after_s"]) == (507, "storage.full", 60)
        known = client.json("GET", f"/takes/{take.id}/chunks")[1]["chunks"]
        assert known == {"0": sha256(take.chunk(0))}
        assert server.ask("GET", "/healthz", {})[0] == 200
        mount("-o", "remount,rw", str(disk))
        assert [client.send(take, index)[0] for index in (1, 2)] == [201, 201]
        known = client.json("GET", f"/takes/{take.id}/chunks")[1]["chunks"]
        assert known == {str(index): sha256(take.chunk(index)) for index in range(3)}
    return int(status)


@pytest.mark.extended
def test_a_data_folder_beside_a_postgresql_catalogue_that_becomes_read_only_is_told_before_the_body(
    tmp_path: Path, emptied_postgres: Callable[[], str], record_property: Record
) -> None:
    url = emptied_postgres()
    with disk_at(tmp_path / "disk"):
        store = open_store(tmp_path / "disk" / "data", url)
        status = read_only_for_a_while(store, url, tmp_path / "disk")
        store.catalogue.close()
    record_property("measured", f"data folder on a read-only tmpfs, PostgreSQL: {status}, then 201")


def test_chunks_that_cannot_be_written_beside_a_sqlite_catalogue_are_told(
    sqlite_store: Store, record_property: Record
) -> None:
    incoming = sqlite_store.data_dir / "incoming"  # a catalogue that is open keeps its own disk writable
    with disk_at(incoming):
        status = read_only_for_a_while(sqlite_store, None, incoming)
    record_property("measured", f"chunks on a read-only tmpfs, SQLite: {status}, then 201")
