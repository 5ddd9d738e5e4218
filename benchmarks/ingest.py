"""Speed of taking in sound as ratios: against a bare write, hash and fsync of the same bytes, in turns.

`python -m benchmarks.ingest [--clients 50] [--rounds 5] [--finishes 20] [--json] [--check]`. One server
process on a folder of its own, on the loopback; its load at the time is printed, for a busy machine tells
nothing about the program.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from uuid import uuid4

from benchmarks.uploading import Body, Person, body, health_s, people, server_on
from speechcorpus.store.blobs import write_durably
from speechcorpus.store.store import open_store

CHUNKS_A_CLIENT = 6
FINISHED_BYTES = 16 << 20
PACE = 1e6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One ratio or time, its bar, and every round of it."""

    name: str
    value: float
    bar: float
    at_least: bool
    rounds: tuple[float, ...]

    @property
    def missed(self) -> bool:
        """Whether the bar of `recorder.md` §15 is missed."""
        return self.value < self.bar if self.at_least else self.value > self.bar

    def line(self) -> str:
        """For people."""
        bar = f"at {'least' if self.at_least else 'most'} {self.bar:g}: {'MISSED' if self.missed else 'held'}"
        spread = f"[{min(self.rounds):.2f}, {max(self.rounds):.2f}]"
        return f"{self.name:58} {self.value:6.2f}   {bar:22} {spread}"


def main() -> None:
    """Start the server, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.ingest", description=__doc__)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--finishes", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="on which disk; the system's temporary folder by default")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if a bar is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sc-ingest-", dir=options.folder) as made:
        figures = measure(
            Path(made), clients=options.clients, rounds=options.rounds, finishes=options.finishes
        )
    load = tuple(round(each, 2) for each in os.getloadavg())
    if options.json:
        print(json.dumps({"load": load, "figures": [asdict(figure) for figure in figures]}))
    else:
        print("\n".join([f"load {load} on {os.cpu_count()} cores", *(each.line() for each in figures)]))
    sys.exit(1 if options.check and any(figure.missed for figure in figures) else 0)


def measure(folder: Path, *, clients: int, rounds: int, finishes: int) -> list[Figure]:
    """Return all figures from one server on `folder`."""
    store = open_store(folder / "data")
    store.catalogue.migrate()
    with server_on(folder / "data") as address:
        persons = people(store, address, clients)
        figures = [_ingest(folder, persons, rounds), *_paced(persons, address)]
        if finishes:
            figures.append(_finish(people(store, address, finishes)))
    store.catalogue.close()
    return figures


def _ingest(folder: Path, persons: Sequence[Person], rounds: int) -> Figure:
    """Hold sending of chunks by everybody at once against writing them by as many threads."""
    ratios = []
    for number in range(rounds + 1):
        chunks = [
            [body(hash((number, who, n))) for n in range(CHUNKS_A_CLIENT)] for who in range(len(persons))
        ]
        takes = [person.new_take() for person in persons]
        bare_s = _all_at_once([_writer(folder / f"bare-{number}", mine) for mine in chunks])
        sent_s = _all_at_once(
            [_sender(person, take, mine) for person, take, mine in zip(persons, takes, chunks, strict=True)]
        )
        ratios.append(bare_s / sent_s)
    return _figure("ingest / (write + SHA-256 + fsync)", ratios[1:], bar=0.25, at_least=True)


def _finish(persons: Sequence[Person]) -> Figure:
    """Hold the finish of a take of 16 MiB against sending its 35 chunks, one person after the other."""
    ratios = []
    sizes = [480_000] * (FINISHED_BYTES // 480_000) + [FINISHED_BYTES % 480_000]
    for number, person in enumerate(persons):
        chunks = [body(1000 * number + n, size) for n, size in enumerate(sizes)]
        take = person.new_take()
        sent_s = _timed(_sender(person, take, chunks))
        finished_s = _timed(partial(person.finish, take, chunks))
        ratios.append(finished_s / sent_s)
    return _figure(f"finish of 16 MiB / sending its {len(sizes)} chunks", ratios, bar=0.5, at_least=False)


def _paced(persons: Sequence[Person], address: tuple[str, int]) -> list[Figure]:
    """Let everybody send at 1 MB/s, and ask meanwhile whether the server is well."""
    chunks = _bodies(0, 0)
    ideal_s = sum(len(chunk.data) for chunk in chunks) / PACE
    takes, ended, health = [person.new_take() for person in persons], [0.0] * len(persons), [0.0]
    done = threading.Event()

    def send(who: int) -> None:
        began = time.monotonic()
        for index, chunk in enumerate(chunks):
            persons[who].send(takes[who], index, chunk, bytes_a_second=PACE)
        ended[who] = (time.monotonic() - began) / ideal_s

    def watch() -> None:
        while not done.wait(0.1):
            health.append(health_s(address))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        _all_at_once([partial(send, who) for who in range(len(persons))])
    finally:
        done.set()
        watcher.join()
    worst = Figure(
        name=f"{len(persons)} clients of 1 MB/s: the last ends / ideal",
        value=max(ended),
        bar=1.2,
        at_least=False,
        rounds=tuple(ended),
    )
    slowest = Figure(
        name="slowest health check meanwhile, s",
        value=max(health),
        bar=1.0,
        at_least=False,
        rounds=tuple(health),
    )
    return [worst, slowest]


def _bodies(number: int, who: int) -> list[Body]:
    first = (1000 * number + who) * CHUNKS_A_CLIENT
    return [body(first + n) for n in range(CHUNKS_A_CLIENT)]


def _sender(person: Person, take: str, chunks: Sequence[Body]) -> Callable[[], None]:
    def send() -> None:
        for index, chunk in enumerate(chunks):
            person.send(take, index, chunk)

    return send


def _writer(folder: Path, chunks: Sequence[Body]) -> Callable[[], None]:
    folder.mkdir(exist_ok=True)

    def write() -> None:
        for chunk in chunks:
            write_durably(folder / uuid4().hex, [chunk.data])

    return write


def _all_at_once(acts: Sequence[Callable[[], None]]) -> float:
    """Return how long it takes until all of them are done."""
    with ThreadPoolExecutor(max_workers=len(acts)) as pool:
        began = time.monotonic()
        for future in [pool.submit(act) for act in acts]:
            future.result()
        return time.monotonic() - began


def _timed(act: Callable[[], None]) -> float:
    began = time.monotonic()
    act()
    return time.monotonic() - began


def _figure(name: str, ratios: Sequence[float], *, bar: float, at_least: bool) -> Figure:
    rounds = tuple(round(ratio, 4) for ratio in ratios)
    return Figure(name=name, value=statistics.median(rounds), bar=bar, at_least=at_least, rounds=rounds)


if __name__ == "__main__":
    main()
