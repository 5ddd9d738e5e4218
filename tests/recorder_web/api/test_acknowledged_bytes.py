"""Killed again and again while many send at once, the server still has every byte it ever acknowledged."""

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException
from uuid import uuid4

import pytest

from speechcorpus.store.store import Store
from tests.rig.server import Server, web_server
from tests.rig.wire import Client, signed_in
from tests.stage import SentTake, Stage, set_stage, voice

SENDERS = 4
TAKE_S = 600
PAUSE_S = 0.02  # between two chunks of one sender


class Sender(threading.Thread):
    """Somebody who sends take after take and remembers what was acknowledged."""

    def __init__(self, client: Client, first: SentTake, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.client = client
        self.done = done
        self.takes = [first]
        self.acknowledged: dict[tuple[str, int], str] = {}

    def run(self) -> None:
        while not self.done.is_set():
            take = self.takes[-1]
            for index in range(take.chunk_count):
                self._until_acknowledged(partial(self._chunk, take, index))
                time.sleep(PAUSE_S)
            self.takes.append(self._next(take))
            self._until_acknowledged(self._register)

    def _until_acknowledged(self, send: Callable[[], bool]) -> None:
        while not self.done.is_set():
            with suppress(OSError, HTTPException):
                if send():
                    return
            time.sleep(PAUSE_S)

    def _chunk(self, take: SentTake, index: int) -> bool:
        status, answer = self.client.send(take, index)
        if status in (200, 201):
            self.acknowledged[take.id, index] = answer["sha256"]
        return status in (200, 201)

    def _register(self) -> bool:
        take = self.takes[-1]
        return self.client.json("PUT", f"/takes/{take.id}", take.body())[0] in (200, 201)

    @staticmethod
    def _next(take: SentTake) -> SentTake:
        return replace(take, id=str(uuid4()), sequence=take.sequence + 1)


def sending(store: Store, server: Server, stage: Stage, number: int) -> tuple[Client, SentTake]:
    """A contributor with a registered take of a sitting of their own."""
    recorder = stage.recorder(task=number)
    client = signed_in(store, server, recorder)
    take = SentTake(recorder=recorder, pcm=voice(TAKE_S, seed=number), prompt=None, track="room", sequence=0)
    assert client.json("PUT", f"/takes/{take.id}", take.body())[0] == 201
    return client, take


def kill_under_load(store: Store, server: Server, kills: int) -> int:
    """Kill the server that often while everybody sends; returns how many acknowledged chunks are there."""
    done = threading.Event()
    stage = set_stage(store, datetime.now(UTC), items_per_task=1)
    senders = [Sender(*sending(store, server, stage, n), done) for n in range(SENDERS)]
    dice = random.Random(kills)
    for sender in senders:
        sender.start()
    for _ in range(kills):
        before = sum(len(sender.acknowledged) for sender in senders)
        while sum(len(sender.acknowledged) for sender in senders) < before + SENDERS:
            time.sleep(0.01)  # under load, not after it
        time.sleep(dice.uniform(0, 0.2))
        server.kill()
        server.start()
    done.set()
    for sender in senders:
        sender.join()
    return sum(still_there(sender) for sender in senders)


def listed(client: Client, take: str) -> dict[str, str]:
    """Return what the server says it has of a take; one who asks for many is told to wait a second."""
    status, answer = client.json("GET", f"/takes/{take}/chunks")
    while status == 429:
        time.sleep(1)
        status, answer = client.json("GET", f"/takes/{take}/chunks")
    assert status == 200, answer
    return answer["chunks"]


def still_there(sender: Sender) -> int:
    """Hold everything acknowledged to one sender against the server's list and its disk."""
    recorder = sender.takes[0].recorder
    incoming = recorder.stage.store.incoming
    chunks = {take.id: take for take in sender.takes}
    known = {take: listed(sender.client, take) for take in {take for take, _ in sender.acknowledged}}
    for (take, index), sha256 in sender.acknowledged.items():
        assert known[take].get(str(index)) == sha256
        assert incoming.read(take, index, sha256) == chunks[take].chunk(index)
    return len(sender.acknowledged)


@pytest.mark.either_database
def test_no_acknowledged_byte_is_lost_in_five_kills_of_a_busy_server(
    store: Store, database_url: str | None, record_property: Callable[[str, object], None]
) -> None:
    with web_server(store.data_dir, database=database_url) as server:
        count = kill_under_load(store, server, 5)
    record_property("measured", f"5 SIGKILL under load: 0 of {count} acknowledged chunks lost")


@pytest.mark.slow
def test_no_acknowledged_byte_is_lost_in_two_hundred_kills_of_a_busy_server(
    store: Store, database_url: str | None, record_property: Callable[[str, object], None]
) -> None:
    with web_server(store.data_dir, database=database_url) as server:
        count = kill_under_load(store, server, 200)
    record_property("measured", f"200 SIGKILL under load: 0 of {count} acknowledged chunks lost")
