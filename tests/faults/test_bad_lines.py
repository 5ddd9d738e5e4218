"""Chunks that come slowly, cut, doubled, out of order and again: the bytes are exact, the effect is one."""

import socket
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import func, select

from speechcorpus.store.models import Audit, Chunk, Job, Receipt, Segment
from speechcorpus.store.store import Store
from tests.rig.server import Server, web_server
from tests.rig.wire import Client, registered
from tests.stage import SentTake, sha256, voice

Record = Callable[[str, object], None]
SECONDS = 17  # four chunks, the last one short
PIECES = 12


def in_pieces(client: Client, take: SentTake, index: int) -> None:
    """Send a chunk a bit at a time."""
    data = take.chunk(index)
    with client.raw(take, index, until=0) as line:
        for start in range(0, len(data), -(-len(data) // PIECES)):
            line.sendall(data[start : start - (-len(data) // PIECES)])
            time.sleep(0.02)
        assert status_of(line) in (200, 201)


def at_the_same_time(client: Client, take: SentTake, index: int, times: int) -> list[int]:
    """Send one chunk on several connections at once; return the answers in order."""
    data = take.chunk(index)
    lines = [client.raw(take, index, until=len(data) - 1) for _ in range(times)]
    ends = [threading.Thread(target=line.sendall, args=(data[-1:],)) for line in lines]
    for end in ends:
        end.start()
    for end in ends:
        end.join()
    answers = sorted(status_of(line) for line in lines)
    for line in lines:
        line.close()
    return answers


def status_of(line: socket.socket) -> int:
    with line.makefile("rb") as answer:
        return int(answer.readline().split()[1])


def everything_wrong(client: Client, take: SentTake) -> int:
    """Send a take over the worst of lines; return how often a chunk was sent."""
    for until in (0, 1, 200_000):
        client.raw(take, 3, until=min(until, len(take.chunk(3)) - 1)).close()  # cut
    in_pieces(client, take, 3)  # the last one first
    assert at_the_same_time(client, take, 1, 4) == [200, 200, 200, 201]
    client.raw(take, 2, until=len(take.chunk(2))).close()  # all of it, and nobody reads the answer
    assert client.send(take, 2)[0] in (200, 201)
    for _ in range(2):
        assert client.send(take, 0)[0] in (200, 201)
    return 3 + 1 + 4 + 2 + 2


def finished(client: Client, take: SentTake) -> dict[str, object]:
    status, answer = client.json("POST", f"/takes/{take.id}/finish", take.manifest())
    assert status == 200, answer
    found: dict[str, object] = answer
    return found


def bad_line(store: Store, server: Server, seconds: float) -> str:
    client, take = registered(store, server, voice(seconds), ago_s=2 * seconds)
    sent = everything_wrong(client, take)
    first, again = finished(client, take), finished(client, take)
    assert first == again
    assert first["take_sha256"] == sha256(take.master)
    for index in range(take.chunk_count):  # replayed after the end: known, and nothing comes of it
        assert client.send(take, index)[0] == 200
    with store.catalogue.read() as session:
        counted = {
            "chunks": session.scalar(select(func.count(Chunk.id))),
            "items": session.scalar(select(func.count(Segment.id))),
            "receipts": session.scalar(select(func.count()).where(Receipt.kind == "upload")),
            "jobs": session.scalar(select(func.count(Job.id)).where(Job.kind == "measure_item")),
            "stored": session.scalar(select(func.count()).where(Audit.action == "take.stored")),
        }
    assert counted == {"chunks": take.chunk_count, "items": 1, "receipts": 1, "jobs": 1, "stored": 1}
    assert store.blobs.read(sha256(take.master)) == take.master
    return f"{sent + take.chunk_count} sendings of {take.chunk_count} chunks: byte-exact, one receipt"


@pytest.mark.either_database
def test_a_take_that_came_over_the_worst_of_lines_is_exact_and_has_one_effect(
    store: Store, database_url: str | None, record_property: Record
) -> None:
    with web_server(store.data_dir, database=database_url) as server:
        record_property("measured", bad_line(store, server, SECONDS))
