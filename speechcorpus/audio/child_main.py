"""What runs inside a limited child: `python -m speechcorpus.audio.child_main FD BYTES`."""

import contextlib
import gc
import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from speechcorpus.audio.child import MEMORY_BYTES
from speechcorpus.domain.errors import SpeechCorpusError

OPEN_FILES = 64


def main(descriptor: int, most_memory_bytes: int) -> None:
    """Answer requests until the parent closes the pipe or is gone."""
    limit_process(most_memory_bytes)
    pipe = Connection(descriptor)
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            request = json.loads(pipe.recv_bytes())
            for call in request["calls"]:
                limit_cpu(call["cpu_s"])
                limit_memory(call["memory_bytes"])
                pipe.send_bytes(_answer(request["task"], call))
            if not gc.get_freeze_count():
                gc.freeze()  # what is imported by now stays: looking through it again costs 3 % of a clip


def limit_process(most_memory_bytes: int) -> None:
    """Bound memory and open files, forbid writing, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, most_memory_bytes))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_cpu(seconds: float) -> None:
    """Let this process use so much more CPU time from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def limit_memory(size: int) -> None:
    """Let this process have so much memory, until the next call says otherwise."""
    resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


def _answer(task: str, call: dict[str, Any]) -> bytes:
    try:
        values, data = _function(task)(**call["arguments"])
        return json.dumps({"values": values}).encode() + b"\n" + data
    except SpeechCorpusError as error:
        answer = {"code": error.code, "sentence": str(error), "facts": dict(error.facts)}
    except MemoryError:
        answer = {
            "code": "decode-memory",
            "sentence": f"needs more than {call['memory_bytes'] >> 20} MiB",
            "facts": {},
        }
    return json.dumps(answer).encode() + b"\n"


def _function(task: str) -> Callable[..., tuple[Any, bytes]]:
    module, _, name = task.partition(":")
    found: Callable[..., tuple[Any, bytes]] = getattr(importlib.import_module(module), name)
    return found


if __name__ == "__main__":
    os.dup2(2, 1)  # nothing that a library prints may look like an answer
    main(int(sys.argv[1]), int(sys.argv[2]))
