"""The portal under downloads: how long a health check waits, and how fast a bundle goes against plain bytes.

`python -m benchmarks.portal [--rounds 3] [--mib 64] [--json] [--check]`.
One server process on a folder of its own, on the loopback; 16 downloads of one virtual archive by four
tokens, in a process of theirs. "Slow" downloads read 64 KiB every 50 ms, "fast" ones as fast as they can.
Plain bytes are the same number of bytes through a loopback socket by `sendfile`, in the same round.
"""

import argparse
import hashlib
import http.client
import json
import multiprocessing
import os
import random
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.uploading import server_on
from recorder_web.settings import utc_now
from speechcorpus.domain.actor import Actor
from speechcorpus.publish.tar import pieces_of
from speechcorpus.store.models import Project, Release
from speechcorpus.store.store import Store, open_store
from speechcorpus.workflows.download_tokens import create_token
from speechcorpus.workflows.people import create_staff
from speechcorpus.workflows.release_bundles import bundle_archive

MOST_P99_S = 0.1
TOKENS, EACH = 4, 4
ASKED, PAUSE_S = 300, 0.01
SLOW_BYTES, SLOW_PAUSE_S = 1 << 16, 0.05
BLOCK_BYTES = 1 << 20
BUNDLE = "/releases/bench/1.0.0/bundles/parquet.tar"
Address = tuple[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: p99 of the health check in seconds; rates in MB/s, of one download and of 16 together."""

    idle_p99_s: float
    slow_p99_s: float
    fast_p99_s: float
    slow_ratio: float  # p99 under slow downloads against the idle one
    one_rate: float
    many_rate: float
    plain_rate: float
    refused: int  # of the 17th download: 429


def main() -> None:
    """Fill a store, start the server, take turns, print."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder), None)
        store.catalogue.migrate()
        tokens = _furnish(store, options.mib)
        with server_on(Path(folder)) as address:
            rounds = [_round(address, tokens, Path(folder)) for _ in range(options.rounds)]
    _tell(rounds, as_json=options.json)
    if options.check and statistics.median(each.slow_p99_s for each in rounds) >= MOST_P99_S:
        sys.exit(f"the health check's p99 under slow downloads is not below {MOST_P99_S} s")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--mib", type=int, default=64, help="size of the archive")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true")
    return parser.parse_args()


