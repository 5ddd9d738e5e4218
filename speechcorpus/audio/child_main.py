"""What runs inside a limited child: `python -m speechcorpus.audio.child_main FD`."""

import importlib
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from speechcorpus.domain.errors import SpeechCorpusError

MEMORY_BYTES = 1 << 30
OPEN_FILES = 64


def main(descriptor: int) -> None:
    """Answer requests until the parent closes the pipe or is gone."""
    limit_process()
    pipe = Connection(descriptor)
    while True:
        try:
            request = json.loads(pipe.recv_bytes())
        except EOFError:
            return
        limit_cpu(request["cpu_s"])
        pipe.send_bytes(_answer(request))


def limit_process() -> None:
    """Bound memory and open files, forbid writing, and leave Ctrl-C to the parent."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def limit_cpu(seconds: float) -> None:
    """Let this process use so much more CPU time from now on."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(usage.ru_utime + usage.ru_stime + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _answer(request: dict[str, Any]) -> bytes:
    try:
        values, data = _function(request["task"])(**request["arguments"])
        return json.dumps({"values": values}).encode() + b"\n" + data
    except SpeechCorpusError as error:
        answer = {"code": error.code, "sentence": str(error), "facts": dict(error.facts)}
    except MemoryError:
        answer = {
            "code": "decode-memory",
            "sentence": f"needs more than {MEMORY_BYTES >> 20} MiB",
            "facts": {},
        }
    return json.dumps(answer).encode() + b"\n"


def _function(task: str) -> Callable[..., tuple[Any, bytes]]:
    module, _, name = task.partition(":")
    found: Callable[..., tuple[Any, bytes]] = getattr(importlib.import_module(module), name)
    return found


if __name__ == "__main__":
    os.dup2(2, 1)  # nothing that a library prints may look like an answer
    main(int(sys.argv[1]))
