"""What a hostile file could make a decoder do; run inside a limited child by `test_child.py`."""

import os
import time
from pathlib import Path


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


def swallow() -> tuple[object, bytes]:
    return len(bytearray(3 << 30)), b""


def write(path: str) -> tuple[object, bytes]:
    Path(path).write_bytes(b"x" * 10)
    return None, b""


def threads() -> tuple[object, bytes]:
    return os.environ["OPENBLAS_NUM_THREADS"], b""


def identity() -> tuple[object, bytes]:
    return os.getpid(), b""
