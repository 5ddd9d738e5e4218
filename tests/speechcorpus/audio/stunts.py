"""What a hostile file could make a decoder do; run inside limited children."""

import os
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any


def echo(**arguments: object) -> tuple[object, bytes]:
    return arguments, b"\x00\nbytes\n"


def abort() -> tuple[object, bytes]:
    os.abort()


def spin() -> tuple[object, bytes]:
    while True:
        pass


def sleep() -> tuple[object, bytes]:
    time.sleep(600)
    return None, b""


def swallow(size: int = 3 << 30) -> tuple[object, bytes]:
    return len(bytearray(size)), b""


def write(path: str) -> tuple[object, bytes]:
    Path(path).write_bytes(b"x" * 10)
    return None, b""


def threads() -> tuple[object, bytes]:
    return os.environ["OPENBLAS_NUM_THREADS"], b""


def identity() -> tuple[object, bytes]:
    return os.getpid(), b""


def modules() -> tuple[object, bytes]:
    return sorted(sys.modules), b""


def be_killed_once(mark: str, number: int) -> tuple[object, bytes]:
    """Somebody kills this process, but never twice: an empty file is what a child can still make."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number, b""


def abort_at(number: int, at: int) -> tuple[object, bytes]:
    return os.abort() if number == at else (number, b"")


def spin_at(number: int, at: int) -> tuple[object, bytes]:
    return spin() if number == at else (number, b"")


def talk_nonsense(answer: str) -> tuple[object, bytes]:
    """Answer past the protocol, as a child that a file has taken over could."""
    Connection(int(sys.argv[1])).send_bytes(answer.encode())
    time.sleep(5)
    return None, b""


def measure_or_abort(path: str, settings: dict[str, Any], max_duration_s: float) -> tuple[object, bytes]:
    """The real analysis, with a decoder that cannot stand one file."""
    from speechcorpus.workflows.measure import measure_in_child  # takes longer than some stunts may

    if Path(path).name.startswith("deadly"):
        os.abort()
    return measure_in_child(path, settings, max_duration_s)


def measure_wrongly(path: str, settings: dict[str, Any], max_duration_s: float) -> tuple[object, bytes]:
    """A row that is none of ours."""
    from speechcorpus.workflows.measure import measure_in_child  # takes longer than some stunts may

    row, data = measure_in_child(path, settings, max_duration_s)
    return {**row, "peak_dbfs": float("inf")} if "inf" in path else {"path": path}, data
