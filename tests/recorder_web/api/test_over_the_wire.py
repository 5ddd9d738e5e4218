"""A real server process and raw sockets: cut bodies, lost answers, a kill in between."""

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select

from speechcorpus.store.models import Chunk, Take
from speechcorpus.store.store import Store
from tests.rig.server import Server, web_server
from tests.rig.wire import registered
from tests.stage import sha256, voice


@pytest.fixture
def server(sqlite_store: Store) -> Iterator[Server]:
    with web_server(sqlite_store.data_dir) as server:
        yield server


def chunks(store: Store) -> int:
    with store.catalogue.read() as session:
        return session.scalar(select(func.count(Chunk.id)))


def test_a_body_that_was_cut_stores_nothing_and_the_chunk_can_be_sent_again(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(4))
    for until in (0, 1, 60_000, len(take.chunk(0)) - 1):
        client.raw(take, 0, until=until).close()
    stalled = client.raw(take, 0, until=100_000)
    assert server.ask("GET", "/healthz", {})[0] == 200
    assert chunks(sqlite_store) == 0
    assert sqlite_store.incoming.take_ids() == []
    assert client.send(take, 0)[0] == 201
    stalled.close()


def test_a_lost_answer_costs_nothing(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(4))
    for _ in range(4):
        client.raw(take, 0, until=len(take.chunk(0))).close()
    assert client.send(take, 0)[0] in (200, 201)
    assert chunks(sqlite_store) == 1
    assert client.json("POST", f"/takes/{take.id}/finish", take.manifest())[0] == 200


def test_what_was_acknowledged_survives_a_kill_of_the_server(sqlite_store, server):
    client, take = registered(sqlite_store, server, voice(7))
    assert client.send(take, 0)[0] == 201
    cut = client.raw(take, 1, until=30_000)
    server.kill()
    cut.close()
    server.start()
    status, known = client.json("GET", f"/takes/{take.id}/chunks")
    assert (status, known["chunks"]) == (200, {"0": sha256(take.chunk(0))})
    assert client.send(take, 0)[0] == 200
    assert client.send(take, 1)[0] == 201
    waited = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    while waited[0] == 422 and waited[1]["code"] == "take.too-long":  # seven seconds were sent at once
        time.sleep(0.2)
        waited = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert (waited[0], waited[1]["take_sha256"]) == (200, sha256(take.master))
    with sqlite_store.catalogue.read() as session:
        master = session.scalars(select(Take.master_sha256)).one()
    assert sqlite_store.blobs.read(master) == take.master
