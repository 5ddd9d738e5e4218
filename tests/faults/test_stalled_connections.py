"""Three hundred clients that stand still on the real server keep nobody else waiting."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from speechcorpus.store.store import Store
from tests.rig.server import Server, web_server
from tests.rig.wire import registered
from tests.stage import voice

Record = Callable[[str, object], None]
STALLED = 300
CHECKS = 200
BAR_MS = 100.0


@contextmanager
def standing_still(server: Server, upload: Callable[[], socket.socket]) -> Iterator[None]:
    """Hold connections: a third say nothing, a third half a head, a third stop within a body."""
    with ExitStack() as held:
        for number in range(STALLED):
            if number % 3 == 2:
                held.enter_context(upload())
                continue
            line = held.enter_context(socket.create_connection(server.address))
            line.sendall(b"" if number % 3 == 0 else b"PUT /api/v1/takes/x/chunks/0 HTTP/1.1\r\nHos")
        yield


def waits_ms(server: Server) -> list[float]:
    """How long each of many health checks took."""
    found = []
    for _ in range(CHECKS):
        began = time.perf_counter()
        assert server.ask("GET", "/healthz", {})[0] == 200
        found.append(1000 * (time.perf_counter() - began))
    return sorted(found)


@pytest.mark.slow
def test_three_hundred_that_stand_still_keep_nobody_waiting(
    store: Store, database_url: str | None, record_property: Record
) -> None:
    with web_server(store.data_dir, database=database_url) as server:
        client, take = registered(store, server, voice(5))
        with standing_still(server, lambda: client.raw(take, 0, until=1000)):
            waits = waits_ms(server)
        assert client.send(take, 0)[0] == 201
    p99 = waits[int(0.99 * len(waits))]
    record_property(
        "measured", f"{STALLED} stalled: health p50 {waits[len(waits) // 2]:.1f}, p99 {p99:.1f} ms"
    )
    assert p99 < BAR_MS
