"""What an answer costs while many others are connected and silent: CPU time as a ratio, in turns.

`python -m benchmarks.crowd [--connections 1500] [--rounds 5] [--json] [--check]`. One server process on the
loopback is asked for its health by one client, in turns with nobody else connected and with so many who say
nothing. The answers are the same; what may differ is what the server's loop does for those who are silent.
"""

import argparse
import http.client
import json
import os
import resource
import socket
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks.uploading import server_on
from speechcorpus.store.store import open_store

ASKED = 300
BAR = 1.5
SETTLED_S = 0.5
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Start the server, take turns, print."""
    parser = argparse.ArgumentParser(prog="benchmarks.crowd", description=__doc__)
    parser.add_argument("--connections", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--check", action="store_true", help="exit 1 if the bar is missed")
    options = parser.parse_args()
    _allow_files(2 * options.connections)
    with tempfile.TemporaryDirectory(prefix="sc-crowd-") as made:
        rounds = measure(Path(made), connections=options.connections, rounds=options.rounds)
    ratio = statistics.median(crowd / alone for alone, crowd in rounds)
    if options.json:
        print(json.dumps({"ms_of_cpu": rounds, "ratio": ratio, "bar": BAR}))
    else:
        for alone, crowd in rounds:
            print(f"CPU an answer: alone {alone:.2f} ms, beside {options.connections} silent {crowd:.2f} ms")
        print(f"ratio {ratio:.2f}, at most {BAR}: {'held' if ratio <= BAR else 'MISSED'}")
    sys.exit(1 if options.check and ratio > BAR else 0)


def measure(folder: Path, *, connections: int, rounds: int) -> list[tuple[float, float]]:
    """Return milliseconds of the server's CPU an answer, alone and in the crowd, a pair a round."""
    store = open_store(folder / "data")
    store.catalogue.migrate()
    store.catalogue.close()
    found = []
    with server_on(folder / "data") as address:
        server = _child_of(os.getpid())
        _answer_ms(address, server)
        for _ in range(rounds):
            alone = _answer_ms(address, server)
            with _crowd(address, connections):
                found.append((alone, _answer_ms(address, server)))
    return found


@contextmanager
def _crowd(address: tuple[str, int], connections: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(connections):
            stack.enter_context(socket.create_connection(address))
        time.sleep(SETTLED_S)
        yield
    time.sleep(SETTLED_S)


def _answer_ms(address: tuple[str, int], server: int) -> float:
    """Return the CPU time of the server for one health check, in milliseconds."""
    connection, before_s = http.client.HTTPConnection(*address, timeout=60), _cpu_s(server)
    for _ in range(ASKED):
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    connection.close()
    return 1000 * (_cpu_s(server) - before_s) / ASKED


def _child_of(process: int) -> int:
    (child,) = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return int(child)


def _cpu_s(process: int) -> float:
    """Return user and system time of a process; the fields after its name, which may hold anything."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _allow_files(wanted: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


if __name__ == "__main__":
    main()