def _furnish(store: Store, mib: int) -> list[str]:
    """Put a published version of random shards into a store; return four tokens for it."""
    now, manifest = utc_now(), {}
    for number in range(max(1, mib // 4)):
        data = random.Random(number).randbytes(4 << 20)
        entry = {"sha256": store.blobs.put_bytes(data), "bytes": len(data), "bundle": "parquet"}
        manifest[f"parquet/train-{number:06d}.parquet"] = entry
    licence = b"CC-BY-4.0\n"
    kept = {"sha256": store.blobs.put_bytes(licence), "bytes": len(licence), "bundle": "core"}
    row = Release(id=str(uuid4()), project_id="bench", corpus="bench", version="1.0.0", state="published")
    row.manifest, row.settings, row.released_on = {**manifest, "LICENSE": kept}, {}, "2026-11-26"
    row.built_by, row.approved_by, row.created_at, row.published_at = "a", "b", now, now
    archive = bundle_archive(store, row, "parquet")
    assert archive is not None
    digest = hashlib.sha256()
    for piece in pieces_of(archive):
        digest.update(piece)
    facts = {"bytes": archive.size, "sha256": digest.hexdigest(), "files": len(manifest)}
    row.summary = {"license": "CC-BY-4.0", "bundles": {"parquet": facts}}
    with store.catalogue.write() as session:
        session.add(Project(id="bench", title="bench", created_at=now))
        session.flush()
        session.add(row)
    people = [create_staff(store, name=f"ml {number}", role="ml", now=now) for number in range(TOKENS)]
    return [create_token(store, Actor(role="ml", id=person), "bench", now=now) for person in people]


def _round(address: Address, tokens: Sequence[str], folder: Path) -> Round:
    idle = _p99(address)
    with _downloads(address, tokens, slow=True) as slow:
        slow_p99 = _p99(address)
        refused = _status(address, tokens[0])
        slow.over.set()
    with _downloads(address, tokens, slow=False) as fast:
        fast_p99 = _p99(address)
    return Round(
        idle_p99_s=idle,
        slow_p99_s=slow_p99,
        fast_p99_s=fast_p99,
        slow_ratio=slow_p99 / idle,
        one_rate=_rate(lambda: _drain(address, tokens[0])),
        many_rate=fast.got.value / fast.seconds / 1e6,
        plain_rate=_rate(lambda: _plain(folder)),
        refused=int(refused == http.client.TOO_MANY_REQUESTS),
    )


def _p99(address: Address) -> float:
    """Return the 99th percentile of health checks, each over a connection of its own."""
    found = []
    for _ in range(ASKED):
        begun = time.perf_counter()
        connection = http.client.HTTPConnection(*address, timeout=30)
        connection.request("GET", "/healthz")
        if connection.getresponse().read() == b"":
            raise RuntimeError("no answer")
        connection.close()
        found.append(time.perf_counter() - begun)
        time.sleep(PAUSE_S)
    return sorted(found)[int(0.99 * len(found))]


@contextmanager
def _downloads(address: Address, tokens: Sequence[str], *, slow: bool) -> Iterator["_Downloads"]:
    """Let another process run sixteen downloads until each is through, or `over` is set."""
    found = _Downloads()
    child = multiprocessing.Process(target=_fetch_all, args=(address, tokens, slow, found))
    child.start()
    found.begun.wait()
    begun = time.perf_counter()
    try:
        yield found
    finally:
        child.join()
        found.seconds = time.perf_counter() - begun


class _Downloads:
    """What this process and the one that downloads know of each other."""

    def __init__(self) -> None:
        self.begun, self.over = multiprocessing.Event(), multiprocessing.Event()
        self.got = multiprocessing.Value("q", 0)
        self.seconds = 0.0


def _fetch_all(address: Address, tokens: Sequence[str], slow: bool, found: _Downloads) -> None:
    under_way = threading.Barrier(TOKENS * EACH, action=found.begun.set)

    def fetch(token: str) -> None:
        got = 0
        for size in _blocks(address, token, slow=slow):
            if not got:
                under_way.wait()
            got += size
            if found.over.is_set():
                break
        with found.got.get_lock():
            found.got.value += got

    threads = [threading.Thread(target=fetch, args=(token,)) for token in tokens for _ in range(EACH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _blocks(address: Address, token: str, *, slow: bool) -> Iterator[int]:
    connection = http.client.HTTPConnection(*address, timeout=120)
    connection.request("GET", BUNDLE, headers={"Authorization": f"Bearer {token}"})
    answer = connection.getresponse()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{answer.status} {answer.read()[:200]!r}")
    while size := len(answer.read(SLOW_BYTES if slow else BLOCK_BYTES)):
        yield size
        if slow:
            time.sleep(SLOW_PAUSE_S)
    connection.close()


def _status(address: Address, token: str) -> int:
    connection = http.client.HTTPConnection(*address, timeout=30)
    connection.request("GET", BUNDLE, headers={"Authorization": f"Bearer {token}"})
    status = connection.getresponse().status
    connection.close()
    return status


def _drain(address: Address, token: str) -> int:
    return sum(_blocks(address, token, slow=False))


def _plain(folder: Path) -> int:
    """Send a file of the archive's size through a loopback socket; return its size."""
    blobs = [path for path in (folder / "blobs").rglob("*") if path.is_file()]
    with socket.create_server(("127.0.0.1", 0)) as listening:
        got = [0]

        def receive() -> None:
            with socket.create_connection(listening.getsockname()) as line:
                while data := line.recv(BLOCK_BYTES):
                    got[0] += len(data)

        reader = threading.Thread(target=receive)
        reader.start()
        line, _ = listening.accept()
        with line:
            for path in blobs:
                with path.open("rb") as file:
                    line.sendfile(file)
        reader.join()
    return got[0]


def _rate(carry: Callable[[], int]) -> float:
    begun = time.perf_counter()
    return carry() / (time.perf_counter() - begun) / 1e6


def _tell(rounds: Sequence[Round], *, as_json: bool) -> None:
    middle = {name: statistics.median(asdict(each)[name] for each in rounds) for name in asdict(rounds[0])}
    if as_json:
        print(json.dumps({"cores": os.cpu_count(), "median": middle, "rounds": [asdict(r) for r in rounds]}))
        return
    for name, value in middle.items():
        print(f"{name:12} {value:.4f}")
    print(f"one download against plain bytes {middle['one_rate'] / middle['plain_rate']:.2f}")


if __name__ == "__main__":
    main()
