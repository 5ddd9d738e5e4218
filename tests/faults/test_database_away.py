"""A database that is held, or stopped: 503 with a time to come back, the sender keeps, nothing is lost."""

import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from speechcorpus.store.store import open_store
from tests.rig.postgres import running_postgres
from tests.rig.server import web_server
from tests.rig.wire import Client, registered
from tests.stage import SentTake, sha256, voice

Record = Callable[[str, object], None]
CHUNKS_S = 5


class Sender(threading.Thread):
    """Sends one chunk after the other, each until it is acknowledged, as the recorder does."""

    def __init__(self, client: Client, take: SentTake) -> None:
        super().__init__(daemon=True)
        self.client, self.take = client, take
        self.answers: Counter[int] = Counter()
        self.pauses: set[str] = set()

    def run(self) -> None:
        """Send them all."""
        for index in range(self.take.chunk_count):
            while True:
                status, answer = self.client.send(self.take, index)
                self.answers[status] += 1
                if status in (200, 201):
                    break
                self.pauses.add(f"{answer['code']} {answer['retry_after_s']} s")
                time.sleep(0.2)
            time.sleep(0.1)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the write lock of a SQLite catalogue."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def outlast(sender: Sender, away_s: float, back: Callable[[], None]) -> None:
    """Let a few chunks pass, have the database away, and see that everything came in the end."""
    time.sleep(away_s)
    back()
    sender.join(120)
    assert not sender.is_alive()
    listed = sender.client.json("GET", f"/takes/{sender.take.id}/chunks")[1]["chunks"]
    wanted = {str(index): sha256(sender.take.chunk(index)) for index in range(sender.take.chunk_count)}
    assert listed == wanted
    assert set(sender.answers) <= {200, 201, 503}


def held_for(data: Path, away_s: float, record: Record) -> Sender:
    store = open_store(data)
    store.catalogue.migrate()
    with web_server(data) as server:
        sender = Sender(*registered(store, server, voice(6 * CHUNKS_S)))
        with held(data / "catalogue.sqlite"):
            sender.start()
            assert server.ask("GET", "/healthz", {})[0] == 200
            outlast_held = time.monotonic() + away_s
            while time.monotonic() < outlast_held:
                time.sleep(0.1)
        outlast(sender, 0, lambda: None)
    store.catalogue.close()
    record(
        "measured", f"SQLite held {away_s:g} s: {told(sender)}, 0 of {sender.take.chunk_count} chunks lost"
    )
    return sender


def told(sender: Sender) -> str:
    """What the sender was answered."""
    return ", ".join(f"{count} × {status}" for status, count in sorted(sender.answers.items()))


def stopped_for(data: Path, away_s: float, record: Record) -> Sender:
    with running_postgres() as postgres:
        url = postgres.migrated("away")
        store = open_store(data, url)
        with web_server(data, database=url) as server:
            sender = Sender(*registered(store, server, voice(6 * CHUNKS_S)))
            assert sender.client.send(sender.take, 0)[0] == 201
            postgres.stop()
            sender.start()
            assert server.ask("GET", "/healthz", {})[0] == 200
            outlast(sender, away_s, postgres.start)
        store.catalogue.close()
    record("measured", f"PostgreSQL away {away_s:g} s: {told(sender)}, 0 of {sender.take.chunk_count} lost")
    return sender


@pytest.mark.extended
def test_a_sqlite_catalogue_that_is_held_three_seconds_is_waited_for(
    tmp_path: Path, record_property: Record
) -> None:
    sender = held_for(tmp_path / "data", 3, record_property)
    assert set(sender.answers) == {201}


@pytest.mark.slow
def test_a_sqlite_catalogue_that_is_held_thirty_seconds_is_told_as_busy(
    tmp_path: Path, record_property: Record
) -> None:
    sender = held_for(tmp_path / "data", 30, record_property)
    assert sender.answers[503] > 0
    assert sender.pauses == {"database.busy 2 s"}


@pytest.mark.extended
def test_a_postgresql_that_is_stopped_three_seconds_is_told_as_busy(
    tmp_path: Path, record_property: Record
) -> None:
    sender = stopped_for(tmp_path / "data", 3, record_property)
    assert sender.answers[503] > 0
    assert sender.pauses == {"database.busy 2 s"}


@pytest.mark.slow
def test_a_postgresql_that_is_stopped_thirty_seconds_is_told_as_busy(
    tmp_path: Path, record_property: Record
) -> None:
    sender = stopped_for(tmp_path / "data", 30, record_property)
    assert sender.pauses == {"database.busy 2 s"}
